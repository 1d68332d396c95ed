using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>ADD_N: tensors of one shape added up from the first to the last. Sums of float32 are clamped to the finite numbers one by one, those of int32 wrap.</summary>
public sealed record PreparedSumOfMany(Operator Operator, ImmutableArray<TensorInfo> Inputs, TensorInfo Output) : PreparedOperator(Operator, Inputs, [Output]);

/// <summary>Preparing ADD_N.</summary>
public static class SumsOfMany
{
    /// <remarks>With several threads TFLite adds up parts first, which for float32 is another sum: that is so from 4 inputs on.</remarks>
    [Prepares(BuiltinOperator.AddN)]
    public static PreparedOperator AddN(OperatorContext context, PairArithmetic arithmetic)
    {
        TensorInfo output = context.Output(0);
        ImmutableArray<TensorInfo> inputs = [.. Enumerable.Range(0, context.Operator.Inputs.Length).Select(context.Input)];
        OperatorContext.Typed(output, TensorType.Float32, TensorType.Int32);
        if (inputs.Length < 2)
            throw new NotComputableException($"ADD_N needs 2 inputs at least, found {inputs.Length}");
        if (inputs.Length > 3 && output.Type == TensorType.Float32)
            throw new NotComputableException($"the order in which ADD_N adds {inputs.Length} float32 tensors depends on the number of threads");
        foreach (TensorInfo input in inputs)
        {
            OperatorContext.Typed(input, output.Type);
            OperatorContext.Shaped(input, output.Shape!);
        }
        return new PreparedSumOfMany(context.Operator, inputs, output);
    }
}
