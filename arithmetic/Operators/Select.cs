using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>Elements of one of two tensors, as a third says: bool, other than 0 takes the first.</summary>
/// <param name="Broadcast">Of condition, first and second, in this order.</param>
public sealed record PreparedSelect(Operator Operator, TensorInfo Condition, TensorInfo First, TensorInfo Second, TensorInfo Output, Broadcast Broadcast)
    : PreparedOperator(Operator, [Condition, First, Second], [Output]);

/// <summary>Preparing SELECT and SELECT_V2.</summary>
public static class Selection
{
    /// <remarks>A condition of one dimension chooses along the first dimension of the others.</remarks>
    [Prepares(BuiltinOperator.Select)]
    public static PreparedOperator Select(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo condition = context.Input(0), first = context.Input(1);
        OperatorContext.Shaped(context.Input(2), first.Shape!);
        if (condition.Shape!.Equals(first.Shape) || condition.Shape.Count == 0)
            return Prepare(context, condition);
        if (condition.Shape.Count != 1 || first.Shape!.Count == 0 || condition.Shape[0] != first.Shape[0])
            throw new NotComputableException($"SELECT needs a condition of shape {first.Shape}, of one dimension or of none, found {condition.Shape}");
        return Prepare(context, condition with { Shape = [condition.Shape[0], .. first.Shape.Skip(1).Select(_ => 1)] });
    }

    [Prepares(BuiltinOperator.SelectV2)]
    public static PreparedOperator SelectV2(OperatorContext context, CopyArithmetic arithmetic) => Prepare(context, context.Input(0));

    private static PreparedSelect Prepare(OperatorContext context, TensorInfo condition)
    {
        TensorInfo first = context.Input(1), second = context.Input(2), output = context.Output(0);
        OperatorContext.Typed(condition, TensorType.Bool);
        OperatorContext.Typed(second, first.Type);
        OperatorContext.Typed(output, first.Type);
        if (first.Type.Bits() is not (8 or 16 or 32 or 64))
            throw new NotComputableException($"{first.Type.Lower()} is not implemented for this operator");
        return new(context.Operator, context.Input(0), first, second, output, Broadcast.Of(output, condition, first, second));
    }
}
