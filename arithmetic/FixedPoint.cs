using System.Numerics;

namespace OffByN.Arithmetic;

/// <summary>How a value between two integers becomes one of them.</summary>
public enum Rounding
{
    /// <summary>To nearest, ties away from zero: 2.5 -> 3, -2.5 -> -3. C's <c>round</c>.</summary>
    HalfAway,

    /// <summary>To nearest, ties toward +infinity: 2.5 -> 3, -2.5 -> -2. What adding half and shifting does.</summary>
    HalfUp,

    /// <summary>To nearest, ties to the even neighbour: 2.5 -> 2, 3.5 -> 4. What <c>cvtps2dq</c> and <c>rint</c> do.</summary>
    HalfEven,

    /// <summary>Toward -infinity: what a plain arithmetic shift does.</summary>
    Floor,

    /// <summary>Toward zero: what a C cast from float and a C integer division do.</summary>
    Truncate,

    /// <summary>Half is added, then the result is cut toward zero: -2.3 -> -1. What <c>(int)(x + 0.5f)</c> does. A mistake.</summary>
    TruncateAfterHalf,

    /// <summary>A right shift whose remainder is compared with <c>&gt;=</c> instead of <c>&gt;</c>: one unit below the tie already rounds up. A mistake; elsewhere <see cref="HalfAway"/>.</summary>
    LowThreshold,

    /// <summary>A right shift that adds <c>1 &lt;&lt; (n - 1)</c> also for n = 0, where devices shift by 31. A mistake; elsewhere <see cref="HalfUp"/>.</summary>
    UnguardedHalfUp,
}

/// <summary>
/// The integer primitives of quantized arithmetic (spec, section 1.2 and 1.6). Each says its ties and its saturation.
/// Fk names a fixed-point format: an int32 with k integer bits and 31-k fraction bits.
/// </summary>
public static class FixedPoint
{
    /// <summary>
    /// Saturating rounding doubling high multiply: (2*a*b + 2^31) / 2^32. Ties go toward +infinity (-0.5 -> 0), although
    /// the nudge it is usually written with looks symmetric. Only INT_MIN * INT_MIN saturates, to INT_MAX.
    /// </summary>
    public static int SaturatingRoundingDoublingHighMultiply(int a, int b) =>
        a == int.MinValue && b == int.MinValue ? int.MaxValue : (int)(((long)a * b + (1L << 30)) >> 31);

    /// <summary>The same on 16 bits: (2*a*b + 2^15) / 2^16; only SHORT_MIN * SHORT_MIN saturates.</summary>
    public static short SaturatingRoundingDoublingHighMultiply16(short a, short b) =>
        a == short.MinValue && b == short.MinValue ? short.MaxValue : (short)((a * b + (1 << 14)) >> 15);

    /// <summary>
    /// x / 2^n rounded; exact for 0 &lt;= n &lt;= 62 and |x| &lt; 2^62. <see cref="Rounding.HalfAway"/> is gemmlowp's
    /// RoundingDivideByPOT, <see cref="Rounding.HalfUp"/> NEON's vrshl.
    /// </summary>
    public static long ShiftRight(long x, int n, Rounding rounding)
    {
        if (n == 0)
            return rounding == Rounding.UnguardedHalfUp ? unchecked((int)x + int.MinValue) : x;
        long floor = x >> n;
        long remainder = x - (floor << n);
        long half = 1L << (n - 1);
        return rounding switch
        {
            Rounding.HalfAway => floor + (remainder > half || (remainder == half && x > 0) ? 1 : 0),
            Rounding.HalfUp => floor + (remainder >= half ? 1 : 0),
            Rounding.HalfEven => floor + (remainder > half || (remainder == half && (floor & 1) != 0) ? 1 : 0),
            Rounding.Truncate => floor + (remainder != 0 && x < 0 ? 1 : 0),
            Rounding.TruncateAfterHalf => (x + half) / (1L << n),
            Rounding.LowThreshold => floor + (remainder >= half - (x < 0 ? 0 : 1) ? 1 : 0),
            Rounding.UnguardedHalfUp => floor + (remainder >= half ? 1 : 0),
            _ => floor,
        };
    }

    /// <summary>
    /// A real number rounded to an integer. Values beyond int32 saturate; NaN becomes 0. Exact for float32 arguments widened to double.
    /// </summary>
    public static int Round(double x, Rounding rounding)
    {
        double rounded = rounding switch
        {
            Rounding.HalfAway or Rounding.LowThreshold => Math.Round(x, MidpointRounding.AwayFromZero),
            Rounding.HalfUp or Rounding.UnguardedHalfUp => RoundHalfUp(x),
            Rounding.HalfEven => Math.Round(x, MidpointRounding.ToEven),
            Rounding.Truncate => Math.Truncate(x),
            Rounding.TruncateAfterHalf => Math.Truncate(x + 0.5),
            _ => Math.Floor(x),
        };
        return rounded >= int.MaxValue ? int.MaxValue : rounded <= int.MinValue ? int.MinValue : (int)rounded;
    }

