using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 5: activation, clamp and saturation (spec, section 6.5).</summary>
internal static class ClampMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Many("activation-missing", "62", "fused activation missing", "the type's limits alone", (c, low, high) =>
            c.Requantizer.Low == low && c.Requantizer.High == high ? [] : [(null, Bounded(c, low, high))]),
        Many("clamp-in-real", "63", "clamped to real bounds as if they were codes", "clamp(y, 0, 6)", (c, low, high) => ActivationOf(c.Operator) switch
        {
            Activation.ReluN1To1 => [("-1 and 1", Bounded(c, -1, 1))],
            _ => [("0 and 6", Bounded(c, 0, 6)), ("0 alone", Bounded(c, 0, high)), ("6 alone", Bounded(c, low, 6))],
        }),
        Many("clamp-before-zero-point", "64", "clamped before the zero point is added", "clamp(req(acc), lo, hi) + zo", (c, low, high) => c.Requantizer.ZeroPoint == 0 ? [] :
        [
            ("then wrapping", c with { Requantizer = c.Requantizer with { Clamping = Clamping.BeforeZeroPoint } }),
            ("then saturating", Bounded(c, Math.Clamp(c.Requantizer.Low + c.Requantizer.ZeroPoint, low, high), Math.Clamp(c.Requantizer.High + c.Requantizer.ZeroPoint, low, high))),
        ]),
        Many("bounds-truncated", "65", "bounds of the activation not rounded half away", "zo + (int)(6/so)", (c, _, _) =>
            from rounding in new[] { Rounding.Truncate, Rounding.Floor, Rounding.HalfEven }
            let bounds = ActivationRange.Of(ActivationOf(c.Operator), c.Output.Type, c.Output.Quantization!, rounding)
            where bounds != (c.Requantizer.Low, c.Requantizer.High)
            select ((string?)rounding.ToString(), Bounded(c, bounds.Low, bounds.High))),
        Mistake.In<PreparedConvolution>(MistakeGroup.Clamp, "activation-twice", "68", "clamp of a following activation applied here too", "clamp(y, the next operator's bounds)", "Requantizer.Low, High", BoundedByNext),
        Many("wrapping", "66", "wrapped instead of saturated", "(int8)y", (c, _, _) => [(null, c with { Requantizer = c.Requantizer with { Clamping = Clamping.Never } })]),
        Many("limits-of-other-type", "67", "limits of another type", "0..255, -127..127", (c, low, high) => c.Output.Type == TensorType.Int8
            ? [("-127..127", Bounded(c, Math.Max(c.Requantizer.Low, -127), c.Requantizer.High)), ("0..255, wrapping", Bounded(c, Math.Max(c.Requantizer.Low, 0), 255)), ("0..127", Bounded(c, 0, 127))]
            : [("-128..127, wrapping", Bounded(c, -128, 127)), ("0..127", Bounded(c, 0, 127)), ("1..255", Bounded(c, 1, 255))]),
    ];

    /// <summary>In the output's own scale, and with the codes of the next tensor's.</summary>
    private static IEnumerable<(string?, PreparedConvolution)> BoundedByNext(PreparedConvolution c, Graph graph)
    {
        foreach (Operator next in graph.Operators.Where(op => op.Inputs.Contains(c.Output.Index)))
        {
            if (StandAlone(next.Code) is not { } activation || graph[next.Outputs[0]].Quantization is not { } quantization)
                continue;
            foreach ((string scale, Quantization used) in new[] { ("in the own scale", c.Output.Quantization!), ("with the next tensor's codes", quantization) })
            {
                (int low, int high) = ActivationRange.Of(activation, c.Output.Type, used, Rounding.HalfAway);
                if ((Math.Max(low, c.Requantizer.Low), Math.Min(high, c.Requantizer.High)) is var both && both != (c.Requantizer.Low, c.Requantizer.High))
                    yield return (scale, Bounded(c, both.Item1, both.Item2));
            }
        }
    }

    private static Activation? StandAlone(BuiltinOperator code) => code switch
    {
        BuiltinOperator.Relu => Activation.Relu,
        BuiltinOperator.Relu6 => Activation.Relu6,
        BuiltinOperator.ReluN1To1 => Activation.ReluN1To1,
        _ => null,
    };

    private static Activation ActivationOf(Operator op) => op.Options switch
    {
        Conv2DOptions options => options.Activation,
        DepthwiseConv2DOptions options => options.Activation,
        FullyConnectedOptions options => options.Activation,
        _ => Activation.None,
    };

    private static PreparedConvolution Bounded(PreparedConvolution convolution, int low, int high) =>
        convolution with { Requantizer = convolution.Requantizer with { Low = low, High = high } };

    private static Mistake Many(
        string slug, string catalogue, string name, string change, Func<PreparedConvolution, int, int, IEnumerable<(string? Parameter, PreparedConvolution Changed)>> changed) =>
        Mistake.In<PreparedConvolution>(MistakeGroup.Clamp, slug, catalogue, name, change, "Requantizer.Low, High", (c, _) =>
            c.Output.Type.CodeRange() is { } range ? changed(c, range.Low, range.High) : []);
}
