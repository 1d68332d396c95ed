using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>WHERE: the coordinates of the elements that are not 0, row-major, one row each. Rows beyond them are 0.</summary>
/// <param name="Axes">Of the input.</param>
public sealed record PreparedTrueElements(Operator Operator, TensorInfo Input, TensorInfo Output, ImmutableArray<GatherAxis> Axes)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing WHERE.</summary>
public static class TrueElements
{
    /// <remarks>How many there are comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.Where)]
    public static PreparedOperator Where(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.Bool, TensorType.Float32, TensorType.Int64, TensorType.Int32, TensorType.Int8, TensorType.UInt8);
        OperatorContext.Typed(output, TensorType.Int64);
        Shape shape = input.Shape!;
        if (shape.Count == 0)
            throw new NotComputableException("the condition is a scalar, which TFLite refuses");
        OperatorContext.Shaped(output, [OperatorContext.Ranked(output, 2)[0], shape.Count]);
        return new PreparedTrueElements(context.Operator, input, output, [.. TensorView.Of(shape).Axes.Select(axis => new GatherAxis(axis.Size, axis.Stride))]);
    }
}
