using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>The mistakes of convolutions in the operators that are related to them: TRANSPOSE_CONV, convolutions of int16, BATCH_MATMUL (spec, sections 6.3 to 6.7).</summary>
internal static class MatrixMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Transposed("transposed-input-zero-point", "41b", "input zero point wrong", "sum w*x, sum w*(x + zi)", "InputZeroPoint", c => c.InputZeroPoint == 0 ? [] :
            [("ignored", c with { InputZeroPoint = 0 }), ("with the wrong sign", c with { InputZeroPoint = -c.InputZeroPoint })]),
        Transposed("transposed-weight-zero-point", "45b", "weight zero point ignored or fixed", "w instead of w - zw, or w - 128", "WeightZeroPoint", c => c.Weights.Type != TensorType.UInt8 ? [] :
            [("0", c with { WeightZeroPoint = 0 }), ("128", c with { WeightZeroPoint = 128 })]),
        Transposed("transposed-bias-missing", "50b", "bias missing", "acc - b[c]", "Bias", c => c.Bias.All(bias => bias == 0) ? [] : [(null, c with { Bias = [.. c.Bias.Select(_ => 0L)] })]),
        Transposed("transposed-kernel-flipped", "80b", "kernel flipped", "w[k-1-ky, k-1-kx]", "Weights", c => c.Window.Taps == 1 ? [] : [(null, c with { Weights = Flipped(c) })]),
        Transposed("transposed-shifted", "83", "output shifted: padding of the forward convolution", "origin - pad_before +- 1", "Window", c =>
            from dy in Enumerable.Range(-1, 3) from dx in Enumerable.Range(-1, 3) where (dy, dx) != (0, 0)
            select ((string?)string.Create(CultureInfo.InvariantCulture, $"{dy} rows, {dx} columns"), c with
            {
                Window = c.Window with { Height = c.Window.Height with { Before = c.Window.Height.Before - dy }, Width = c.Window.Width with { Before = c.Window.Width.Before - dx } },
            })),
        Mistake.In<PreparedWideConvolution>(MistakeGroup.Accumulator, "wide-bias", "50c", "bias missing, or cut to 32 or 16 bits", "acc - b[c], (int)b, (short)b", "Bias", (c, _) =>
            from form in new (string? Name, Func<long, long> Of)[] { ("missing", _ => 0), ("32 bits", bias => (int)bias), ("16 bits", bias => (short)bias) }
            let bias = c.Bias.Select(form.Of).ToImmutableArray()
            where !bias.SequenceEqual(c.Bias)
            select (form.Name, c with { Bias = bias })),
        Mistake.In<PreparedWideConvolution>(MistakeGroup.Geometry, "wide-window-shifted", "69c", "window shifted", "origin off by one", "Window", (c, _) => c.Window.Taps == 1 ? [] :
            from dy in Enumerable.Range(-1, 3) from dx in Enumerable.Range(-1, 3) where (dy, dx) != (0, 0)
            select ((string?)string.Create(CultureInfo.InvariantCulture, $"{dy} rows, {dx} columns"), c with
            {
                Window = c.Window with { Height = c.Window.Height with { Before = c.Window.Height.Before - dy }, Width = c.Window.Width with { Before = c.Window.Width.Before - dx } },
            })),
        Product("matrix-zero-point", "41d", "zero point of a side ignored", "sum a*b instead of (a - za)*(b - zb)", "LeftZeroPoint, RightZeroPoint", p =>
        [
            .. p.LeftZeroPoint == 0 ? [] : new[] { ("the left one", p with { LeftZeroPoint = 0 }) },
            .. p.RightZeroPoint == 0 ? [] : new[] { ("the right one", p with { RightZeroPoint = 0 }) },
            .. p.LeftZeroPoint == 0 || p.RightZeroPoint == 0 ? [] : new[] { ("both", p with { LeftZeroPoint = 0, RightZeroPoint = 0 }) },
        ]),
        Product("matrix-zero-point-sign", "40d", "zero point of a side with the wrong sign", "a + za", "LeftZeroPoint, RightZeroPoint", p =>
        [
            .. p.LeftZeroPoint == 0 ? [] : new[] { ("the left one", p with { LeftZeroPoint = -p.LeftZeroPoint }) },
            .. p.RightZeroPoint == 0 ? [] : new[] { ("the right one", p with { RightZeroPoint = -p.RightZeroPoint }) },
        ]),
        Product("matrix-transposed", "75", "a side read in the other order", "a[k,r] instead of a[r,k]", "IsLeftTransposed, IsRightTransposed", p =>
            [("the left one", p with { IsLeftTransposed = !p.IsLeftTransposed }), ("the right one", p with { IsRightTransposed = !p.IsRightTransposed })]),
    ];

    private static TensorInfo Flipped(PreparedTransposeConvolution c)
    {
        ReadOnlySpan<byte> data = c.Weights.Data.Span;
        byte[] flipped = new byte[data.Length];
        for (int output = 0; output < c.OutputChannels; output++)
        {
            for (int tap = 0; tap < c.Window.Taps; tap++)
                data.Slice((output * c.Window.Taps + tap) * c.InputChannels, c.InputChannels).CopyTo(flipped.AsSpan((output * c.Window.Taps + c.Window.Taps - 1 - tap) * c.InputChannels));
        }
        return c.Weights with { Data = flipped };
    }

    private static Mistake Transposed(
        string slug, string catalogue, string name, string change, string field, Func<PreparedTransposeConvolution, IEnumerable<(string? Parameter, PreparedTransposeConvolution Changed)>> changed) =>
        Mistake.In<PreparedTransposeConvolution>(MistakeGroup.Geometry, slug, catalogue, name, change, field, (c, _) => changed(c));

    private static Mistake Product(
        string slug, string catalogue, string name, string change, string field, Func<PreparedBatchMatrix, IEnumerable<(string Parameter, PreparedBatchMatrix Changed)>> changed) =>
        Mistake.In<PreparedBatchMatrix>(MistakeGroup.ZeroPoint, slug, catalogue, name, change, field, (p, _) => changed(p).Select(variant => ((string?)variant.Parameter, variant.Changed)));
}
