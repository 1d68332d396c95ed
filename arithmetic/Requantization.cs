namespace OffByN.Arithmetic;

/// <summary>How accumulator and factor are multiplied, before the last rounding.</summary>
public enum Product
{
    /// <summary>Two roundings: a saturating rounding doubling high multiply, then a shift by the exponent.</summary>
    HighMultiply,

    /// <summary>As <see cref="HighMultiply"/> without its nudge: (acc * mantissa) >> 31. A mistake.</summary>
    HighMultiplyFloor,

    /// <summary>As <see cref="HighMultiply"/> with a truncating division: (acc * mantissa) / 2^31. A mistake.</summary>
    HighMultiplyTruncate,

    /// <summary>As <see cref="HighMultiply"/> with the positive nudge for both signs, then a truncating division: (acc * mantissa + 2^30) / 2^31. A mistake.</summary>
    HighMultiplyNudgedUp,

    /// <summary>The high 32 bits of the product, without doubling: (acc * mantissa) >> 32. A mistake.</summary>
    HighMultiplyUndoubled,

    /// <summary>The high multiply on a product that was kept in 32 bits. A mistake.</summary>
    HighMultiplyOverflowing,

    /// <summary>The product of OpenCL's mul24: 24 bits of each factor, 32 bits of the product. A mistake.</summary>
    HighMultiplyIn24Bits,

    /// <summary>The high multiply done in float32 and cast to int: (int)f32{acc * (mantissa / 2^31)}. A mistake.</summary>
    HighMultiplyFloat,

    /// <summary>One rounding: the whole 64-bit product is shifted at once.</summary>
    Whole,

    /// <summary>The mantissa cut to 16 bits, the whole 64-bit product shifted at once: TFLite's int16x8 path.</summary>
    Mantissa16,

    /// <summary>f32{(float)acc * factor}: XNNPACK on x86.</summary>
    Float32,

    /// <summary>f64{acc * factor}: TFLite's reference FULLY_CONNECTED since 2.20.</summary>
    Float64,
}

/// <summary>
/// The factor of one channel in each form a <see cref="Product"/> may ask for. All are made from the same real value, whose own
/// precision is what <see cref="ScaleFormation"/> says.
/// </summary>
public readonly record struct ChannelScale(double Real, Multiplier Multiplier)
{
    public float Single => (float)Real;

    public static ChannelScale From(double real) => new(real, Multiplier.From(real));

    /// <summary>The factor that a mantissa and exponent stand for, for numbers without scales.</summary>
    public static ChannelScale From(Multiplier multiplier) => new(multiplier.Value, multiplier);
}

/// <summary>
/// Every intermediate of one requantization, before zero point and clamp. What a product does not have is 0.
/// </summary>
/// <param name="Shifted">The accumulator after the left shift (int32, wrapping).</param>
/// <param name="Product">The 64-bit product.</param>
/// <param name="High">The result of the high multiply.</param>
/// <param name="Remainder">What the last shift drops, in units of 2^-shift.</param>
/// <param name="Real">The floating-point product.</param>
/// <param name="Rounded">The result.</param>
public readonly record struct RequantizationSteps(long Shifted, long Product, int High, long Remainder, double Real, int Rounded);

/// <summary>
/// From an accumulator to an integer in units of the output scale: the one place where that rounding is written in C#. The flavours of
/// TFLite are the values named here (spec, section 1.3); a mistake is one of them with one field changed.
/// </summary>
public sealed record Requantization(Product Product, Rounding Rounding)
{
    /// <summary>TFLite's reference kernels: two roundings, the second half away from zero.</summary>
    public static readonly Requantization Reference = new(Product.HighMultiply, Rounding.HalfAway);

    /// <summary>ruy and the NEON-style kernels on x86: two roundings, the second half up.</summary>
    public static readonly Requantization Ruy = new(Product.HighMultiply, Rounding.HalfUp);

    /// <summary>XNNPACK on x86: float32, one rounding, half to even.</summary>
    public static readonly Requantization Xnnpack = new(Product.Float32, Rounding.HalfEven);

    /// <summary>Builds with single rounding, ruy's portable path.</summary>
    public static readonly Requantization Single = new(Product.Whole, Rounding.HalfUp);

    /// <summary>The reference FULLY_CONNECTED since LiteRT 1.3: float64, one rounding, half away.</summary>
    public static readonly Requantization RealHalfAway = new(Product.Float64, Rounding.HalfAway);

