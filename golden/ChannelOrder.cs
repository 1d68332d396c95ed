using OffByN.Model;

namespace OffByN.Golden;

/// <summary>Between the order of dimensions that accelerators often use (NCHW, OIHW) and TFLite's (NHWC, OHWI), for tensors of four dimensions.</summary>
public static class ChannelOrder
{
    /// <summary>The shape with the last dimension moved behind the first.</summary>
    public static Shape ChannelsFirst(Shape shape) => [shape[0], shape[3], shape[1], shape[2]];

    /// <summary>A copy with the second dimension moved to the end, elements unchanged.</summary>
    /// <exception cref="ArgumentException">The tensor does not have four dimensions.</exception>
    public static TensorValue ToChannelsLast(TensorValue value)
    {
        if (value.Shape.Count != 4)
            throw new ArgumentException($"expected four dimensions, found {value.Shape}", nameof(value));
        Shape shape = [value.Shape[0], value.Shape[2], value.Shape[3], value.Shape[1]];
        if (shape.Elements == 0)
            return value with { Shape = shape };
        (int batches, int channels, int pixels) = (value.Shape[0], value.Shape[1], value.Shape[2] * value.Shape[3]);
        int width = value.Data.Length / shape.Elements;
        byte[] moved = GC.AllocateUninitializedArray<byte>(value.Data.Length);
        ReadOnlySpan<byte> source = value.Data.Span;
        for (int plane = 0, from = 0; plane < batches * channels; plane++)
        {
            int to = (plane / channels * pixels * channels + plane % channels) * width;
            for (int pixel = 0; pixel < pixels; pixel++, from += width, to += channels * width)
                source.Slice(from, width).CopyTo(moved.AsSpan(to));
        }
        return new(value.Type, shape, moved);
    }
}
