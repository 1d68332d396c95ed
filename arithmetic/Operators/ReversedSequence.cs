using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// REVERSE_SEQUENCE: along one axis the first elements in reverse, how many is said for each position of another axis. TFLite writes beyond its tensor where that is more than there are;
/// here nothing is reversed then.
/// </summary>
/// <param name="Lengths">int32 or int64, one for each position of the batch axis.</param>
public sealed record PreparedReversedSequence(
    Operator Operator, TensorInfo Input, TensorInfo Lengths, TensorInfo Output, int ElementBytes, GatherAxis Sequence, GatherAxis Batch)
    : PreparedOperator(Operator, [Input, Lengths], [Output]);

/// <summary>Preparing REVERSE_SEQUENCE.</summary>
public static class ReversedSequences
{
    [Prepares(BuiltinOperator.ReverseSequence)]
    public static PreparedOperator ReverseSequence(OperatorContext context, CopyArithmetic arithmetic)
    {
        ReverseSequenceOptions options = context.Options<ReverseSequenceOptions>();
        TensorInfo input = context.Input(0), lengths = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.Float32, TensorType.UInt8, TensorType.Int16, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(output, input.Type);
        OperatorContext.Shaped(output, input.Shape!);
        OperatorContext.Typed(lengths, TensorType.Int32, TensorType.Int64);
        int rank = input.Shape!.Count;
        if (options.SeqDim < 0 || options.SeqDim >= rank || options.BatchDim < 0 || options.BatchDim >= rank || options.SeqDim == options.BatchDim)
            throw new NotComputableException($"sequences along axis {options.SeqDim}, batches along axis {options.BatchDim} of {rank} dimensions");
        OperatorContext.Shaped(lengths, [input.Shape[options.BatchDim]]);
        return new PreparedReversedSequence(
            context.Operator, input, lengths, output, Copies.ElementBytes(input.Type), Axis(options.SeqDim), Axis(options.BatchDim));

        GatherAxis Axis(int axis) => new(input.Shape[axis], TensorView.Of(input.Shape).Axes[axis].Stride);
    }
}
