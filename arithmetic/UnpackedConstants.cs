using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>
/// Tensors that an operator computes, and that are constants all the same: what DENSIFY makes of a sparse constant, and the float32 that DEQUANTIZE makes of the float16 in which a
/// file, or DENSIFY, has its weights. There is but one right value of them, so the operators that read them are prepared as if the file had stored that, and do not depend on who computed it. XNNPACK does the same.
/// </summary>
public static class UnpackedConstants
{
    /// <summary>Bytes that the sparse constants of a graph may unpack to: a few bytes of a file can name any number of them.</summary>
    internal const long MostDense = 1L << 30;

    private static readonly ConditionalWeakTable<Graph, ImmutableDictionary<TensorIndex, TensorInfo>> Known = [];

    /// <summary>Such tensors of a graph, by index, each as the constant that it is.</summary>
    public static ImmutableDictionary<TensorIndex, TensorInfo> Of(Graph graph) => Known.GetValue(graph, static graph => Find(graph));

    private static ImmutableDictionary<TensorIndex, TensorInfo> Find(Graph graph)
    {
        ImmutableDictionary<TensorIndex, TensorInfo>.Builder found = ImmutableDictionary.CreateBuilder<TensorIndex, TensorInfo>();
        long left = MostDense;
        foreach (Operator op in graph.Operators.Where(op => op is { Inputs: [{ IsNone: false }], Outputs: [{ IsNone: false }] }))
        {
            TensorInfo input = found.GetValueOrDefault(op.Inputs[0]) ?? graph[op.Inputs[0]], output = graph[op.Outputs[0]];
            if (op.Code == BuiltinOperator.Densify && Dense(input, output, left) is { } dense)
            {
                left -= dense.Length;
                found[output.Index] = output with { IsConstant = true, Shape = input.Shape, Note = null, Data = dense };
            }
            // Where the file leaves the output's shape open, it is the input's.
            if (op.Code == BuiltinOperator.Dequantize && input is { IsConstant: true, Type: TensorType.Float16, Note: null, Shape: { } shape } && output.Type == TensorType.Float32 && shape.Equals(output.Shape ?? shape))
                found[output.Index] = output with { IsConstant = true, Shape = shape, Note = null, Data = Unpacked(input.Data.Span) };
        }
        return found.ToImmutable();
    }

    private static byte[]? Dense(TensorInfo input, TensorInfo output, long most)
    {
        try
        {
            return output.Type == input.Type ? Densification.Of(input, most) : null;
        }
        catch (NotComputableException)
        {
            return null;
        }
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
