using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>
/// Tensors that an operator computes, and that are constants all the same: float32 that DEQUANTIZE makes of the float16 in which a file stores its weights. There is but one
/// right value of them, so the operators that read them are prepared as if the file had stored that, and do not depend on who computed it. XNNPACK does the same.
/// </summary>
public static class UnpackedConstants
{
    private static readonly ConditionalWeakTable<Graph, ImmutableDictionary<TensorIndex, TensorInfo>> Known = [];

    /// <summary>Such tensors of a graph, by index, each as the constant that it is.</summary>
    public static ImmutableDictionary<TensorIndex, TensorInfo> Of(Graph graph) => Known.GetValue(graph, static graph => Find(graph));

    private static ImmutableDictionary<TensorIndex, TensorInfo> Find(Graph graph)
    {
        ImmutableDictionary<TensorIndex, TensorInfo>.Builder found = ImmutableDictionary.CreateBuilder<TensorIndex, TensorInfo>();
        foreach (Operator op in graph.Operators.Where(op => op is { Code: BuiltinOperator.Dequantize, Inputs: [{ IsNone: false }], Outputs: [{ IsNone: false }] }))
        {
            TensorInfo input = graph[op.Inputs[0]], output = graph[op.Outputs[0]];
            // Where the file leaves the output's shape open, it is the input's.
            if (input is { IsConstant: true, Type: TensorType.Float16, Note: null, Shape: { } shape } && output.Type == TensorType.Float32 && shape.Equals(output.Shape ?? shape))
                found[output.Index] = output with { IsConstant = true, Shape = shape, Note = null, Data = Unpacked(input.Data.Span) };
        }
        return found.ToImmutable();
    }

    private static byte[] Unpacked(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(data);
        byte[] bytes = new byte[halves.Length * sizeof(float)];
        Span<float> numbers = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (int i = 0; i < halves.Length; i++)
            numbers[i] = (float)halves[i];
        return bytes;
    }
}
