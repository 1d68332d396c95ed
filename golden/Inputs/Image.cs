using OffByN.Model;
using StbImageSharp;

namespace OffByN.Golden.Inputs;

/// <summary>8-bit pixels, row-major from the top left, channels innermost: 1 (grey) or 3 (red, green, blue).</summary>
internal sealed record Image(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>Most pixels that are decoded.</summary>
    public const int MaxPixels = 1 << 26;

    private static readonly string[] Extensions = [".ppm", ".pgm", ".pnm", ".bmp", ".png", ".jpg", ".jpeg"];

    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Decodes a file by its content; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="UserErrorException">It is damaged, too large, has 16 bits a channel, or is partly transparent.</exception>
    public static Image Decode(ReadOnlyMemory<byte> file, string name)
    {
        try
        {
            return file.Span is [(byte)'P', (byte)'5' or (byte)'6', ..] ? PortablePixmap.Parse(file.Span) : DecodeOther(file);
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"{name}: {e.Message}", e);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The decoder reports damage with whatever it runs into.
            throw new UserErrorException($"{name}: not a usable image: {e.Message}", e);
        }
    }

    /// <exception cref="UserErrorException">The size is 0 or more than is decoded.</exception>
    public static void RequireSize(long width, long height)
    {
        if (width < 1 || height < 1 || width > MaxPixels / height)
            throw new UserErrorException($"expected an image of 1 to {MaxPixels} pixels, found {width}x{height}");
    }

    private static Image DecodeOther(ReadOnlyMemory<byte> file)
    {
        bool png = file.Span is [0x89, (byte)'P', (byte)'N', (byte)'G', ..];
        if (!png && file.Span is not ([(byte)'B', (byte)'M', ..] or [0xFF, 0xD8, ..]))
            throw new UserErrorException("expected a ppm, pgm, bmp, png or jpg image, found something else");
        if (png)
            PngStructure.Require(file.Span);
        byte[] bytes = file.ToArray();
        ImageInfo info = ImageInfo.FromStream(new WholeFile(bytes)) ?? throw new UserErrorException("expected an image, found a damaged header");
        RequireSize(info.Width, info.Height);
        if (info.BitsPerChannel != 8)
            throw new UserErrorException($"expected 8 bits a channel, found {info.BitsPerChannel}; convert the image first");
        ImageResult result = ImageResult.FromStream(new WholeFile(bytes), ColorComponents.Default);
        return result.Comp switch
        {
            ColorComponents.Grey => new Image(result.Width, result.Height, 1, result.Data),
            ColorComponents.RedGreenBlue => new Image(result.Width, result.Height, 3, result.Data),
            ColorComponents.GreyAlpha => new Image(result.Width, result.Height, 1, WithoutAlpha(result.Data, 2)),
            _ => new Image(result.Width, result.Height, 3, WithoutAlpha(result.Data, 4)),
        };
    }

    /// <summary>What lies behind a transparent pixel is not in the file, so only opaque images lose their alpha channel.</summary>
    private static byte[] WithoutAlpha(byte[] pixels, int channels)
    {
        byte[] opaque = new byte[pixels.Length / channels * (channels - 1)];
        for (int from = 0, to = 0; from < pixels.Length; from += channels, to += channels - 1)
        {
            if (pixels[from + channels - 1] != 255)
                throw new UserErrorException("expected an opaque image, found transparent pixels; flatten the image first");
            pixels.AsSpan(from, channels - 1).CopyTo(opaque.AsSpan(to));
        }
        return opaque;
    }

    /// <summary>Fails at its end: the decoder takes zeros for what is missing, and for some damaged files never stops asking.</summary>
    private sealed class WholeFile(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override int ReadByte() => base.ReadByte() is >= 0 and var value ? value : throw new EndOfStreamException("the file ends too early");

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, count) == count ? count : throw new EndOfStreamException("the file ends too early");
    }
}
