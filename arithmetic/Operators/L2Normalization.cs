using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// L2_NORMALIZATION over rows of <paramref name="Depth"/> elements: each times 1 / sqrt(sum of squares). Codes get 7 fraction bits; the zero point of
/// their output is 0 in int8, 128 in uint8 (spec, section 2.18). float32 is summed in order, and divided by a norm of at least 1e-6.
/// </summary>
/// <param name="ZeroPoint">Of the input; 0 for float32.</param>
public sealed record PreparedL2Normalization(Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth, int ZeroPoint)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>How f32{128 * x / sqrt(sum)} is rounded where that is computed instead; null for TFLite's fixed point.</summary>
    public Rounding? FloatRounding { get; init; }
}

/// <summary>Preparing L2_NORMALIZATION.</summary>
public static class L2Normalization
{
    [Prepares(BuiltinOperator.L2Normalization)]
    public static PreparedOperator Prepare(OperatorContext context, UnaryArithmetic arithmetic)
    {
        if (context.Options<L2NormOptions>().Activation is not Activation.None and var activation)
            throw new NotComputableException($"L2_NORMALIZATION fuses no activation, found {activation}");
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.UInt8, TensorType.Int8);
        OperatorContext.Typed(input, output.Type);
        OperatorContext.Shaped(output, input.Shape!);
        if (output.Type != TensorType.Float32 && CodeTable.PerTensor(output) is var to
            && (to.Scale != 1f / 128 || to.ZeroPoint != (output.Type == TensorType.UInt8 ? 128 : 0)))
            throw new NotComputableException($"output scale {to.Scale} and zero point {to.ZeroPoint}, expected 1/128 and the middle code");
        int depth = input.Shape!.Last, rows = depth == 0 ? 0 : input.Shape.Elements / depth;
        return new PreparedL2Normalization(
            context.Operator, input, output, rows, depth, output.Type == TensorType.Float32 ? 0 : CodeTable.PerTensor(input).ZeroPoint);
    }
}
