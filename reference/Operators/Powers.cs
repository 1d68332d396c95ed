using System.Numerics;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>Powers of float32 and int32. powf is the host's C library's, as in TFLite.</summary>
internal static class Powers
{
    public static T Of<T>(T x, T exponent)
        where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float)
            ? T.CreateTruncating(MathF.Pow(float.CreateTruncating(x), float.CreateTruncating(exponent)))
            : T.CreateTruncating(OfInteger(long.CreateTruncating(x), long.CreateTruncating(exponent)));

    /// <summary>For a whole exponent by squaring: the power of its bits read so far, squared, and times the base where the next bit is set.</summary>
    public static T OfProducts<T>(T x, T exponent)
        where T : unmanaged, INumber<T>
    {
        int? whole = typeof(T) == typeof(float) ? Numbers.WholeExponent(float.CreateTruncating(exponent))
            : exponent >= T.One ? int.CreateTruncating(exponent) : null;
        if (whole is not { } bits)
            return Of(x, exponent);
        T power = x;
        for (int bit = BitOperations.Log2((uint)bits) - 1; bit >= 0; bit--)
        {
            power = Product(power, power);
            if ((bits >> bit & 1) != 0)
                power = Product(x, power);
        }
        return power;
    }

    /// <summary>Clamped to the finite numbers; integers wrap.</summary>
    private static T Product<T>(T x, T y)
        where T : unmanaged, INumber<T>
    {
        T product = unchecked(x * y);
        return typeof(T) == typeof(float) && T.IsInfinity(product)
            ? T.CreateTruncating(T.IsNegative(product) ? float.MinValue : float.MaxValue) : product;
    }

    private static long OfInteger(long x, long exponent)
    {
        if (exponent <= 0)
            return exponent == 0 ? 1 : 0;
        if (x is 0 or 1 || (x == -1 && exponent % 2 != 0))
            return x;
        if (x == -1)
            return 1;
        long power = 1;
        for (; exponent > 0; exponent--)
        {
            power *= x;
            if (power is > int.MaxValue or < int.MinValue)
                return int.MinValue;
        }
        return power;
    }
}
