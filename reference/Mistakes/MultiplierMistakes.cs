using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 1: the factor between accumulator and output (spec, section 6.1).</summary>
internal static class MultiplierMistakes
{
    private const string Scales = "Requantizer.Scales";

    public static readonly ImmutableArray<Mistake> All =
    [
        Mistake.Requantizing(MistakeGroup.Multiplier, "float-factor", "1", "multiplier kept as float32", "half-away(f32(acc*M))", "Requantizer.Body", (r, f) =>
            f.Candidates().SelectMany(scales => RoundingMistakes.Factors(scales).Select(made =>
                (made.Parameter, RoundingMistakes.Everywhere(r, new(Product.Float32, Rounding.HalfAway)) with { Scales = made.Scales })))) with { Evidence = "google/gemmlowp#188" },
        Factor("float-mantissa", "1b", "multiplier rounded to float32's 24 bits", "m = (float)m", scale =>
            Through(scale.Multiplier) is var narrowed && narrowed != scale.Multiplier ? scale with { Multiplier = narrowed } : null) with { Evidence = "google/gemmlowp#188" },
        Formula("product-of-scales-float", "2", "product of scales in another precision", "M = f64(f32(si*sw))/so, or all in f64", [
            ("float32 product", s => ScaleFormation.FloatProduct.Of(s.Input, s.Weight, s.Output)),
            ("double", s => ScaleFormation.Double.Of(s.Input, s.Weight, s.Output))]) with { Evidence = "tensorflow/tensorflow#23800" },
        Formula("quotient-float", "3", "whole quotient in float32", "M = f32(f32(si*sw)/so)", [
            ("", s => ScaleFormation.FloatQuotient.Of(s.Input, s.Weight, s.Output))]),
        Formula("association", "4", "scales multiplied in another order", "M = si*(sw/so), (1/so)*si*sw, ...", [
            ("si*(sw/so), double", s => s.Input * ((double)s.Weight / s.Output)),
            ("(si/so)*sw, double", s => (double)s.Input / s.Output * s.Weight),
            ("(1/so)*si*sw, double", s => 1 / (double)s.Output * s.Input * s.Weight),
            ("si*(sw/so), float32", s => (float)(s.Input * (float)(s.Weight / s.Output))),
            ("(si/so)*sw, float32", s => (float)((float)(s.Input / s.Output) * s.Weight)),
            ("(1/so)*si*sw, float32", s => (float)((float)((float)(1 / s.Output) * s.Input) * s.Weight)),
            ("si*sw*(1/so), float32", s => (float)((float)(s.Input * s.Weight) * (float)(1 / s.Output)))]) with { Evidence = "apache/tvm#10817" },
        Factor("mantissa-truncated", "5", "mantissa truncated", "m = floor(q*2^31)", scale =>
            Truncated(scale.Real) is var cut && cut != scale.Multiplier ? scale with { Multiplier = cut } : null),
        Factor("mantissa-overflow", "6", "mantissa of 2^31 not handled", "m = INT_MIN", scale =>
            Overflows(scale) ? scale with { Multiplier = new(int.MinValue, scale.Multiplier.Exponent - 1) } : null),
        Factor("exponent-by-logarithm", "7", "exponent off by one at powers of two", "e = ceil(log2 M)", scale =>
            scale.Multiplier.Mantissa == 1 << 30 ? scale with { Multiplier = new(int.MaxValue, scale.Multiplier.Exponent - 1) } : null),
        Factor("shift-sign", "8", "shift with its sign swapped", "e = -e", scale =>
            scale.Multiplier.Exponent is not 0 and > -31 and var e ? scale with { Multiplier = scale.Multiplier with { Exponent = -e } } : null),
        Mistake.Requantizing(MistakeGroup.Multiplier, "shift-off-by-one", "9", "shift off by one", "n+1 or n-1", Scales, (r, f) => new[] { 1, -1 }.Select(by =>
            ((string?)(by > 0 ? "n-1" : "n+1"), r with { Scales = Each(f.Own, scale => Scaled(scale, by)) }))),
        Mistake.Requantizing(MistakeGroup.Multiplier, "not-doubled", "10", "high 32 bits of the product, not doubled", "half-away((acc*m) >> 32, >>n)", "Requantizer.Body", (r, f) =>
            RoundingMistakes.Shifts.Select(shift => ((string?)shift.Name, RoundingMistakes.Everywhere(r, new(Product.HighMultiplyUndoubled, shift.Rounding))))),
        Mistake.Requantizing(MistakeGroup.Multiplier, "multiplier-16-bit", "11", "16-bit multiplier", "half-up(acc*m16 >> (15+n))", "Requantizer.Body", (r, f) =>
            RoundingMistakes.Everywhere(r, Requantization.Wide)),
        Mistake.Requantizing(MistakeGroup.Multiplier, "fixed-precision", "12", "factor in fixed point with few fraction bits", "(acc*k + 2^(p-1)) >> p, k = round(M*2^p)", Scales, Precisions),
        Mistake.Requantizing(MistakeGroup.Multiplier, "power-of-two", "13", "factor rounded to a power of two", "(acc + 2^(s-1)) >> s", Scales, (r, f) =>
            RoundingMistakes.Everywhere(r, Requantization.Single) with { Scales = Each(f.Own, scale => scale with { Multiplier = new(1, 31 + (int)Math.Round(Math.Log2(scale.Real))) }) }),
        Factor("left-shift-dropped", "14", "left shift dropped", "e = min(e, 0)", scale =>
            scale.Multiplier.Exponent > 0 ? Scaled(scale, -scale.Multiplier.Exponent) : null),
        Mistake.Requantizing(MistakeGroup.Multiplier, "one-factor-for-all", "15", "one factor for all channels", "M[0], the largest, the mean", Scales, OneForAll),
        Mistake.In<PreparedConvolution>(MistakeGroup.Multiplier, "factor-of-other-channel", "16", "per-channel factors of other channels", "M[c+1], M[c-1], M[C-1-c]", Scales, (c, _) => Permuted(c)),
        Mistake.In<PreparedConvolution>(MistakeGroup.Multiplier, "other-output-scale", "17", "output scale of another tensor", "so = si, 1, or another's", Scales, OtherOutputScales),
        Mistake.In<PreparedConvolution>(MistakeGroup.Multiplier, "stale-input-scale", "18", "input scale of an earlier tensor", "si of the producer's input", Scales, StaleInputScales),
        Mistake.In<PreparedConvolution>(MistakeGroup.Multiplier, "weight-scale-missing", "19", "weight scale missing", "M = si/so", Scales, (c, _) =>
            [("", With(c, s => (double)s.Input / s.Output))]),
    ];

