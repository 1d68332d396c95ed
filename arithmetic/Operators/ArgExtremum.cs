using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// ARG_MAX and ARG_MIN: where along an axis the largest or smallest number is, the first of equals. Input [outer, size, inner], output [outer, inner] int32 or int64.
/// </summary>
public sealed record PreparedArgExtremum(Operator Operator, TensorInfo Input, TensorInfo Output, int Size, int Inner, bool IsMaximum)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>True where the last of equals is taken. A mistake.</summary>
    public bool TakesLast { get; init; }
}

/// <summary>Preparing ARG_MAX and ARG_MIN.</summary>
public static class ArgExtrema
{
    [Prepares(BuiltinOperator.ArgMax)]
    public static PreparedOperator Maximum(OperatorContext context, CopyArithmetic arithmetic) => Prepare(context, true);

    [Prepares(BuiltinOperator.ArgMin)]
    public static PreparedOperator Minimum(OperatorContext context, CopyArithmetic arithmetic) => Prepare(context, false);

    private static PreparedArgExtremum Prepare(OperatorContext context, bool isMaximum)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32, TensorType.Bool);
        OperatorContext.Typed(output, TensorType.Int32, TensorType.Int64);
        int axis = OperatorContext.Axis(context.IntegersOf(1, 1)[0], input.Shape!.Count);
        OperatorContext.Shaped(output, [.. input.Shape.Where((_, at) => at != axis)]);
        if (input.Shape[axis] == 0)
            throw new NotComputableException("there is no element to find");
        return new(context.Operator, input, output, input.Shape[axis], TensorView.Of(input.Shape).Axes[axis].Stride, isMaximum);
    }
}
