using System.Buffers.Binary;
using System.Collections.Immutable;
using OffByN.Model.Flat;
using OffByN.Model.Reading;

namespace OffByN.Model;

/// <summary>
/// Tapping: a copy of a model whose outputs name intermediate tensors, so that any runtime computes them as it always does and hands them out.
/// Nothing else of the model changes: a vector is appended and one offset leads to it, hence offsets into the file stay valid.
/// </summary>
public static class Tapping
{
    /// <summary>
    /// Every operator output, in the order of the subgraph, each once. Those whose elements have no fixed size (resources, strings) are left out: reading the handle of a variable kills
    /// real TFLite.
    /// </summary>
    public static ImmutableArray<TensorIndex> Tapped(Graph graph) =>
        [.. graph.Operators.SelectMany(layer => layer.Outputs).Where(output => !output.IsNone && graph[output].Type.Bits() > 0).Distinct()];

    /// <summary>The model with every such output as an output of subgraph 0, in the order of <see cref="Tapped"/>.</summary>
    /// <inheritdoc cref="Tap(ReadOnlyMemory{byte}, Graph, IReadOnlyCollection{TensorIndex})"/>
    public static byte[] Tap(ReadOnlyMemory<byte> model, Graph graph) => Tap(model, graph, Tapped(graph));

    /// <summary>The model with <paramref name="outputs"/>, and no others, as the outputs of subgraph 0.</summary>
    /// <param name="model">The file as it is on disk.</param>
    /// <param name="graph">What <see cref="TfliteReader"/> read from it.</param>
    /// <param name="outputs">Tensors in the order in which the runtime shall name them.</param>
    /// <exception cref="ArgumentOutOfRangeException">An output is not a tensor of the graph.</exception>
    /// <exception cref="UserErrorException">
    /// The model is too large for an array once it is tapped, or its subgraph has room neither for outputs nor in place of its name.
    /// </exception>
    public static byte[] Tap(ReadOnlyMemory<byte> model, Graph graph, IReadOnlyCollection<TensorIndex> outputs)
    {
        foreach (TensorIndex output in outputs)
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)output.Value, (uint)graph.Tensors.Length, nameof(outputs));

        FlatFile file = new(model, graph.Path);
        FlatTable subgraph = file.Root(Schema.Identifier, ".tflite").Tables(Schema.Model.Subgraphs)[0];
        int slot = subgraph.PositionOf(Schema.SubGraph.Outputs, sizeof(uint));
        byte[]? vtable = null;
        if (slot == 0)
            (slot, vtable) = InPlaceOfName(subgraph);

        long vector = (model.Length + sizeof(int) - 1L) / sizeof(int) * sizeof(int);
        long end = vector + sizeof(int) * (1L + outputs.Count);
        long size = end + (vtable?.Length ?? 0);
        if (size > Array.MaxLength)
            throw new UserErrorException($"{graph.Path}: expected a model that has at most {Array.MaxLength} bytes with its tapped outputs, found {size}. Tap fewer tensors, or split the model.");

        byte[] tapped = new byte[size];
        model.Span.CopyTo(tapped);
        Put(tapped, slot, (int)vector - slot);
        Put(tapped, (int)vector, outputs.Count);
        foreach (TensorIndex output in outputs)
            Put(tapped, (int)(vector += sizeof(int)), output.Value);
        if (vtable is not null)
        {
            vtable.CopyTo(tapped, end);
            Put(tapped, subgraph.Position, subgraph.Position - (int)end);
        }
        return tapped;
    }

    /// <summary>
    /// A subgraph that has no outputs at all has no bytes for an offset to them. Its name, which no runtime needs, has: the vtable that
    /// says so is the subgraph's own, since the one in the file may be shared.
    /// </summary>
    private static (int Slot, byte[] Vtable) InPlaceOfName(FlatTable subgraph)
    {
        int slot = subgraph.PositionOf(Schema.SubGraph.Name, sizeof(uint));
        if (slot == 0)
            throw subgraph.File.Damaged(subgraph.Position, "expected a subgraph with outputs, or with a name that can make room for them, found neither");
        byte[] vtable = subgraph.Vtable.ToArray();
        int entry = FlatTable.EntryOf(Schema.SubGraph.Name);
        vtable.AsSpan(entry, sizeof(ushort)).CopyTo(vtable.AsSpan(FlatTable.EntryOf(Schema.SubGraph.Outputs)));
        vtable.AsSpan(entry, sizeof(ushort)).Clear();
        return (slot, vtable);
    }

    private static void Put(byte[] bytes, int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(position), value);
}