    /// <summary>dividend / divisor rounded, for a divisor greater than 0.</summary>
    public static int Divide(int dividend, int divisor, Rounding rounding)
    {
        if (rounding == Rounding.TruncateAfterHalf)
            return (int)(((long)dividend + divisor / 2) / divisor);
        long floor = Math.DivRem((long)dividend, divisor, out long remainder);
        if (remainder < 0)
            (floor, remainder) = (floor - 1, remainder + divisor);
        bool above = 2 * remainder > divisor, tie = 2 * remainder == divisor;
        return (int)floor + (rounding switch
        {
            Rounding.HalfAway or Rounding.LowThreshold => above || (tie && dividend > 0),
            Rounding.HalfUp or Rounding.UnguardedHalfUp => above || tie,
            Rounding.HalfEven => above || (tie && (floor & 1) != 0),
            Rounding.Truncate => remainder != 0 && dividend < 0,
            _ => false,
        } ? 1 : 0);
    }

    /// <summary>x / 2^n with ties away from zero, for int32.</summary>
    public static int RoundingDivideByPowerOfTwo(int x, int n) => (int)ShiftRight(x, n, Rounding.HalfAway);

    /// <summary>x * 2^n, saturated to int32.</summary>
    public static int SaturatingShiftLeft(int x, int n) => (int)Math.Clamp((long)x << n, int.MinValue, int.MaxValue);

    /// <summary>x * 2^n, saturated to int16.</summary>
    public static short SaturatingShiftLeft16(short x, int n) => (short)Math.Clamp((long)x << n, short.MinValue, short.MaxValue);

    /// <summary>
    /// exp(a) for a &lt;= 0 in F<paramref name="integerBits"/>, as F0; exp(0) is INT_MAX. gemmlowp's
    /// exp_on_negative_values, bit for bit (spec, section 1.6).
    /// </summary>
    public static int ExpOnNegativeValues(int a, int integerBits)
    {
        if (a == 0)
            return int.MaxValue;
        int fractionBits = 31 - integerBits;
        int quarter = 1 << (fractionBits - 2);
        int interval = (a & (quarter - 1)) - quarter;
        int result = ExpOnLastQuarter(SaturatingShiftLeft(interval, integerBits));
        int remainder = interval - a;
        foreach ((int exponent, int factor) in ExpFactors)
        {
            if (integerBits > exponent && (remainder & (1 << (fractionBits + exponent))) != 0)
                result = SaturatingRoundingDoublingHighMultiply(result, factor);
        }
        return integerBits > 5 && a < -(32 << fractionBits) ? 0 : result;
    }

    /// <summary>1 / (1 + a) for a in [0, 1) as F0, as F0: three Newton steps, bit for bit gemmlowp's.</summary>
    public static int OneOverOnePlus(int a)
    {
        int halfDenominator = (int)(((long)a + int.MaxValue + 1) / 2);
        int x = 1515870810 + SaturatingRoundingDoublingHighMultiply(halfDenominator, -1010580540);
        for (int step = 0; step < 3; step++)
        {
            int product = SaturatingRoundingDoublingHighMultiply(halfDenominator, x);
            x += SaturatingShiftLeft(SaturatingRoundingDoublingHighMultiply(x, (1 << 29) - product), 2);
        }
        return SaturatingShiftLeft(x, 1);
    }

    /// <summary>
    /// The reciprocal of x &gt; 0 in F<paramref name="integerBits"/>: the F0 value of 1/y for x scaled to y in [1, 2), and the
    /// number of bits that x lies above 1 (spec, section 1.5).
    /// </summary>
    public static (int Reciprocal, int BitsOverUnit) Reciprocal(int x, int integerBits)
    {
        int headroom = BitOperations.LeadingZeroCount((uint)x);
        int fraction = (int)(((uint)x << headroom) - (1u << 31));
        return (OneOverOnePlus(fraction), integerBits - headroom);
    }

