using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>BROADCAST_ARGS: the shape that two shapes broadcast to, aligned at their ends. TFLite takes 32 bits of each size, and ends the process where two differ.</summary>
public sealed record PreparedBroadcastArguments(Operator Operator, TensorInfo First, TensorInfo Second, TensorInfo Output)
    : PreparedOperator(Operator, [First, Second], [Output]);

/// <summary>Preparing BROADCAST_ARGS.</summary>
public static class BroadcastArguments
{
    [Prepares(BuiltinOperator.BroadcastArgs)]
    public static PreparedOperator Prepare(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(first, output.Type);
        OperatorContext.Typed(second, output.Type);
        OperatorContext.Shaped(output, [Math.Max(OperatorContext.Ranked(first, 1)[0], OperatorContext.Ranked(second, 1)[0])]);
        return new PreparedBroadcastArguments(context.Operator, first, second, output);
    }
}