    /// <summary>A mistake in each channel's factor; null where a channel's stays as it is.</summary>
    private static Mistake Factor(string slug, string catalogue, string name, string change, Func<ChannelScale, ChannelScale?> changed) =>
        Mistake.Requantizing(MistakeGroup.Multiplier, slug, catalogue, name, change, Scales, (requantizer, factors) => factors.Candidates()
            .Where(own => own.Any(scale => changed(scale) is not null))
            .Select(own => ((string?)null, requantizer with { Scales = Each(own, scale => changed(scale) ?? scale) })));

    private static Mistake Formula(string slug, string catalogue, string name, string change, (string Parameter, Func<FactorScales, double> Of)[] formulas) =>
        Mistake.Requantizing(MistakeGroup.Multiplier, slug, catalogue, name, change, Scales, (requantizer, factors) => formulas
            .Select(formula => ((string?)formula.Parameter, requantizer with { Scales = factors.From(formula.Of) }))
            .Where(variant => !variant.Item2.Scales.SequenceEqual(factors.Own)));

    private static IEnumerable<(string?, Requantizer)> Precisions(Requantizer requantizer, Factors factors)
    {
        foreach (int bits in (int[])[8, 10, 12, 14, 15, 16, 18, 20, 22, 23, 24, 30])
        {
            if (factors.Own.All(scale => Math.Abs(scale.Real) * Math.ScaleB(1, bits) < int.MaxValue))
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"p = {bits}"), RoundingMistakes.Everywhere(requantizer, Requantization.Single) with
                {
                    Scales = Each(factors.Own, scale => scale with { Multiplier = new((int)Math.Round(Math.ScaleB(scale.Real, bits), MidpointRounding.AwayFromZero), 31 - bits) }),
                });
            }
        }
    }

    private static IEnumerable<(string?, Requantizer)> OneForAll(Requantizer requantizer, Factors factors)
    {
        if (factors.Own.Distinct().Count() == 1)
            yield break;
        yield return ("the first", requantizer with { Scales = Each(factors.Own, _ => factors.Own[0]) });
        yield return ("the last", requantizer with { Scales = Each(factors.Own, _ => factors.Own[^1]) });
        yield return ("the largest", requantizer with { Scales = Each(factors.Own, _ => factors.Own.MaxBy(scale => scale.Real)) });
        ChannelScale mean = ChannelScale.From(factors.Own.Average(scale => scale.Real));
        yield return ("the mean", requantizer with { Scales = Each(factors.Own, _ => mean) });
    }

    private static IEnumerable<(string?, PreparedConvolution)> Permuted(PreparedConvolution convolution)
    {
        ImmutableArray<ChannelScale> own = convolution.Requantizer.Scales;
        if (own.Distinct().Count() == 1)
            yield break;
        yield return ("the next", WithScales(convolution, [.. own[1..], own[0]]));
        yield return ("the one before", WithScales(convolution, [own[^1], .. own[..^1]]));
        yield return ("reversed", WithScales(convolution, [.. own.Reverse()]));
    }

    private static IEnumerable<(string?, PreparedConvolution)> OtherOutputScales(PreparedConvolution convolution, Graph graph)
    {
        yield return ("the input's", With(convolution, s => (double)s.Weight));
        yield return ("1", With(convolution, s => (double)s.Input * s.Weight));
        foreach (TensorInfo next in graph.Operators.Where(op => op.Inputs.Contains(convolution.Output.Index)).SelectMany(op => op.Outputs)
            .Where(tensor => !tensor.IsNone).Select(tensor => graph[tensor]))
        {
            if (next.Quantization is { } quantization && quantization.Scale != convolution.Output.Quantization!.Scale)
                yield return ($"that of tensor {next.Index}", With(convolution, s => (double)s.Input * s.Weight / quantization.Scale));
        }
    }

    private static IEnumerable<(string?, PreparedConvolution)> StaleInputScales(PreparedConvolution convolution, Graph graph)
    {
        foreach (TensorInfo earlier in graph.Operators.Where(op => op.Outputs.Contains(convolution.Input.Index)).SelectMany(op => op.Inputs)
            .Where(tensor => !tensor.IsNone).Select(tensor => graph[tensor]).Where(tensor => !tensor.IsConstant))
        {
            if (earlier.Quantization is { } quantization && quantization.Scale != convolution.Input.Quantization!.Scale)
                yield return ($"that of tensor {earlier.Index}", With(convolution, s => (double)quantization.Scale * s.Weight / s.Output));
        }
    }

    private static PreparedConvolution With(PreparedConvolution convolution, Func<FactorScales, double> formula) =>
        WithScales(convolution, Requantized.Of(convolution)!.Factors.From(formula));

    private static PreparedConvolution WithScales(PreparedConvolution convolution, ImmutableArray<ChannelScale> scales) =>
        convolution with { Requantizer = convolution.Requantizer with { Scales = scales } };

    private static ImmutableArray<ChannelScale> Each(ImmutableArray<ChannelScale> scales, Func<ChannelScale, ChannelScale> changed) => [.. scales.Select(changed)];

    private static ChannelScale Scaled(ChannelScale scale, int by) =>
        new(Math.ScaleB(scale.Real, by), scale.Multiplier with { Exponent = scale.Multiplier.Exponent + by });

    private static Multiplier Through(Multiplier multiplier)
    {
        Multiplier whole = Multiplier.From((float)multiplier.Mantissa);
        return whole with { Exponent = multiplier.Exponent + whole.Exponent - 31 };
    }

    private static Multiplier Truncated(double factor)
    {
        int exponent = Math.ILogB(factor) + 1;
        return new((int)Math.Floor(Math.ScaleB(factor, 31 - exponent)), exponent);
    }

    /// <summary>The factor is just below a power of two: its mantissa rounds to 2^31.</summary>
    private static bool Overflows(ChannelScale scale) => scale.Multiplier.Mantissa == 1 << 30 && scale.Real < scale.Multiplier.Value;
}
