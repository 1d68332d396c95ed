using OffByN.Model;

namespace OffByN.Golden.Inputs;

/// <summary>Binary portable graymaps and pixmaps (P5, P6) with a maximum of 255: one image a file, nothing after it.</summary>
internal static class PortablePixmap
{
    /// <exception cref="UserErrorException">The file is damaged, or its maximum is another than 255.</exception>
    public static Image Parse(ReadOnlySpan<byte> file)
    {
        int at = 2;
        long width = Number(file, ref at), height = Number(file, ref at), maximum = Number(file, ref at);
        Image.RequireSize(width, height);
        if (maximum != 255)
            throw new UserErrorException($"expected a maximum of 255, found {maximum}; convert the image first");
        if (at >= file.Length || !IsSpace(file[at]))
            throw new UserErrorException($"offset {at}: expected one white space before the pixels");
        int channels = file[1] == '6' ? 3 : 1;
        ReadOnlySpan<byte> pixels = file[(at + 1)..];
        long expected = width * height * channels;
        if (pixels.Length != expected)
            throw new UserErrorException($"expected {expected} bytes of pixels for {width}x{height}x{channels}, found {pixels.Length}");
        return new Image((int)width, (int)height, channels, pixels.ToArray());
    }

    /// <summary>The next decimal number of the header, after white space and comments from # to the end of the line.</summary>
    private static long Number(ReadOnlySpan<byte> file, ref int at)
    {
        int before = at;
        while (at < file.Length && (IsSpace(file[at]) || file[at] == '#'))
        {
            bool comment = file[at++] == '#';
            while (comment && at < file.Length && file[at] is not ((byte)'\n' or (byte)'\r'))
                at++;
        }
        long value = 0;
        int start = at;
        for (; at < file.Length && char.IsAsciiDigit((char)file[at]) && at - start < 10; at++)
            value = value * 10 + (file[at] - '0');
        return at > start && start > before
            ? value
            : throw new UserErrorException($"offset {start}: expected white space and a number (width, height, maximum)");
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);
}