    /// <summary>
    /// 1 / sqrt(x) for an integer x of at least 1, by five Newton steps in F3; x of 1 and less gives the largest multiplier below 1, as TFLite's
    /// GetInvSqrtQuantizedMultiplierExp (spec, section 1.5).
    /// </summary>
    public static Multiplier ReciprocalSquareRoot(int x)
    {
        if (x <= 1)
            return new(int.MaxValue, 0);
        int shift = 11;
        for (; x >= 1 << 29; shift++)
            x /= 4;
        int pairs = (BitOperations.LeadingZeroCount((uint)x) - 1) / 2 - 1;
        shift -= pairs;
        x <<= 2 * pairs;
        const int one = 1 << 28;
        int half = RoundingDivideByPowerOfTwo(x >> 1, 1);
        int root = one;
        for (int step = 0; step < 5; step++)
        {
            int cube = SaturatingShiftLeft(SaturatingRoundingDoublingHighMultiply(SaturatingRoundingDoublingHighMultiply(root, root), root), 6);
            root = SaturatingShiftLeft(
                SaturatingRoundingDoublingHighMultiply(one + one / 2, root) - SaturatingRoundingDoublingHighMultiply(half, cube), 3);
        }
        int mantissa = SaturatingRoundingDoublingHighMultiply(root, 1518500250);
        return shift < 0 ? new(mantissa << -shift, 0) : new(mantissa, -shift);
    }

    /// <summary>
    /// log(x) for x of at least 1 in F<paramref name="integerBits"/>, as F5: two normalizations of x, a quarter of an octave apart, and a quotient of polynomials in the better of
    /// them, as TFLite's LOG_SOFTMAX has it.
    /// </summary>
    public static int LogAtLeastOne(int x, int integerBits)
    {
        const int log2 = 1488522236, fourthRootOfHalf = 1805811301, rootOfHalf = 1518500250;
        const int accumulatorBits = 6, quarter = 1 << (31 - accumulatorBits - 2);
        int zerosA = BitOperations.LeadingZeroCount((uint)x);
        int a = SaturatingShiftLeft(SaturatingRoundingDoublingHighMultiply(SaturatingShiftLeft(x, zerosA - 1), rootOfHalf), 1);
        int powerA = Saturate((long)SaturatingShiftLeft(integerBits - zerosA, 31 - accumulatorBits) + quarter);
        int headroomB = BitOperations.LeadingZeroCount((uint)SaturatingRoundingDoublingHighMultiply(x, rootOfHalf)) - 1;
        int b = SaturatingShiftLeft(x, headroomB);
        int powerB = Saturate((long)SaturatingShiftLeft(integerBits - headroomB, 31 - accumulatorBits) - quarter);

        int r = Math.Min(a, b);
        int p = (int)(((long)r + fourthRootOfHalf + 1) / 2);
        int q = unchecked(2 * (r - fourthRootOfHalf));
        int square = SaturatingRoundingDoublingHighMultiply(q, q);
        int numerator = unchecked(SaturatingRoundingDoublingHighMultiply(q, r)
            + SaturatingRoundingDoublingHighMultiply(SaturatingRoundingDoublingHighMultiply(q, square), 117049297));
        int denominator = unchecked(
            SaturatingRoundingDoublingHighMultiply(p, 1057819769 + q + SaturatingRoundingDoublingHighMultiply(127690142, square))
            + SaturatingRoundingDoublingHighMultiply(638450708, q));
        int logarithm = unchecked(SaturatingRoundingDoublingHighMultiply(Math.Max(powerA, powerB), log2)
            + SaturatingRoundingDoublingHighMultiply(RoundingDivideByPowerOfTwo(numerator, accumulatorBits), OneOverOnePlus(denominator)));
        return SaturatingShiftLeft(logarithm, 1);
    }

    private static int Saturate(long x) => (int)Math.Clamp(x, int.MinValue, int.MaxValue);

    private static readonly (int Exponent, int Factor)[] ExpFactors =
        [(-2, 1672461947), (-1, 1302514674), (0, 790015084), (1, 290630308), (2, 39332535), (3, 720401), (4, 242)];

    private static int ExpOnLastQuarter(int a)
    {
        const int expOfMinusEighth = 1895147668;
        const int oneThird = 715827883;
        int x = a + (1 << 28);
        int x2 = SaturatingRoundingDoublingHighMultiply(x, x);
        int x3 = SaturatingRoundingDoublingHighMultiply(x2, x);
        int x4 = SaturatingRoundingDoublingHighMultiply(x2, x2);
        int third = SaturatingRoundingDoublingHighMultiply(RoundingDivideByPowerOfTwo(x4, 2) + x3, oneThird);
        int series = RoundingDivideByPowerOfTwo(third + x2, 1);
        return expOfMinusEighth + SaturatingRoundingDoublingHighMultiply(expOfMinusEighth, x + series);
    }

    /// <summary>floor(x + 1/2) without the rounding that adding 1/2 in floating point would do.</summary>
    private static double RoundHalfUp(double x)
    {
        double floor = Math.Floor(x);
        return x - floor >= 0.5 ? floor + 1 : floor;
    }
}
