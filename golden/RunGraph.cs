using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Golden;

/// <summary>
/// A model as one run of it was: converters leave shapes open (unranked intermediates, a batch of -1) and compute the operands of RESHAPE, SLICE, TILE, ... from
/// shapes; both are known once real TFLite has run. The operators that compute such operands are compared like any other.
/// </summary>
public static class RunGraph
{
    /// <summary>An operand that says where or how much has an element or two a dimension; longer tensors are data.</summary>
    private const int MostOperands = 64;

    /// <summary>
    /// The graph where every computed tensor has the shape it had in the run, and the small integer tensors that operators read have their values, as
    /// <see cref="TensorInfo.Data"/>.
    /// </summary>
    /// <param name="graph">As the file declares it.</param>
    /// <param name="run">What real TFLite gave.</param>
    /// <param name="before">What an earlier run gave, to be returned itself where it is of this very graph and this run tells nothing else; null for none.</param>
    /// <returns><paramref name="graph"/> itself where the run tells nothing that the file does not.</returns>
    public static Graph Of(Graph graph, TensorSet run, Graph? before = null)
    {
        HashSet<TensorIndex> read = [.. graph.Operators.SelectMany(op => op.Inputs)];
        ImmutableArray<TensorInfo> tensors = [.. graph.Tensors.Select(tensor => run.TryGet(tensor.Index, out TensorValue? value)
            ? Told(tensor, value, read.Contains(tensor.Index)) : tensor)];
        if (tensors.Zip(graph.Tensors, ReferenceEquals).All(same => same))
            return graph;
        return before is not null && StemsFrom(graph, before) && tensors.Zip(before.Tensors, TellSame).All(same => same) ? before : graph with { Tensors = tensors };
    }

    private static TensorInfo Told(TensorInfo tensor, TensorValue value, bool isRead)
    {
        // A file's shape has been checked against its scales; where it is open, only a single scale fits whatever comes.
        bool isOpen = tensor.Shape is null && tensor.Type == value.Type && tensor.Quantization is not { IsPerChannel: true };
        if (isOpen || (tensor.Note is null && tensor.Quantization is not { IsPerChannel: true } && !value.Shape.Equals(tensor.Shape)))
            tensor = tensor with { Shape = value.Shape, Note = null };
        return isRead && value.Type is TensorType.Int32 or TensorType.Int64 && value.Shape.Elements is > 0 and <= MostOperands
            ? tensor with { Data = value.Data.ToArray() } : tensor;
    }

    /// <summary>What a run does not tell is the same object in both.</summary>
    private static bool StemsFrom(Graph graph, Graph told) =>
        told.Sha256 == graph.Sha256 && told.Operators == graph.Operators && told.Tensors.Length == graph.Tensors.Length;

    private static bool TellSame(TensorInfo one, TensorInfo other) => ReferenceEquals(one, other)
        || (Equals(one.Shape, other.Shape) && one.Data.Span.SequenceEqual(other.Data.Span) && one with { Shape = other.Shape, Data = other.Data } == other);
}
