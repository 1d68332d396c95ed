using System.Collections.Immutable;
using OffByN.Arithmetic;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 2: the rounding between accumulator and output (spec, section 6.2). Numbers 31 and 33 are the legitimate L2 and L4.</summary>
internal static class RoundingMistakes
{
    private const string Field = "Requantizer.Body";

    /// <summary>How people shift at the end.</summary>
    public static readonly ImmutableArray<(string Name, Rounding Rounding)> Shifts =
    [
        ("shift half-away", Rounding.HalfAway), ("shift half-up", Rounding.HalfUp), ("plain shift", Rounding.Floor), ("truncating division", Rounding.Truncate),
    ];

    public static readonly ImmutableArray<Mistake> All =
    [
        Real("float-truncated", "20", "float product truncated", "(int)f32(acc*M)", Rounding.Truncate) with { Evidence = "google/gemmlowp#188" },
        Real("float-floored", "21", "float product floored", "floor(f32(acc*M))", Rounding.Floor),
        Mistake.Requantizing(MistakeGroup.Rounding, "float-high-multiply", "22", "float product truncated before the shift", "shift((int)f32(acc*m/2^31), >>n)", Field, (r, f) =>
            f.Candidates().SelectMany(scales => Shifts.Select(shift =>
                ((string?)shift.Name, Everywhere(r, new(Product.HighMultiplyFloat, shift.Rounding)) with { Scales = scales })))) with { Evidence = "google/gemmlowp#188" },
        Real("half-even", "23", "rounded half to even", "half-even(acc*M)", Rounding.HalfEven) with { Evidence = "tensorflow/tensorflow#102943" },
        Real("half-up", "24", "rounded half up", "floor(acc*M + 1/2)", Rounding.HalfUp),
        Real("half-then-truncated", "25", "(int)(x + 0.5) also for negative values", "(int)(f32(acc*M) + 0.5)", Rounding.TruncateAfterHalf),
        Integer("high-multiply-floored", "26", "high multiply floored", "half-away((acc*m) >> 31, >>n)", Product.HighMultiplyFloor, Rounding.HalfAway),
        Integer("high-multiply-truncated", "27", "high multiply truncated", "half-away((acc*m) / 2^31, >>n)", Product.HighMultiplyTruncate, Rounding.HalfAway),
        Integer("nudge-without-sign", "28", "nudge of one sign with a truncating division", "half-away((acc*m + 2^30) / 2^31, >>n)", Product.HighMultiplyNudgedUp, Rounding.HalfAway),
        Integer("plain-shift", "29", "plain shift", "floor((acc*m) /2^31, >>n)", Product.HighMultiply, Rounding.Floor),
        Integer("truncating-division", "30", "truncating division", "trunc((acc*m) /2^31, /2^n)", Product.HighMultiply, Rounding.Truncate),
        Integer("threshold", "32", "remainder compared with >=", "half-away with rem >= thr", Product.HighMultiply, Rounding.LowThreshold),
        Integer("single-half-away", "33a", "one rounding, half away", "half-away(acc*m >> (31+n))", Product.Whole, Rounding.HalfAway),
        Integer("no-rounding", "26+29", "no rounding at all", "((acc*m) >> 31) >> n", Product.HighMultiplyFloor, Rounding.Floor),
        Integer("truncated-then-shifted", "27+29", "truncated, then shifted", "((acc*m) / 2^31) >> n", Product.HighMultiplyTruncate, Rounding.Floor),
        Integer("truncated-twice", "27+30", "truncated twice", "((acc*m) / 2^31) / 2^n", Product.HighMultiplyTruncate, Rounding.Truncate),
        Integer("floored-then-half-up", "26+31", "high multiply floored, half up", "half-up((acc*m) >> 31, >>n)", Product.HighMultiplyFloor, Rounding.HalfUp),
        Integer("whole-truncated", "30a", "whole product truncated once", "(acc*m) / 2^(31+n)", Product.Whole, Rounding.Truncate),
        Mistake.Requantizing(MistakeGroup.Rounding, "zero-point-before-rounding", "34", "zero point added before the rounding", "half-away(high + (zo << n), >>n)", "Requantizer.ZeroPointPlace", (r, _) =>
            new[] { r.Body, Requantization.Reference, Requantization.Ruy }.Distinct().Select((requantization, i) =>
                (i == 0 ? null : (string?)Shifts.First(shift => shift.Rounding == requantization.Rounding).Name, Everywhere(r, requantization) with { ZeroPointPlace = ZeroPointPlace.BeforeRounding }))),
        Integer("unguarded-shift", "35", "rounding term for a shift of 0", "(high + (1 << (n-1))) >> n with n = 0", Product.HighMultiply, Rounding.UnguardedHalfUp),
        Integer("multiplied-in-24-bits", "60", "multiplied by mul24", "mul24(acc, m)", Product.HighMultiplyIn24Bits, Rounding.HalfAway),
        Mistake.Requantizing(MistakeGroup.Rounding, "product-in-32-bits", "61", "product kept in 32 bits", "(int)(acc*m)", Field, (r, _) =>
            Everywhere(r, new(Product.HighMultiplyOverflowing, Rounding.HalfAway))) with { Evidence = "ARM-software/ComputeLibrary#1012" },
    ];

    /// <summary>The same requantization in all channels.</summary>
    public static Requantizer Everywhere(Requantizer requantizer, Requantization requantization) =>
        requantizer with { Body = requantization, Tail = requantization };

    /// <summary>The factors as somebody has them who computes in floating point: made from scales, or from the stored multiplier.</summary>
    public static IEnumerable<(string? Parameter, ImmutableArray<ChannelScale> Scales)> Factors(ImmutableArray<ChannelScale> scales)
    {
        yield return ("float32", scales);
        ImmutableArray<ChannelScale> stored = [.. scales.Select(scale => ChannelScale.From(scale.Multiplier))];
        if (!stored.Select(scale => scale.Single).SequenceEqual(scales.Select(scale => scale.Single)))
            yield return ("float32, factor from the multiplier", stored);
    }

    private static Mistake Real(string slug, string catalogue, string name, string change, Rounding rounding) =>
        Mistake.Requantizing(MistakeGroup.Rounding, slug, catalogue, name, change, Field, (requantizer, factors) => factors.Candidates().SelectMany(own =>
            Factors(own).Select(made => (made.Parameter, Everywhere(requantizer, new(Product.Float32, rounding)) with { Scales = made.Scales }))
                .Append(("double", Everywhere(requantizer, new(Product.Float64, rounding)) with { Scales = own }))));

    private static Mistake Integer(string slug, string catalogue, string name, string change, Product product, Rounding rounding) =>
        Mistake.Requantizing(MistakeGroup.Rounding, slug, catalogue, name, change, Field, (requantizer, factors) => factors.Candidates()
            .Where(own => rounding != Rounding.UnguardedHalfUp || own.Any(scale => scale.Multiplier.Exponent >= 0))
            .Select(own => ((string?)null, Everywhere(requantizer, new(product, rounding)) with { Scales = own })));
}
