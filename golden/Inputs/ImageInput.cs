using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Golden.Inputs;

/// <summary>An image as a model's input: uint8 takes the pixel, int8 the pixel - 128, float32 (pixel - mean) / std.</summary>
internal static class ImageInput
{
    /// <exception cref="UserErrorException">The image is not of the model's size and no way to resize was given, or the input takes no image.</exception>
    public static TensorValue ToTensor(Image image, TensorInfo input, Shape shape, ImageOptions options, string file)
    {
        string where = $"{file}: input {input.Index} \"{input.Name}\"";
        int[] dimensions = [.. shape];
        if (dimensions is not ([1, _, _, 1 or 3] or [_, _, 1 or 3]) || shape.Elements == 0)
            throw new UserErrorException($"{where}: expected a model input of 1xHEIGHTxWIDTHx1 or 1xHEIGHTxWIDTHx3 for an image, found {shape}");
        (int height, int width, int channels) = (dimensions[^3], dimensions[^2], dimensions[^1]);
        if (image.Channels > channels)
            throw new UserErrorException($"{where}: expected a grey image, found colour; convert it to grey first");
        if ((image.Width, image.Height) != (width, height))
        {
            image = options.Resize is { } mode
                ? ImageResizer.Resize(image, width, height, mode)
                : throw new UserErrorException($"{where}: expected an image of {width}x{height} pixels, found {image.Width}x{image.Height}; "
                    + "give --resize nearest or --resize bilinear");
        }
        byte[] pixels = image.Channels < channels ? Repeated(image.Pixels, channels) : image.Pixels;
        return new TensorValue(input.Type, shape, Converted(pixels, channels, input.Type, options, where));
    }

    private static byte[] Repeated(byte[] grey, int channels)
    {
        byte[] pixels = new byte[grey.Length * channels];
        for (int i = 0; i < grey.Length; i++)
            pixels.AsSpan(i * channels, channels).Fill(grey[i]);
        return pixels;
    }

    private static byte[] Converted(byte[] pixels, int channels, TensorType type, ImageOptions options, string where)
    {
        switch (type)
        {
            case TensorType.UInt8:
                return pixels;
            case TensorType.Int8:
                return Array.ConvertAll(pixels, pixel => (byte)(pixel - 128));
            case TensorType.Float32:
                ImmutableArray<double> mean = PerChannel(options.Mean, channels, "--mean", where), std = PerChannel(options.Std, channels, "--std", where);
                if (std.Contains(0))
                    throw new UserErrorException($"{where}: expected --std other than 0");
                float[] values = new float[pixels.Length];
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)((pixels[i] - mean[i % channels]) / std[i % channels]);
                return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
            default:
                throw new UserErrorException($"{where}: expected uint8, int8 or float32 for an image, the model takes {type.Lower()}; give an .npy file");
        }
    }

    private static ImmutableArray<double> PerChannel(ImmutableArray<double> given, int channels, string option, string where)
    {
        if (given.IsDefaultOrEmpty)
            throw new UserErrorException($"{where}: the model takes float32, so how pixels map to it must be given: --mean and --std");
        if (given.Any(value => !double.IsFinite(value)) || (given.Length != 1 && given.Length != channels))
            throw new UserErrorException($"{where}: expected one finite number or {channels} for {option}, found {string.Join(", ", given)}");
        return given.Length == channels ? given : [.. Enumerable.Repeat(given[0], channels)];
    }
}
