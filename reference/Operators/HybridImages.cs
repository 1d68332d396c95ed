using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>What the convolutions of float32 with int8 weights begin and end with.</summary>
internal static class HybridImages
{
    /// <summary>The codes of all images, one after the other, each quantized by its own range.</summary>
    /// <param name="images">How many of equal size the input holds; 0 where it has no elements.</param>
    public static (sbyte[] Codes, DynamicCodes[] Images) Quantized(ReadOnlySpan<float> input, int images, DynamicRange range)
    {
        int length = LengthOf(input.Length, images);
        sbyte[] codes = new sbyte[input.Length];
        DynamicCodes[] quantized = new DynamicCodes[images];
        for (int image = 0; image < images; image++)
            quantized[image] = DynamicCodes.Of(input.Slice(image * length, length), range, codes.AsSpan(image * length, length));
        return (codes, quantized);
    }

    /// <summary>Elements of one of the images; 0 for no images.</summary>
    public static int LengthOf(int elements, int images) => images == 0 ? 0 : elements / images;

    /// <summary>The fused activation. XNNPACK's (<see cref="HybridScaling.Fused"/>) makes the lower end of NaN, TFLite's lets it through.</summary>
    public static float Clamped(float result, float low, float high, HybridScaling scaling) =>
        result < low || (float.IsNaN(result) && scaling == HybridScaling.Fused) ? low : result > high ? high : result;
}
