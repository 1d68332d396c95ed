namespace OffByN.Arithmetic.Operators;

/// <summary>Scales that are powers of two, which some int16 kernels treat apart.</summary>
public static class PowerOfTwo
{
    /// <summary>
    /// The exponent of a scale that TFLite takes for a power of two, null for any other: its logarithm may be a thousandth off (CheckedLog2; spec, section 1.5).
    /// </summary>
    public static int? Exponent(float scale)
    {
        float logarithm = (float)(MathF.Log(scale) * (float)(1 / Math.Log(2)));
        float rounded = MathF.Round(logarithm, MidpointRounding.AwayFromZero);
        return MathF.Abs(logarithm - rounded) < 1e-3f ? (int)rounded : null;
    }
}
