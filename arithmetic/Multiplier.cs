using System.Globalization;

namespace OffByN.Arithmetic;

/// <summary>
/// A real factor as TFLite stores it: Mantissa * 2^(Exponent - 31), with the mantissa in [2^30, 2^31) or 0. A positive exponent is a
/// left shift before the high multiply, a negative one a right shift after it (spec, section 1.1).
/// </summary>
public readonly record struct Multiplier(int Mantissa, int Exponent)
{
    public int LeftShift => Math.Max(Exponent, 0);

    public int RightShift => Math.Max(-Exponent, 0);

    /// <summary>The factor that is really applied.</summary>
    public double Value => Math.ScaleB(Mantissa, Exponent - 31);

    /// <summary>
    /// QuantizeMultiplier: the mantissa is rounded half away from zero; below 2^-32 everything becomes 0.
    /// </summary>
    /// <exception cref="NotComputableException">The factor is not finite.</exception>
    public static Multiplier From(double factor)
    {
        if (!double.IsFinite(factor))
            throw new NotComputableException($"a factor between scales is {factor}, expected a finite number");
        if (factor == 0)
            return default;
        int exponent = Math.ILogB(factor) + 1;
        long mantissa = (long)Math.Round(Math.ScaleB(factor, 31 - exponent), MidpointRounding.AwayFromZero);
        if (mantissa == 1L << 31)
            (mantissa, exponent) = (1L << 30, exponent + 1);
        return exponent < -31 ? default : new((int)mantissa, exponent);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mantissa} * 2^{Exponent - 31}");
}
