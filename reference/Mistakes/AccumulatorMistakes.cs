using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 4: bias and accumulator (spec, section 6.4).</summary>
internal static class AccumulatorMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Bias("bias-missing", "50", "bias missing", "acc - b[c]", (_, bias) => [("", bias.Select(_ => 0))]),
        Many("bias-after", "51", "bias added after the requantization", "req(sum) + b + zo", "Requantizer.LateBias", c => c.Bias.All(b => b == 0) ? [] :
        [
            ("as it is", Late(c, c.Bias)),
            ("scaled, half-away", Late(c, [.. c.Bias.Select((b, i) => FixedPoint.Round(b * c.Requantizer.Scales[i].Real, Rounding.HalfAway))])),
            ("requantized", Late(c, [.. c.Bias.Select((b, i) => c.Requantizer.Of(i).Apply(b, c.Requantizer.Scales[i]))])),
        ]),
        Bias("bias-rescaled", "52", "bias scaled although it already has the accumulator's scale", "b*sb/so added to the sum", (c, bias) =>
        [
            ("b*sb/so", bias.Select((b, i) => FixedPoint.Round(b * c.Requantizer.Scales[i].Real, Rounding.HalfAway))),
            ("b/sb", bias.Select((b, i) => FixedPoint.Round(b / (c.Requantizer.Scales[i].Real * c.Output.Quantization!.Scale), Rounding.HalfAway))),
        ]),
        Bias("bias-narrow", "53", "bias read as another type", "b as int16, int8 or float", (_, bias) =>
        [
            ("int16", bias.Select(b => (int)(short)b)), ("int8", bias.Select(b => (int)(sbyte)b)),
            ("float bits", bias.Select(b => FixedPoint.Round(BitConverter.Int32BitsToSingle(b), Rounding.Truncate))),
        ]),
        Bias("bias-order", "54", "bias of another channel", "b[perm(c)]", (_, bias) =>
        [
            ("the next", [.. bias[1..], bias[0]]), ("the one before", [bias[^1], .. bias[..^1]]), ("reversed", bias.Reverse()), ("the first for all", bias.Select(_ => bias[0])),
        ]),
        Bias("bias-shifted", "55", "bias shifted left", "b << s", (_, bias) => Enumerable.Range(1, 8).Select(s => ($"s = {s}", bias.Select(b => unchecked(b << s))))),
        Many("accumulator-16-bit", "56", "accumulator of 16 bits, wrapping", "acc modulo 2^16", "Accumulator", c => [(null, c with { Accumulator = AccumulatorKind.Int16Wrapping })]),
        Many("accumulator-saturating", "57", "accumulator of 16 bits, saturated after every product", "sat16(acc + w*x)", "Accumulator", c => [(null, c with { Accumulator = AccumulatorKind.Int16Saturating })]),
        Many("product-narrow", "58", "products kept in 8 or 16 bits", "(int16)(x'*w')", "ProductBits", c => [("16 bits", c with { ProductBits = 16 }), ("8 bits", c with { ProductBits = 8 })]),
        Many("accumulator-float", "59", "accumulator of float32", "exact up to 2^24 alone", "Accumulator", c => [(null, c with { Accumulator = AccumulatorKind.Float32 })]),
    ];

    private static PreparedConvolution Late(PreparedConvolution convolution, ImmutableArray<int> bias) => convolution with
    {
        Bias = [.. convolution.Bias.Select(_ => 0)],
        Requantizer = convolution.Requantizer with { LateBias = bias },
    };

    private static Mistake Bias(
        string slug, string catalogue, string name, string change, Func<PreparedConvolution, ImmutableArray<int>, IEnumerable<(string Parameter, IEnumerable<int> Bias)>> changes) =>
        Many(slug, catalogue, name, change, "Bias", c => changes(c, c.Bias)
            .Select(variant => (variant.Parameter.Length == 0 ? null : variant.Parameter, Bias: variant.Bias.ToImmutableArray()))
            .Where(variant => !variant.Bias.SequenceEqual(c.Bias))
            .Select(variant => (variant.Item1, c with { Bias = variant.Bias })));

    private static Mistake Many(
        string slug, string catalogue, string name, string change, string field, Func<PreparedConvolution, IEnumerable<(string? Parameter, PreparedConvolution Changed)>> changed) =>
        Mistake.In<PreparedConvolution>(MistakeGroup.Accumulator, slug, catalogue, name, change, field, (c, _) => changed(c));
}
