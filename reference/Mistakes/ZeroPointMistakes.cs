using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 3: zero points, and what stands outside the image (spec, section 6.3).</summary>
internal static class ZeroPointMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Mistake.Requantizing(MistakeGroup.ZeroPoint, "output-zero-point-missing", "38", "output zero point missing", "clamp(req(acc))", "Requantizer.ZeroPoint", (r, _) =>
            r with { ZeroPoint = 0 }),
        Mistake.Requantizing(MistakeGroup.ZeroPoint, "zero-point-before-scaling", "39", "output zero point added before the scaling", "req(acc + zo)", "Requantizer.ZeroPointPlace", (r, _) =>
            r with { ZeroPointPlace = ZeroPointPlace.BeforeScaling }),
        One("input-offset-sign", "40", "input zero point with the wrong sign", "sum w*(x + zi)", "InputZeroPoint", c => c with { InputZeroPoint = -c.InputZeroPoint }),
        One("input-zero-point-missing", "41", "input zero point ignored", "sum w*x", "InputZeroPoint", c => c with { InputZeroPoint = 0 }) with { Evidence = "google-ai-edge/LiteRT#8979" },
        One("zero-point-in-bias", "42", "input zero point folded into the bias, borders padded with 0", "b - zi*sum(all w), outside taps 0", "PaddingCode", c =>
            c.Window.HasPadding ? c with { PaddingCode = 0 } : null),
        One("padding-zero", "43", "padded with code 0 instead of the zero point", "outside taps w'*(0 - zi)", "PaddingCode", c =>
            c.Window.HasPadding ? c with { PaddingCode = 0 } : null) with { Evidence = "pytorch/executorch#13576" },
        Many("padding-extreme", "44", "padded with another code than the zero point", "outside taps w'*(p - zi)", "PaddingCode", c =>
            c.Window.HasPadding ? [.. new[] { -128, 127, 128, 255, 1 }.Where(code => code != c.InputZeroPoint).Select(code => ($"p = {code}", c with { PaddingCode = code }))] : []),
        Many("weight-zero-point", "45", "weight zero point ignored or fixed", "w instead of w - zw, or w - 128", "WeightZeroPoint", c =>
            [("0", c with { WeightZeroPoint = 0 }), .. c.Weights.Type == TensorType.UInt8 ? [("128", c with { WeightZeroPoint = 128 })] : Array.Empty<(string, PreparedConvolution)>()])
            with { Evidence = "tensorflow/tensorflow#23598" },
        Many("off-by-128", "46", "a zero point 128 off", "uint8 and int8 mixed up in one place", "InputZeroPoint", c =>
        [
            ("input, +128", c with { InputZeroPoint = c.InputZeroPoint + 128 }), ("input, -128", c with { InputZeroPoint = c.InputZeroPoint - 128 }),
            ("output, +128", c with { Requantizer = c.Requantizer with { ZeroPoint = c.Requantizer.ZeroPoint + 128 } }),
            ("output, -128", c with { Requantizer = c.Requantizer with { ZeroPoint = c.Requantizer.ZeroPoint - 128 } }),
            ("weights, +128", c with { WeightZeroPoint = c.WeightZeroPoint + 128 }), ("weights, -128", c with { WeightZeroPoint = c.WeightZeroPoint - 128 }),
        ]),
        One("cross-term-missing", "47", "cross term of the zero points missing", "without + K*zi*zw", "Bias", c => CrossTerm(c) == 0 ? null
            : c with { Bias = [.. c.Bias.Select(bias => unchecked(bias - c.Window.Taps * c.ChannelsPerGroup * CrossTerm(c)))] }),
        One("cross-term-of-padding", "48", "cross term also of taps outside the image", "K instead of the taps inside", "PaddingConstant", c =>
            CrossTerm(c) == 0 || !c.Window.HasPadding ? null : c with { PaddingConstant = CrossTerm(c) }),
        One("centred-in-8-bits", "49", "code - zero point kept in 8 bits", "(int8)(x - zi)", "CentredBits", c => c with { CentredBits = 8 }),
    ];

    private static int CrossTerm(PreparedConvolution convolution) => convolution.InputZeroPoint * convolution.WeightZeroPoint;

    private static Mistake One(string slug, string catalogue, string name, string change, string field, Func<PreparedConvolution, PreparedConvolution?> changed) =>
        Mistake.In(MistakeGroup.ZeroPoint, slug, catalogue, name, change, field, changed);

    private static Mistake Many(
        string slug, string catalogue, string name, string change, string field, Func<PreparedConvolution, IEnumerable<(string Parameter, PreparedConvolution Changed)>> changed) =>
        Mistake.In<PreparedConvolution>(MistakeGroup.ZeroPoint, slug, catalogue, name, change, field, (c, _) => changed(c).Select(one => ((string?)one.Parameter, one.Changed)));
}
