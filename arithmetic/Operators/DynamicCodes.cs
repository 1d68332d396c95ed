namespace OffByN.Arithmetic.Operators;

/// <summary>Over which numbers the codes of a row span, and who makes them.</summary>
public enum DynamicRange
{
    /// <summary>From the smallest to the largest number and 0, with a zero point: TFLite.</summary>
    Asymmetric,

    /// <summary>The largest magnitude on both sides of 0: TFLite.</summary>
    Symmetric,

    /// <summary>As <see cref="Symmetric"/>, all rounded half away: TFLite's packed int4.</summary>
    SymmetricHalfAway,

    /// <summary>As <see cref="Asymmetric"/>, in float32 throughout, rounded half to even: XNNPACK.</summary>
    Delegated,
}

/// <summary>One row of numbers as int8 codes: number = scale * (code - zero point).</summary>
public readonly record struct DynamicCodes(float Scale, int ZeroPoint)
{
    private const int Block = 8;

    /// <summary>
    /// Quantizes a row at run time. TFLite (<c>tensor_utils</c>): in whole blocks of 8 f32{x / scale +- 1/2} is truncated, what remains rounds half away. XNNPACK
    /// (<c>quantization.h</c>, <c>f32-qs8-vcvt</c>): f32{x / scale} rounds half to even. A row of zeros has a scale of 1.
    /// </summary>
    public static DynamicCodes Of(ReadOnlySpan<float> numbers, DynamicRange spanned, Span<sbyte> codes)
    {
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        foreach (float x in numbers)
            (least, most) = (Math.Min(least, x), Math.Max(most, x));
        if (spanned is DynamicRange.Asymmetric or DynamicRange.Delegated)
        {
            (least, most) = (Math.Min(0, least), Math.Max(0, most));
            return spanned == DynamicRange.Delegated ? Delegated(numbers, least, most, codes) : Asymmetric(numbers, least, most, codes);
        }
        float range = Math.Max(Math.Abs(least), Math.Abs(most));
        if (range == 0)
        {
            codes.Clear();
            return new(1, 0);
        }
        float inverse = 127 / range;
        int whole = spanned == DynamicRange.Symmetric ? codes.Length / Block * Block : 0;
        for (int i = 0; i < codes.Length; i++)
            codes[i] = (sbyte)Math.Clamp(Rounded(numbers[i] * inverse, i < whole), -127, 127);
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
            codes[i] = (sbyte)Math.Clamp(unchecked(zeroPoint + Rounded(numbers[i] * inverse, i < codes.Length / Block * Block)), sbyte.MinValue, sbyte.MaxValue);
        return new(scale, zeroPoint);
    }

    /// <remarks>
    /// XNNPACK's threads take subnormal numbers for 0, and give 0 for them. An infinite range makes all codes 127, which is then the zero point; one so small that the factor
    /// is infinite saturates them.
    /// </remarks>
    private static DynamicCodes Delegated(ReadOnlySpan<float> numbers, float least, float most, Span<sbyte> codes)
    {
        (least, most) = (Subnormal.Flushed(least), Subnormal.Flushed(most));
        float factor = least == most ? 1 : Subnormal.Flushed(255 / Subnormal.Flushed(most - least));
        float low = Subnormal.Flushed(least * factor), high = Subnormal.Flushed(most * factor);
        float nearest = (float)(sbyte.MinValue + low) + (float)(sbyte.MaxValue + high) > 0 ? sbyte.MinValue - low : sbyte.MaxValue - high;
        int zeroPoint = FixedPoint.Round(Math.Clamp(nearest, sbyte.MinValue, sbyte.MaxValue), Rounding.HalfEven);
        for (int i = 0; i < codes.Length; i++)
        {
            float scaled = Subnormal.Flushed(numbers[i]) * factor;
            codes[i] = (sbyte)Math.Clamp(zeroPoint + FixedPoint.Round(scaled < short.MaxValue ? scaled : short.MaxValue, Rounding.HalfEven), sbyte.MinValue, sbyte.MaxValue);
        }
        return new(Subnormal.Flushed(1 / factor), zeroPoint);
    }

    /// <summary>What no int32 holds becomes INT_MIN, as x86 converts: a range so small that its inverse is infinite.</summary>
    private static int Rounded(float x, bool isInBlock) => x >= 2147483648f ? int.MinValue : isInBlock
        ? FixedPoint.Round((float)(x + (x < 0 ? -0.5f : 0.5f)), Rounding.Truncate)
        : FixedPoint.Round(x, Rounding.HalfAway);
}
