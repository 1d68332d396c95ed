using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using CsCheck;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class ImageTests
{
    // Made with Python's zlib and struct from the pixels that the tests name; the jpg is 8x8 of (200, 200, 200) from an independent encoder.
    private const string Rgb = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR42mNgZGL+9fsPAAYDAvj37RHxAAAAAElFTkSuQmCC";
    private const string Grey = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR42mPgEmGQ0wAAAOwAZf2QEqUAAAAASUVORK5CYII=";
    private const string Opaque = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mPg5GD/DwABTgEY9sEn1wAAAABJRU5ErkJggg==";
    private const string Transparent = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mPg5GD/BwABTQEXiGsGcgAAAABJRU5ErkJggg==";
    private const string SixteenBit = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABEAAAAABq7kcWAAAAC0lEQVR42mMQMgEAAFsARwVfbIIAAAAASUVORK5CYII=";
    private const string Palette = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAMAAADD/I+4AAAABlBMVEUBAgMEBQaVU29IAAAAC0lEQVR42mNgZAAAAAUAAkLCRJ8AAAAASUVORK5CYII=";
    private const string Bitmap = "Qk1GAAAAAAAAADYAAAAoAAAAAgAAAAIAAAABABgAAAAAABAAAAATCwAAEwsAAAAAAAAAAAAACQgHDAsKAAADAgEGBQQAAA==";
    private const string Jpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wCEAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAf/AABEIAAgACAMBEQACEQEDEQH/xAGiAAABBQEBAQEBAQAAAAAAAAAAAQIDBAUGBwgJCgsQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+gEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoLEQACAQIEBAMEBwUEBAABAncAAQIDEQQFITEGEkFRB2FxEyIygQgUQpGhscEJIzNS8BVictEKFiQ04SXxFxgZGiYnKCkqNTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqCg4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2dri4+Tl5ufo6ery8/T19vf4+fr/2gAMAwEAAhEDEQA/AP6QKAP/2Q==";

    [Theory]
    [InlineData(Rgb, 2, 1, 3, new byte[] { 1, 2, 3, 250, 251, 252 })]
    [InlineData(Grey, 2, 2, 1, new byte[] { 10, 20, 30, 40 })]
    [InlineData(Opaque, 1, 1, 3, new byte[] { 9, 8, 7 })]
    [InlineData(Palette, 2, 1, 3, new byte[] { 4, 5, 6, 1, 2, 3 })]
    [InlineData(Bitmap, 2, 2, 3, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })]
    public void Lossless_images_decode_to_their_pixels(string file, int width, int height, int channels, byte[] pixels)
    {
        Image image = Image.Decode(Convert.FromBase64String(file), "test");
        Assert.Equal((width, height, channels), (image.Width, image.Height, image.Channels));
        Assert.Equal(pixels, image.Pixels);
    }

    [Fact]
    public void A_jpeg_of_one_colour_decodes_to_it()
    {
        Image image = Image.Decode(Convert.FromBase64String(Jpeg), "test");
        Assert.Equal((8, 8, 3), (image.Width, image.Height, image.Channels));
        Assert.All(image.Pixels, pixel => Assert.InRange(pixel, 199, 201));
    }

    [Theory]
    [InlineData("P6 2 1 255\n", new byte[] { 1, 2, 3, 4, 5, 6 }, 2, 1, 3)]
    [InlineData("P5\n# a comment 7\n1 # another\n2\n255 ", new byte[] { 10, 32 }, 1, 2, 1)]
    public void Portable_pixmaps_decode_to_their_pixels(string header, byte[] pixels, int width, int height, int channels)
    {
        Image image = Image.Decode((byte[])[.. Encoding.ASCII.GetBytes(header), .. pixels], "test");
        Assert.Equal((width, height, channels), (image.Width, image.Height, image.Channels));
        Assert.Equal(pixels, image.Pixels);
    }

    [Theory]
    [InlineData("P6 2 1 255\n123", "expected 6 bytes")]
    [InlineData("P6 2 1 255\n1234567", "expected 6 bytes")]
    [InlineData("P5 2 1 65535\n12", "maximum of 255")]
    [InlineData("P5 0 1 255\n", "1 to 67108864 pixels")]
    [InlineData("P6 999999999 999999999 255\n1", "1 to 67108864 pixels")]
    [InlineData("P6 99999999999999999999 1 255\n1", "")]
    [InlineData("P6 2 -1 255\n", "number")]
    [InlineData("P62 1 255\n123456", "white space")]
    [InlineData("P6 2 1 255", "white space")]
    [InlineData("P6 #", "number")]
    [InlineData("P3 1 1 255 1 2 3", "something else")]
    [InlineData("GIF89a", "something else")]
    [InlineData("", "something else")]
    public void Other_files_are_refused_with_what_was_expected(string text, string expected) => AssertRefused(Encoding.ASCII.GetBytes(text), expected);

    [Fact]
    public void What_would_lose_information_is_refused()
    {
        AssertRefused(Convert.FromBase64String(Transparent), "transparent");
        AssertRefused(Convert.FromBase64String(SixteenBit), "8 bits a channel");
    }

    [Fact]
    public void A_png_larger_than_can_be_held_is_refused_by_its_header() => AssertRefused(Png(1 << 20, 1 << 20, [0]), "1048576x1048576");

    [Fact]
    public void A_png_that_unpacks_to_more_than_its_size_asks_for_is_refused() => AssertRefused(Png(2, 1, new byte[3_000_000]), "unpack to more");

    [Fact]
    public void A_changed_bit_anywhere_in_a_png_is_noticed()
    {
        // The signature's last bytes are read by no one but the decoder.
        byte[] file = Convert.FromBase64String(Rgb);
        for (int bit = 8 * 8; bit < 8 * file.Length; bit++)
        {
            byte[] damaged = (byte[])file.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(damaged, "");
        }
    }

    [Fact]
    public void Damaged_images_are_decoded_or_refused_and_never_hang()
    {
        byte[][] files = [.. new[] { Rgb, Palette, Bitmap, Jpeg, Jpeg, Jpeg }.Select(Convert.FromBase64String)];
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Int[0, 700], Gen.Byte).Array[1, 8], Gen.Int[0, 900]).Sample((which, changes, length) =>
        {
            byte[] file = (byte[])files[which].Clone();
            foreach ((int place, byte value) in changes)
                file[2 + place % (file.Length - 2)] = value;
            try
            {
                Image image = Image.Decode(file.AsMemory(0, Math.Min(length, file.Length)), "damaged");
                Assert.Equal(image.Width * image.Height * image.Channels, image.Pixels.Length);
            }
            catch (UserErrorException)
            {
                // A refusal is the other right answer.
            }
        }, iter: 3000);
    }

    [Fact]
    public void Resizing_to_the_same_size_changes_nothing()
    {
        Image image = new(3, 2, 1, [1, 2, 3, 4, 5, 6]);
        Assert.Equal(image.Pixels, ImageResizer.Resize(image, 3, 2, ResizeMode.Nearest).Pixels);
        Assert.Equal(image.Pixels, ImageResizer.Resize(image, 3, 2, ResizeMode.Bilinear).Pixels);
    }

    [Fact]
    public void Resizing_takes_the_pixels_and_weights_worked_out_by_hand()
    {
        Image row = new(2, 1, 1, [0, 100]);
        Assert.Equal([0, 0, 100, 100], ImageResizer.Resize(row, 4, 1, ResizeMode.Nearest).Pixels);
        // Centres at -1/4, 1/4, 3/4, 5/4 of the source.
        Assert.Equal([0, 25, 75, 100], ImageResizer.Resize(row, 4, 1, ResizeMode.Bilinear).Pixels);
        // The middle of four: (0 + 1 + 1 + 0) / 4 = 0.5 rounds up.
        Assert.Equal([1], ImageResizer.Resize(new Image(2, 2, 1, [0, 1, 1, 0]), 1, 1, ResizeMode.Bilinear).Pixels);
    }

    [Fact]
    public void Bilinear_equals_its_definition_in_fractions() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Byte.Array[81]).Sample((fromWidth, fromHeight, toWidth, toHeight, bytes) =>
        {
            Image source = new(fromWidth, fromHeight, 1, bytes[..(fromWidth * fromHeight)]);
            byte[] pixels = ImageResizer.Resize(source, toWidth, toHeight, ResizeMode.Bilinear).Pixels;
            for (int y = 0; y < toHeight; y++)
            {
                for (int x = 0; x < toWidth; x++)
                {
                    decimal sourceX = Math.Clamp((x + 0.5m) * fromWidth / toWidth - 0.5m, 0, fromWidth - 1);
                    decimal sourceY = Math.Clamp((y + 0.5m) * fromHeight / toHeight - 0.5m, 0, fromHeight - 1);
                    decimal exact = 0;
                    for (int row = 0; row < fromHeight; row++)
                    {
                        for (int column = 0; column < fromWidth; column++)
                            exact += source.Pixels[row * fromWidth + column] * Math.Max(0, 1 - Math.Abs(sourceX - column)) * Math.Max(0, 1 - Math.Abs(sourceY - row));
                    }
                    // Decimal division is off in its 28th digit, which matters only at a tie.
                    Assert.InRange(pixels[y * toWidth + x] - exact, -0.5m - 1e-20m, 0.5m + 1e-20m);
                }
            }
        });

    [SkippableFact]
    public void A_bitmap_of_a_camera_decodes_to_its_size()
    {
        Image image = Image.Decode(File.ReadAllBytes(SharedFiles.Path("images", "grace_hopper.bmp")), "grace_hopper.bmp");
        Assert.Equal((517, 606, 3), (image.Width, image.Height, image.Channels));
    }

    private static void AssertRefused(byte[] file, string expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Image.Decode(file, "x.png"));
        Assert.StartsWith("x.png: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Png(int width, int height, byte[] raw)
    {
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(raw);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        return [0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] body)
    {
        byte[] chunk = new byte[12 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        body.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + body.Length), Crc32.Of(chunk.AsSpan(4, 4 + body.Length)));
        return chunk;
    }
}
