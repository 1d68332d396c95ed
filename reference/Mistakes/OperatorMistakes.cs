using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model.Options;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 7: mistakes of single operators (spec, section 6.7).</summary>
internal static class OperatorMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Pool("average-truncated", "84", "average truncated", "s/n", "Arithmetic.Rounding", p =>
            [("toward zero", Rounded(p, Rounding.Truncate)), ("floored", Rounded(p, Rounding.Floor))]),
        Pool("average-half-up", "85", "average rounded half up, or to even", "floor((s + n/2)/n)", "Arithmetic.Rounding", p =>
            [("half-up", Rounded(p, Rounding.HalfUp)), ("(s + n/2)/n", Rounded(p, Rounding.TruncateAfterHalf)), ("half-even", Rounded(p, Rounding.HalfEven))])
            with { Evidence = "tensorflow/tensorflow#23598" },
        Pool("average-counts-padding", "86", "padding counted in the average", "n = kh*kw always", "Arithmetic.CountInsideOnly", p =>
            [(null, p with { Arithmetic = p.Arithmetic with { CountInsideOnly = false } })]),
        Pool("average-centred", "87", "zero point taken off before the average", "round((s - n*z)/n) + z", "Centre", p =>
            [(null, p with { Centre = p.Input.Quantization?.ZeroPoint ?? 0 })]) with { Evidence = "tensorflow/tensorflow#54333" },
        Pool("average-reciprocal", "88", "average by a reciprocal", "(s * (2^16/n) + 2^15) >> 16, or s * (1.0f/n)", "Reciprocal", p =>
            [("16 bits", p with { Reciprocal = Reciprocal.Fixed16 }), ("float32, half-even", p with { Reciprocal = Reciprocal.Float32 })]) with { Evidence = "oneapi-src/oneDNN#560" },
        Mistake.In<PreparedMaxPool>(MistakeGroup.Operator, "maximum-from-zero", "90", "maximum starts at 0", "max(0, ...)", "Low", p => p.Low < 0 ? p with { Low = 0 } : null),
        Mistake.In<PreparedMaxPool>(MistakeGroup.Operator, "maximum-of-padding", "90a", "padding takes part in the maximum", "max(padding, ...)", "PaddingCode", (p, _) => !p.Window.HasPadding ? [] :
            from code in new[] { 0, p.Input.Quantization?.ZeroPoint ?? 0 }.Distinct() select ((string?)$"padded with {code}", p with { PaddingCode = code })),
        Softmax("softmax-beta", "102", "beta ignored", "exp(x - max)", "Exponentials", s => s.Operator.Options is SoftmaxOptions { Beta: 1 } ? [] : [(null, Arithmetic.Operators.Softmax.WithBeta(s, 1))]),
        Softmax("softmax-rounding", "104", "probability truncated or rounded otherwise", "(int)(p * 256)", "Rounding", s =>
            [("truncated", InFloat(s) with { Rounding = Rounding.Truncate }), ("half-even", InFloat(s) with { Rounding = Rounding.HalfEven }), ("half-away", InFloat(s) with { Rounding = Rounding.HalfAway })]),
        Softmax("softmax-scale", "104a", "output scale 1/255", "p * 255", "OutputScale", s => [("truncated", InFloat(s) with { OutputScale = 1f / 255, Rounding = Rounding.Truncate }), ("half-even", InFloat(s) with { OutputScale = 1f / 255, Rounding = Rounding.HalfEven }), ("half-away", InFloat(s) with { OutputScale = 1f / 255 })]),
        Softmax("softmax-sign", "103", "exponential of the difference with the wrong sign", "exp(max - x)", "FloatExponentials", s =>
            [(null, InFloat(s) with { FloatExponentials = [.. InFloat(s).FloatExponentials.Select(e => 1 / e)] })]),
    ];

    private static PreparedAveragePool Rounded(PreparedAveragePool pool, Rounding rounding) => pool with { Arithmetic = pool.Arithmetic with { Rounding = rounding } };

    private static PreparedSoftmax InFloat(PreparedSoftmax softmax) => Arithmetic.Operators.Softmax.InFloat(softmax);

    private static Mistake Pool(
        string slug, string catalogue, string name, string change, string field, Func<PreparedAveragePool, IEnumerable<(string? Parameter, PreparedAveragePool Changed)>> changed) =>
        Mistake.In<PreparedAveragePool>(MistakeGroup.Operator, slug, catalogue, name, change, field, (p, _) => changed(p));

    private static Mistake Softmax(
        string slug, string catalogue, string name, string change, string field, Func<PreparedSoftmax, IEnumerable<(string? Parameter, PreparedSoftmax Changed)>> changed) =>
        Mistake.In<PreparedSoftmax>(MistakeGroup.Operator, slug, catalogue, name, change, field, (s, _) => changed(s));
}
