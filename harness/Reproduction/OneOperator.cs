using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;

namespace OffByN.Harness.Reproduction;

/// <summary>One operator as a model of its own, with the values that it reads.</summary>
/// <param name="Graph">The operator alone: what it reads and the file does not hold is an input, what it writes an output.</param>
/// <param name="Inputs">Under <c>input_</c> keys.</param>
public sealed record OneOperator(Graph Graph, TensorSet Inputs)
{
    /// <summary>What the candidate made of these inputs where it cannot be run again; null where it can.</summary>
    public TensorSet? Given { get; init; }

    /// <summary>Cuts an operator out of its model; null where a value that it reads is missing, or a tensor of it is not held whole.</summary>
    /// <param name="graph">The model, with the shapes that the run told.</param>
    /// <param name="layer">The operator.</param>
    /// <param name="valueOf">The values of what it reads.</param>
    /// <param name="given">What a candidate that cannot be run made of them, by the model's tensors; null for one that can.</param>
    public static OneOperator? Cut(Graph graph, LayerIndex layer, Func<TensorIndex, TensorValue?> valueOf, TensorSet? given)
    {
        Operator op = graph[layer];
        TensorIndex[] used = [.. op.Inputs.Concat(op.Outputs).Concat(op.Intermediates).Where(tensor => !tensor.IsNone).Distinct()];
        Dictionary<TensorIndex, TensorIndex> renamed = used.Index().ToDictionary(entry => entry.Item, entry => new TensorIndex(entry.Index));
        renamed[TensorIndex.None] = TensorIndex.None;
        TensorIndex[] read = [.. op.Inputs.Where(tensor => !tensor.IsNone && graph[tensor] is { IsConstant: false, IsVariable: false }).Distinct()];
        TensorIndex[] written = [.. op.Outputs.Where(tensor => !tensor.IsNone)];
        if (read.Any(tensor => valueOf(tensor) is null) || used.Any(tensor => graph[tensor].Note is not null))
            return null;
        Graph alone = graph with
        {
            Path = "model.tflite",
            // Values that the run told are inputs here.
            Tensors = [.. used.Select(tensor => graph[tensor] with { Index = renamed[tensor], Data = graph[tensor].IsConstant ? graph[tensor].Data : default })],
            Operators =
            [
                op with
                {
                    Index = new(0),
                    Inputs = [.. op.Inputs.Select(tensor => renamed[tensor])],
                    Outputs = [.. op.Outputs.Select(tensor => renamed[tensor])],
                    Intermediates = [.. op.Intermediates.Select(tensor => renamed[tensor])],
                },
            ],
            Inputs = [.. read.Select(tensor => renamed[tensor])],
            Outputs = [.. written.Select(tensor => renamed[tensor])],
            Subgraphs = 1,
            Description = "",
        };
        return new(alone, new(read.Select(tensor => KeyValuePair.Create(TensorSet.InputKeyOf(renamed[tensor]), valueOf(tensor)!))))
        {
            Given = given is null ? null : new(OperatorResultTensor.Of(graph, op).Where(result => given.Tensors.ContainsKey(result.Key)).Select(result => KeyValuePair.Create(
                (result with { Tensor = alone[renamed[result.Tensor.Index]] }).Key, given.Tensors[result.Key]))),
        };
    }

    /// <summary>The same operator with less of one freedom; null where it leaves no output.</summary>
    /// <param name="freedom">A freedom of this operator.</param>
    /// <param name="start">The first step that stays.</param>
    /// <param name="length">Steps that stay.</param>
    public OneOperator? Less(Freedom freedom, int start, int length)
    {
        if (freedom.Follows is { } following && following.Size(length) < 1)
            return null;
        Graph graph = Graph with { Tensors = [.. Graph.Tensors.Select(Shrunk)] };
        return new(graph, Sliced(Inputs, TensorSet.InputKeyOf)) { Given = Given is null ? null : Sliced(Given, TensorSet.KeyOf) };

        TensorInfo Shrunk(TensorInfo tensor)
        {
            if (freedom.Follows is { } follows && follows.Tensor == tensor.Index)
                return tensor with { Shape = With(tensor.Shape!, follows.Axis, follows.Size(length)) };
            foreach (CutAxis cut in freedom.Axes.Where(cut => cut.Tensor == tensor.Index))
                tensor = Slice.Of(tensor, cut.Axis, start * cut.Step, length * cut.Step);
            return tensor;
        }

        TensorSet Sliced(TensorSet values, Func<TensorIndex, string> keyOf) => new(graph.Tensors.Where(tensor => values.Tensors.ContainsKey(keyOf(tensor.Index))).Select(tensor =>
        {
            TensorValue value = values.Tensors[keyOf(tensor.Index)];
            foreach (CutAxis cut in freedom.Axes.Where(cut => cut.Tensor == tensor.Index))
                value = new(value.Type, With(value.Shape, cut.Axis, length * cut.Step), Slice.Of(value.Data, value.Shape, cut.Axis, start * cut.Step, length * cut.Step));
            return KeyValuePair.Create(keyOf(tensor.Index), value);
        }));
    }

    private static Shape With(Shape shape, int axis, int size) => [.. shape.Select((old, at) => at == axis ? size : old)];
}

/// <summary>Slices of tensors along an axis.</summary>
internal static class Slice
{
    /// <summary>The declaration, with a constant's data and one scale a channel along the axis.</summary>
    public static TensorInfo Of(TensorInfo tensor, int axis, int start, int length) => tensor with
    {
        Shape = [.. tensor.Shape!.Select((size, at) => at == axis ? length : size)],
        Data = tensor.Data.IsEmpty ? tensor.Data : Of(tensor.Data, tensor.Shape!, axis, start, length),
        Quantization = tensor.Quantization is { IsPerChannel: true } quantization && quantization.Dimension == axis
            ? quantization with { Scales = quantization.Scales.Slice(start, length), ZeroPoints = quantization.ZeroPoints.Slice(start, length) }
            : tensor.Quantization,
    };

    /// <summary>Row-major elements of whole bytes.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> data, Shape shape, int axis, int start, int length)
    {
        int inner = data.Length / shape.Elements * shape.Skip(axis + 1).Aggregate(1, (product, size) => product * size);
        int outer = shape.Take(axis).Aggregate(1, (product, size) => product * size);
        byte[] slice = new byte[outer * length * inner];
        for (int i = 0; i < outer; i++)
            data.Span.Slice((i * shape[axis] + start) * inner, length * inner).CopyTo(slice.AsSpan(i * length * inner));
        return slice;
    }
}
