using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>How elements of a segment become one.</summary>
public enum SegmentReduction
{
    Sum,
    Product,
    Maximum,
    Minimum,
}

/// <summary>
/// SEGMENT_SUM and UNSORTED_SEGMENT_*: runs of elements, each into the segment that its id names, in order. Integers wrap. A segment of no runs is 0, 1, the smallest or the
/// largest finite number. Ids below 0 are passed over; TFLite refuses those beyond the segments, which here are passed over too.
/// </summary>
/// <param name="Segments">How many there are.</param>
/// <param name="Count">Runs, as many as there are ids.</param>
/// <param name="Run">Elements of a run.</param>
public sealed record PreparedSegments(
    Operator Operator, TensorInfo Input, TensorInfo Ids, TensorInfo Output, int Segments, int Count, int Run, SegmentReduction Reduction)
    : PreparedOperator(Operator, [Input, Ids], [Output]);

/// <summary>Preparing SEGMENT_SUM and UNSORTED_SEGMENT_*.</summary>
public static class Segments
{
    /// <remarks>How many segments there are comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.SegmentSum)]
    [Prepares(BuiltinOperator.UnsortedSegmentSum)]
    [Prepares(BuiltinOperator.UnsortedSegmentProd)]
    [Prepares(BuiltinOperator.UnsortedSegmentMax)]
    [Prepares(BuiltinOperator.UnsortedSegmentMin)]
    public static PreparedOperator Prepare(OperatorContext context, UnaryArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), ids = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.Int32);
        OperatorContext.Typed(input, output.Type);
        OperatorContext.Typed(ids, TensorType.Int32);
        Shape shape = input.Shape!, prefix = ids.Shape!;
        if (prefix.Count == 0 || prefix.Count > shape.Count || !prefix.SequenceEqual(shape.Take(prefix.Count)))
            throw new NotComputableException($"segments {prefix} of {shape}, expected its first dimensions");
        if (output.Shape!.Count == 0)
            throw new NotComputableException("a scalar, expected segments");
        int segments = output.Shape[0];
        OperatorContext.Shaped(output, [segments, .. shape.Skip(prefix.Count)]);
        return new PreparedSegments(
            context.Operator, input, ids, output, segments, prefix.Elements, Gathering.Elements(shape.Skip(prefix.Count)), context.Operator.Code switch
            {
                BuiltinOperator.UnsortedSegmentProd => SegmentReduction.Product,
                BuiltinOperator.UnsortedSegmentMax => SegmentReduction.Maximum,
                BuiltinOperator.UnsortedSegmentMin => SegmentReduction.Minimum,
                _ => SegmentReduction.Sum,
            });
    }
}
