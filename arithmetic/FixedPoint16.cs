namespace OffByN.Arithmetic;

/// <summary>
/// gemmlowp's functions on int16 fixed point: Fk has k integer bits and 15-k fraction bits. The same series and Newton steps as in <see cref="FixedPoint"/>, with constants
/// and products of 16 bits; products tie toward +infinity, shifts away from zero.
/// </summary>
public static class FixedPoint16
{
    private const short One = short.MaxValue;

    private static readonly (int Exponent, int Factor)[] ExpFactors =
        [(-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308), (2, 39332535), (3, 720401), (4, 242)];

    /// <summary>1 / (1 + exp(-a)) for a in F<paramref name="integerBits"/>, as F0.</summary>
    public static short Logistic(short a, int integerBits)
    {
        if (a == 0)
            return (short)Constant(1 << 30);
        short positive = OneOverOnePlus(ExpOnNegativeValues(NegativeAbsolute(a), integerBits));
        return a > 0 ? positive : (short)(One - positive);
    }

    /// <summary>tanh(a) for a in F<paramref name="integerBits"/>, as F0.</summary>
    public static short Tanh(short a, int integerBits)
    {
        if (a == 0)
            return 0;
        // -2|a| is the raw value of -|a| with one integer bit more.
        short positive = OneMinusOverOnePlus(ExpOnNegativeValues(NegativeAbsolute(a), integerBits + 1));
        return a < 0 ? (short)-positive : positive;
    }

    private static short NegativeAbsolute(short a) => a < 0 ? a : (short)-a;

    private static short ExpOnNegativeValues(short a, int integerBits)
    {
        if (a == 0)
            return One;
        int fractionBits = 15 - integerBits;
        int quarter = 1 << (fractionBits - 2);
        int interval = (a & (quarter - 1)) - quarter;
        short result = ExpOnLastQuarter(FixedPoint.SaturatingShiftLeft16((short)interval, integerBits));
        int remainder = interval - a;
        foreach ((int exponent, int factor) in ExpFactors)
        {
            if (integerBits > exponent && (remainder & (1 << (fractionBits + exponent))) != 0)
                result = Multiply(result, Constant(factor));
        }
        return integerBits > 5 && a < -(32 << fractionBits) ? (short)0 : result;
    }

    private static short ExpOnLastQuarter(short a)
    {
        short expOfMinusEighth = Constant(1895147668), oneThird = Constant(715827883);
        short x = unchecked((short)(a + (1 << 12)));
        short x2 = Multiply(x, x), x3 = Multiply(x2, x), x4 = Multiply(x2, x2);
        short third = Multiply(unchecked((short)(FixedPoint.RoundingDivideByPowerOfTwo(x4, 2) + x3)), oneThird);
        int series = FixedPoint.RoundingDivideByPowerOfTwo(unchecked((short)(third + x2)), 1);
        return unchecked((short)(expOfMinusEighth + Multiply(expOfMinusEighth, (short)(x + series))));
    }

    private static short OneOverOnePlus(short a) => FixedPoint.SaturatingShiftLeft16(Reciprocal(a), 1);

    private static short OneMinusOverOnePlus(short a) => FixedPoint.SaturatingShiftLeft16(unchecked((short)(Reciprocal(a) - (1 << 13))), 2);

    /// <summary>1 / ((1 + a) / 2) as F2, by three Newton steps.</summary>
    private static short Reciprocal(short a)
    {
        short half = (short)((a + One + 1) / 2);
        short x = unchecked((short)(Constant(1515870810) + Multiply(half, Constant(-1010580540))));
        for (int step = 0; step < 3; step++)
        {
            short correction = Multiply(x, unchecked((short)((1 << 13) - Multiply(half, x))));
            x = unchecked((short)(x + FixedPoint.SaturatingShiftLeft16(correction, 2)));
        }
        return x;
    }

    private static short Multiply(short a, short b) => FixedPoint.SaturatingRoundingDoublingHighMultiply16(a, b);

    /// <summary>A 32-bit constant in 16 bits, rounded half away from zero.</summary>
    private static short Constant(int raw) => (short)Math.Min(FixedPoint.RoundingDivideByPowerOfTwo(raw, 16), short.MaxValue);
}
