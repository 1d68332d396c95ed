namespace OffByN.Arithmetic;

/// <summary>
/// Functions of float32 as XNNPACK's kernels compute them where there are fused multiply-adds: quotients of polynomials by Horner's rule, and 2^y of a rounded argument.
/// </summary>
public static class RationalFunctions
{
    /// <summary>A quotient of polynomials of degrees 9 and 8, 1 from 7.98 on (<c>f32-vtanh</c>).</summary>
    public static float Tanh(float x)
    {
        const float Largest = 7.9807181358f;
        float limited = x < -Largest ? -Largest : x > Largest ? Largest : x, square = limited * limited;
        return (float)(limited * Polynomial(square, [1.4248920266e-08f, 2.1235626264e-05f, 3.5330520477e-03f, 1.3412411511e-01f, 1]))
            / Polynomial(square, [8.1365948290e-07f, 3.3472978976e-04f, 2.6018999517e-02f, 4.6745735407e-01f, 1]);
    }

    /// <summary>A quotient of polynomials of degree 3 of the mantissa (<c>f32-vlog</c>). Of 0 it is -infinity, of a negative number NaN.</summary>
    /// <param name="ofBits">Whether infinity and NaN are taken for the numbers from 2^128 on that their bits would be: the kernel without AVX-512. Else they stay.</param>
    /// <remarks>The mantissa is brought between sqrt(1/2) and sqrt(2) by two factors whose product is 1 in float32.</remarks>
    public static float Log(float x, bool ofBits)
    {
        float scaled = x * 1.4142134190f;
        if (scaled <= 0)
            return scaled == 0 ? float.NegativeInfinity : float.NaN;
        if (!float.IsFinite(scaled) && !ofBits)
            return scaled;
        int bits = BitConverter.SingleToInt32Bits(scaled);
        float rest = (float)(BitConverter.Int32BitsToSingle((bits & 0x7fffff) | 0x3f800000) * 7.0710688829e-01f) - 1;
        float y = (float)(rest * Polynomial(rest, [1.824996918440e-01f, 1, 1])) / Polynomial(rest, [0.049584995955f, 0.599170029163f, 1.5f, 1]);
        return MathF.FusedMultiplyAdd(((bits >> 23) & 0xff) - 127, MathF.Log(2), y);
    }

    /// <summary>2^y of y = x log2 e as float32, rounded once; NaN becomes 0. The kernel's own polynomial stays within a few units of the last place of it.</summary>
    public static float ExpOfRoundedArgument(float x)
    {
        float y = x * 1.44269504f;
        return float.IsNaN(x) ? 0 : y >= 127.5f ? float.PositiveInfinity : (float)Math.Pow(2, y);
    }

    /// <summary>By Horner's rule with fused multiply-adds, the coefficient of the highest power first.</summary>
    private static float Polynomial(float x, ReadOnlySpan<float> coefficients)
    {
        float sum = coefficients[0];
        foreach (float coefficient in coefficients[1..])
            sum = MathF.FusedMultiplyAdd(x, sum, coefficient);
        return sum;
    }
}
