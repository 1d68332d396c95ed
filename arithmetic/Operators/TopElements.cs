using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// TOPK_V2: the largest elements of each row, largest first, of equals the first one first, NaN after every number; and where they stand in the row. Input [rows, size], outputs
/// [rows, count].
/// </summary>
/// <param name="Positions">int32 or int16.</param>
public sealed record PreparedTopElements(Operator Operator, TensorInfo Input, TensorInfo Values, TensorInfo Positions, int Size, int Count)
    : PreparedOperator(Operator, [Input], [Values, Positions]);

/// <summary>Preparing TOPK_V2.</summary>
public static class TopElements
{
    /// <remarks>Their number comes from the output tensors.</remarks>
    [Prepares(BuiltinOperator.TopkV2)]
    public static PreparedOperator TopK(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), values = context.Output(0), positions = context.Output(1);
        OperatorContext.Typed(input, TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(values, input.Type);
        OperatorContext.Typed(positions, TensorType.Int32, TensorType.Int16);
        Shape shape = input.Shape!;
        if (shape.Count == 0 || values.Shape!.Count != shape.Count)
            throw new NotComputableException($"TOPK_V2 of {shape} into {values.Shape}");
        int count = values.Shape.Last;
        if (context.OptionalInput(1) is { IsConstant: true, Type: TensorType.Int32 } && Math.Max(0, context.IntegersOf(1, 1)[0]) != count)
            throw new NotComputableException($"tensor {values.Index} ({values.Name}) is declared {values.Shape}, expected the {context.IntegersOf(1, 1)[0]} largest");
        OperatorContext.Shaped(values, [.. shape.SkipLast(1), count]);
        OperatorContext.Shaped(positions, values.Shape);
        if (count > shape.Last || (positions.Type == TensorType.Int16 && shape.Last > short.MaxValue))
            throw new NotComputableException($"the {count} largest of {shape.Last} elements, their positions {positions.Type.Lower()}");
        return new PreparedTopElements(context.Operator, input, values, positions, shape.Last, count);
    }
}
