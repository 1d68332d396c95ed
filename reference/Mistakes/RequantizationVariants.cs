using System.Collections.Immutable;
using OffByN.Arithmetic;

namespace OffByN.Reference.Mistakes;

/// <summary>A way to requantize that somebody really uses, rightly or not.</summary>
/// <param name="Catalogue">Its number in the catalogue of spec section 6: "L1" to "L6" for legitimate alternatives, else a mistake's.</param>
/// <param name="Name">A few words, as reports print them.</param>
/// <param name="Formula">What is computed, before zero point and clamp; m and n are mantissa and right shift, M the real factor.</param>
public sealed record RequantizationVariant(string Catalogue, string Name, string Formula, Requantization Requantization)
{
    /// <summary>In which precision whoever computes so forms the factor from the scales.</summary>
    public ScaleFormation Scale { get; init; } = ScaleFormation.Double;

    public bool IsLegitimate => Catalogue.StartsWith('L');
}

/// <summary>Every requantization that is told apart, legitimate ones first.</summary>
public static class RequantizationVariants
{
    public static readonly ImmutableArray<RequantizationVariant> All =
    [
        new("L1", "TFLite reference", "half-away((acc*m) /2^31, >>n)", Requantization.Reference),
        new("L2", "TFLite optimized (ruy)", "half-up((acc*m) /2^31, >>n)", Requantization.Ruy),
        new("L3", "XNNPACK", "half-even(f32(acc*M))", Requantization.Xnnpack) { Scale = ScaleFormation.FloatQuotient },
        new("L4", "single rounding", "half-up(acc*m >> (31+n))", Requantization.Single),
        new("L5", "double product, TFLite FC", "half-away(f64(acc*M))", Requantization.RealHalfAway),
        new("L6", "16-bit multiplier, int16x8", "half-up(acc*m16 >> (15+n))", Requantization.Wide),
        new("20", "float product truncated", "(int)f32(acc*M)", new(Product.Float32, Rounding.Truncate)),
        new("21", "float product floored", "floor(f32(acc*M))", new(Product.Float32, Rounding.Floor)),
        new("22", "float truncated before the shift", "half-away((int)f32(acc*m/2^31), >>n)", new(Product.HighMultiplyFloat, Rounding.HalfAway)),
        new("23", "round half even", "half-even(f64(acc*M))", new(Product.Float64, Rounding.HalfEven)),
        new("24", "round half up", "half-up(f64(acc*M))", new(Product.Float64, Rounding.HalfUp)),
        new("26", "high multiply floored", "half-away((acc*m) >> 31, >>n)", new(Product.HighMultiplyFloor, Rounding.HalfAway)),
        new("27", "high multiply truncated", "half-away((acc*m) / 2^31, >>n)", new(Product.HighMultiplyTruncate, Rounding.HalfAway)),
        new("29", "plain shift", "floor((acc*m) /2^31, >>n)", new(Product.HighMultiply, Rounding.Floor)),
        new("30", "truncating division", "trunc((acc*m) /2^31, /2^n)", new(Product.HighMultiply, Rounding.Truncate)),
        new("26+29", "no rounding at all", "((acc*m) >> 31) >> n", new(Product.HighMultiplyFloor, Rounding.Floor)),
        new("27+29", "truncated, then shifted", "((acc*m) / 2^31) >> n", new(Product.HighMultiplyTruncate, Rounding.Floor)),
    ];
}
