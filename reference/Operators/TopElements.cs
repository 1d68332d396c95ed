using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>TOPK_V2.</summary>
public sealed class TopElements(PreparedTopElements top) : NumberOperator(top.Input.Type), IReferenceOperator<PreparedTopElements>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (outputs[0].IsEmpty)
            return;
        T[] elements = MemoryMarshal.Cast<byte, T>(inputs[0].Span).ToArray();
        Span<T> values = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        int[] order = new int[top.Size];
        for (int row = 0; row < values.Length / top.Count; row++)
        {
            for (int i = 0; i < order.Length; i++)
                order[i] = i;
            int start = row * top.Size;
            // The order of numbers in .NET has NaN before all others, and equals are told apart by where they stand.
            Array.Sort(order, (a, b) => elements[start + b].CompareTo(elements[start + a]) is not 0 and var first ? first : a.CompareTo(b));
            for (int k = 0; k < top.Count; k++)
            {
                values[row * top.Count + k] = elements[start + order[k]];
                if (top.Positions.Type == TensorType.Int16)
                    MemoryMarshal.Cast<byte, short>(outputs[1].Span)[row * top.Count + k] = (short)order[k];
                else
                    MemoryMarshal.Cast<byte, int>(outputs[1].Span)[row * top.Count + k] = order[k];
            }
        }
    }
}
