namespace OffByN.Arithmetic;

/// <summary>
/// Functions of float32 as Eigen computes them on x86-64 without fused multiply-adds, in vectors of 4: every product and every sum is rounded. A whole vector of LOGISTIC is a
/// polynomial; elements beside it, before the first address that is a multiple of 16 bytes and after the last vector, are the C library's exponential.
/// </summary>
public static class VectorFunctions
{
    public const int Lanes = 4;

    private const float LargestLogistic = 16.6355324f, LeastLogistic = -104, LargestTanh = 7.90738964f;

    /// <summary>1 / (1 + exp(-x)) of every element, in place.</summary>
    /// <param name="offset">Elements between the last aligned address and the first element.</param>
    public static void Logistic(Span<float> values, int offset)
    {
        int first = Math.Min((Lanes - offset % Lanes) % Lanes, values.Length), end = values.Length - (values.Length - first) % Lanes;
        for (int i = 0; i < values.Length; i++)
            values[i] = i < first || i >= end ? LogisticBeside(values[i]) : LogisticInside(values[i]);
    }

    /// <summary>tanh(x) as a quotient of two polynomials, of degrees 9 and 8; 1 from 7.907 on.</summary>
    public static float Tanh(float x)
    {
        x = Math.Clamp(x, -LargestTanh, LargestTanh);
        float square = x * x, cube = square * x;
        float numerator = Polynomial(square, 1.394553628e-8f, 2.102733560e-5f, 3.520756727e-3f, 1.340216100e-1f);
        float denominator = Polynomial(square, 8.015776984e-7f, 3.326951409e-4f, 2.597254514e-2f, 4.673548340e-1f, 1);
        return (cube * numerator + x) / denominator;
    }

    /// <summary>1 / (1 + exp(-x)) of an element beside the vectors.</summary>
    public static float LogisticBeside(float x)
    {
        float e = MathF.Exp(Math.Min(x, LargestLogistic));
        return e / (1 + e);
    }

    /// <summary>1 / (1 + exp(-x)) of an element of a vector: exp(x / 2)^2 over itself plus 1, where exp(r) on either side of 0 is a polynomial of degree 5, odd and even terms apart.</summary>
    public static float LogisticInside(float x)
    {
        if (x < LeastLogistic)
            return 0;
        float half = Math.Min(x, LargestLogistic) * 0.5f;
        float octaves = MathF.Floor(half * 1.44269504f + 0.5f);
        float rest = octaves * -0.693359375f + half;
        rest = octaves * 2.12194440e-4f + rest;
        float square = rest * rest;
        float even = square * 4.1898667812347412109375e-2f + 0.49999141693115234375f;
        float odd = square * 8.33471305668354034423828125e-3f + 0.16666877269744873046875f;
        float e = square * (rest * odd + even) + (rest + 1);
        e = float.IsNaN(e) ? e : MathF.ScaleB(e, (int)octaves);
        e *= e;
        return e / (1 + e);
    }

    /// <param name="coefficients">Of the highest power first.</param>
    private static float Polynomial(float x, params ReadOnlySpan<float> coefficients)
    {
        float sum = coefficients[0];
        foreach (float coefficient in coefficients[1..])
            sum = sum * x + coefficient;
        return sum;
    }
}
