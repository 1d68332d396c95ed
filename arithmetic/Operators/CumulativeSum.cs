using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// CUMSUM: each element is the sum of those before it along an axis, in this order, and of itself. Tensors [outer, size, inner]; integers wrap.
/// </summary>
/// <param name="IsExclusive">Without the element itself.</param>
/// <param name="IsReversed">Of those after it, from the end on.</param>
public sealed record PreparedCumulativeSum(Operator Operator, TensorInfo Input, TensorInfo Output, int Size, int Inner, bool IsExclusive, bool IsReversed)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing CUMSUM.</summary>
public static class CumulativeSums
{
    [Prepares(BuiltinOperator.Cumsum)]
    public static PreparedOperator Cumsum(OperatorContext context, UnaryArithmetic arithmetic)
    {
        CumsumOptions options = context.Options<CumsumOptions>();
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.Float32, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(output, input.Type);
        OperatorContext.Shaped(output, input.Shape!);
        int axis = OperatorContext.Axis(context.IntegersOf(1, 1)[0], input.Shape!.Count);
        return new PreparedCumulativeSum(
            context.Operator, input, output, input.Shape[axis], TensorView.Of(input.Shape).Axes[axis].Stride, options.Exclusive, options.Reverse);
    }
}
