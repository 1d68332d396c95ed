namespace OffByN.Arithmetic.Operators;

/// <summary>One row of numbers as int8 codes: number = scale * (code - zero point).</summary>
public readonly record struct DynamicCodes(float Scale, int ZeroPoint)
{
    private const int Block = 8;

    /// <summary>
    /// Quantizes as TFLite does at run time (<c>tensor_utils</c>): in whole blocks of 8 f32{x / scale +- 1/2} is truncated, what remains rounds half away. A row of zeros has a
    /// scale of 1.
    /// </summary>
    public static DynamicCodes Of(ReadOnlySpan<float> numbers, bool isAsymmetric, Span<sbyte> codes)
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (float x in numbers)
            (least, most) = (Math.Min(least, x), Math.Max(most, x));
        if (isAsymmetric)
            return Asymmetric(numbers, Math.Min(0, least), Math.Max(0, most), codes);
        float range = Math.Max(Math.Abs(least), Math.Abs(most));
        if (range == 0)
        {
            codes.Clear();
            return new(1, 0);
        }
        float inverse = 127 / range;
        for (int i = 0; i < codes.Length; i++)
            codes[i] = (sbyte)Math.Clamp(Rounded(numbers[i] * inverse, i < codes.Length / Block * Block), -127, 127);
        return new(range / 127, 0);
    }

    private static DynamicCodes Asymmetric(ReadOnlySpan<float> numbers, double least, double most, Span<sbyte> codes)
    {
        if (least == most)
        {
            codes.Clear();
            return new(1, 0);
        }
        double step = (float)(most - least) / 255.0;
        double fromLeast = sbyte.MinValue - least / step, fromMost = sbyte.MaxValue - most / step;
        double nearest = 128 + Math.Abs(least / step) < 127 + Math.Abs(most / step) ? fromLeast : fromMost;
        int zeroPoint = FixedPoint.Round(Math.Clamp(nearest, sbyte.MinValue, sbyte.MaxValue), Rounding.HalfAway);
        float scale = (float)step, inverse = (float)(1.0 / scale);
        for (int i = 0; i < codes.Length; i++)
            codes[i] = (sbyte)Math.Clamp(zeroPoint + Rounded(numbers[i] * inverse, i < codes.Length / Block * Block), sbyte.MinValue, sbyte.MaxValue);
        return new(scale, zeroPoint);
    }

    private static int Rounded(float x, bool isInBlock) => isInBlock
        ? FixedPoint.Round((float)(x + (x < 0 ? -0.5f : 0.5f)), Rounding.Truncate)
        : FixedPoint.Round(x, Rounding.HalfAway);
}