    /// <summary>int16 activations with an int64 accumulator.</summary>
    public static readonly Requantization Wide = new(Product.Mantissa16, Rounding.HalfUp);

    /// <summary>The rounded product of an accumulator with a channel's factor, before zero point and clamp.</summary>
    public int Apply(long accumulator, in ChannelScale scale) => Steps(accumulator, scale).Rounded;

    /// <summary>As <see cref="Apply"/>, with every intermediate.</summary>
    /// <param name="offset">Added before the last rounding, in units of the result; TFLite adds nothing there.</param>
    public RequantizationSteps Steps(long accumulator, in ChannelScale scale, int offset = 0) => Product switch
    {
        Product.Float32 when Rounding == Rounding.TruncateAfterHalf => RealAfterHalf((float)((float)accumulator * scale.Single) + offset),
        Product.Float32 => Real((float)((float)((float)accumulator * scale.Single) + offset)),
        Product.Float64 => Converted(accumulator * scale.Real + offset),
        Product.Whole => Whole(accumulator, scale.Multiplier.Mantissa, 31 - scale.Multiplier.Exponent, offset),
        Product.Mantissa16 => Whole(accumulator, Upper16(scale.Multiplier.Mantissa), 15 - scale.Multiplier.Exponent, offset),
        _ => TwoStages((int)accumulator, scale.Multiplier, offset),
    };

    private RequantizationSteps Real(double product) =>
        new(0, 0, 0, 0, product, FixedPoint.Round(product, Rounding));

    /// <summary>What no int32 holds becomes INT_MIN, as x86 converts.</summary>
    private RequantizationSteps Converted(double product) =>
        product >= int.MaxValue + 0.5 ? Real(product) with { Rounded = int.MinValue } : Real(product);

    /// <summary>The half is added in float32, where the sum rounds.</summary>
    private static RequantizationSteps RealAfterHalf(float product) =>
        new(0, 0, 0, 0, product, FixedPoint.Round((float)(product + 0.5f), Rounding.Truncate));

    private RequantizationSteps Whole(long accumulator, int mantissa, int shift, int offset)
    {
        long product = unchecked(accumulator * mantissa);
        if (offset != 0 && shift is > 0 and <= 31)
            product += (long)offset << shift;
        if (shift is <= 0 or > 62)
            return new(accumulator, product, 0, 0, 0, shift <= 0 ? unchecked((int)(product << -shift)) : 0);
        long rounded = FixedPoint.ShiftRight(product, shift, Rounding);
        return new(accumulator, product, 0, product & ((1L << shift) - 1), 0, unchecked((int)rounded));
    }

    private RequantizationSteps TwoStages(int accumulator, Multiplier multiplier, int offset)
    {
        int shifted = unchecked(accumulator << multiplier.LeftShift);
        long product = (long)shifted * multiplier.Mantissa;
        int high = Product switch
        {
            Product.HighMultiplyFloor => (int)(product >> 31),
            Product.HighMultiplyTruncate => (int)(product / (1L << 31)),
            Product.HighMultiplyNudgedUp => (int)((product + (1L << 30)) / (1L << 31)),
            Product.HighMultiplyUndoubled => (int)(product >> 32),
            Product.HighMultiplyOverflowing => (int)(((long)unchecked((int)product) + (1L << 30)) >> 31),
            Product.HighMultiplyIn24Bits => (int)(((long)unchecked((shifted << 8 >> 8) * (multiplier.Mantissa << 8 >> 8)) + (1L << 30)) >> 31),
            Product.HighMultiplyFloat => FixedPoint.Round((float)shifted * (multiplier.Mantissa / 2147483648f), Rounding.Truncate),
            _ => FixedPoint.SaturatingRoundingDoublingHighMultiply(shifted, multiplier.Mantissa),
        };
        int shift = multiplier.RightShift;
        long nudged = high + ((long)offset << shift);
        return new(shifted, product, high, nudged & ((1L << shift) - 1), 0, (int)FixedPoint.ShiftRight(nudged, shift, Rounding));
    }

    /// <summary>The mantissa in 16 bits, rounded half up, saturated to 32767.</summary>
    private static int Upper16(int mantissa) => mantissa < 0x7FFF0000 ? (mantissa + 0x8000) >> 16 : 0x7FFF;
}
