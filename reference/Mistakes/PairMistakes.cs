using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>Mistakes of ADD and SUB (spec, section 6.7): how codes of two scales are brought together.</summary>
internal static class PairMistakes
{
    private const string Field = "Body";

    public static readonly ImmutableArray<Mistake> All =
    [
        Sum("add-left-shift", "92", "other left shift before the sum", "x' << LS with another LS, 91: none", s =>
            new[] { 0, 4, 7, 8, 10, 12, 14, 15, 16, 18, 20 }.Select(bits => (string.Create(CultureInfo.InvariantCulture, $"LS = {bits}"), Common(s, bits, s.First, s.Second)))),
        Sum("add-float", "93", "added in float32", "round(f32((x1'*s1 + x2'*s2)/so))", s => new[] { Rounding.HalfAway, Rounding.HalfEven, Rounding.Truncate, Rounding.Floor }
            .Select(rounding => ($"{rounding}", InFloat(s, rounding)))),
        Sum("add-one-step", "94", "one fixed-point step", "(x1'*k1 + x2'*k2 + r) >> p", s => new[] { 8, 10, 12, 14, 15, 16, 20 }.Select(bits =>
            (string.Create(CultureInfo.InvariantCulture, $"p = {bits}"), With(s, Scaled(s, s.First, 1, bits), Scaled(s, s.Second, s.Sign, bits), new Multiplier(1, 31 - bits), Requantization.Single)))),
        Sum("add-requantized-first", "95", "each input requantized to the output scale first", "req(x1') + req(x2')", s => new[] { Requantization.Reference, Requantization.Ruy, Requantization.RealHalfAway, new(Product.Float64, Rounding.Truncate) }
            .Select(requantization => ($"{requantization.Product}, {requantization.Rounding}", With(s, Requantized(s, s.First, 1, requantization), Requantized(s, s.Second, s.Sign, requantization), Multiplier.From(1), Requantization.Reference))))
            with { Evidence = "tensorflow/tensorflow#59859" },
        Sum("add-scales-swapped", "96", "scales of the inputs swapped", "M1 <-> M2", s => [("", Common(s, 20, s.First with { Scale = s.Second.Scale }, s.Second with { Scale = s.First.Scale }))]),
        Sum("add-scales-ignored", "97", "scales of the inputs ignored", "x1 + x2", s =>
        [
            ("zero points kept", With(s, TermTables.Of(s.Type, code => code - s.First.ZeroPoint), TermTables.Of(s.Type, code => s.Sign * (code - s.Second.ZeroPoint)), Multiplier.From(1), Requantization.Reference)),
            ("codes as they are", WithZeroPoint(With(s, TermTables.Of(s.Type, code => code), TermTables.Of(s.Type, code => s.Sign * code), Multiplier.From(1), Requantization.Reference), 0)),
        ]),
        Sum("subtract-order", "98", "operands in the other order", "x2 - x1", s => s.Sign > 0 ? [] : [("", Common(s, 20, s.First, s.Second, -1))]),
        Sum("add-zero-point", "41a", "zero point of an input ignored", "x instead of x - z", s =>
            [("the first's", Common(s, 20, s.First with { ZeroPoint = 0 }, s.Second)), ("the second's", Common(s, 20, s.First, s.Second with { ZeroPoint = 0 })), ("both", Common(s, 20, s.First with { ZeroPoint = 0 }, s.Second with { ZeroPoint = 0 }))]),
    ];

    private sealed record Side(float Scale, int ZeroPoint);

    private sealed record Addends(PreparedCombination Expected, Side First, Side Second, float Output, int Sign)
    {
        public TensorType Type => Expected.Output.Type;
    }

    private static Mistake Sum(string slug, string catalogue, string name, string change, Func<Addends, IEnumerable<(string Parameter, PreparedCombination Changed)>> changed) =>
        Mistake.In<PreparedCombination>(MistakeGroup.Operator, slug, catalogue, name, change, Field, (combination, _) =>
            combination is { Combination: Combination.Sum, Output.Type: TensorType.UInt8 or TensorType.Int8 }
                ? changed(new(
                    combination, SideOf(combination.First), SideOf(combination.Second), combination.Output.Quantization!.Scale,
                    combination.Operator.Code == BuiltinOperator.Sub ? -1 : 1)).Select(variant => (variant.Parameter.Length == 0 ? null : variant.Parameter, variant.Changed))
                : []);

    private static Side SideOf(TensorInfo tensor) => new(tensor.Quantization!.Scale, tensor.Quantization.ZeroPoint);

    /// <summary>TFLite's own way with other numbers.</summary>
    private static PreparedCombination Common(Addends sum, int bits, Side first, Side second, int order = 1)
    {
        double common = 2 * Math.Max(first.Scale, (double)second.Scale);
        return With(sum, Terms(first, order), Terms(second, order * sum.Sign), Multiplier.From(common / ((1 << bits) * (double)sum.Output)), Requantization.Reference);

        ImmutableArray<int> Terms(Side side, int sign)
        {
            ChannelScale scale = ChannelScale.From(side.Scale / common);
            return TermTables.Of(sum.Type, code => sign * Requantization.Reference.Apply((code - side.ZeroPoint) << bits, scale));
        }
    }

    private static ImmutableArray<int> Scaled(Addends sum, Side side, int sign, int bits)
    {
        int factor = sign * FixedPoint.Round(Math.ScaleB(side.Scale / (double)sum.Output, bits), Rounding.HalfAway);
        return TermTables.Of(sum.Type, code => unchecked((code - side.ZeroPoint) * factor));
    }

    private static ImmutableArray<int> Requantized(Addends sum, Side side, int sign, Requantization requantization)
    {
        ChannelScale scale = ChannelScale.From(side.Scale / (double)sum.Output);
        return TermTables.Of(sum.Type, code => sign * requantization.Apply(code - side.ZeroPoint, scale));
    }

    private static PreparedCombination With(Addends sum, ImmutableArray<int> first, ImmutableArray<int> second, Multiplier factor, Requantization requantization)
    {
        Terms terms = new(first, second, Narrowing.None);
        return sum.Expected with
        {
            Body = terms,
            Tail = terms,
            Requantizer = sum.Expected.Requantizer with { Scales = [ChannelScale.From(factor)], Body = requantization, Tail = requantization },
        };
    }

    private static PreparedCombination InFloat(Addends sum, Rounding rounding) => With(
        sum, TermTables.Of(sum.Type, code => code - sum.First.ZeroPoint), TermTables.Of(sum.Type, code => code - sum.Second.ZeroPoint), Multiplier.From(1), Requantization.Reference) with
    {
        InFloat = new(sum.First.Scale, sum.Sign * sum.Second.Scale, sum.Output, rounding),
    };

    private static PreparedCombination WithZeroPoint(PreparedCombination combination, int zeroPoint) =>
        combination with { Requantizer = combination.Requantizer with { ZeroPoint = zeroPoint } };
}
