using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>CUMSUM.</summary>
public sealed class CumulativeSum(PreparedCumulativeSum sum) : NumberOperator(sum.Input.Type), IReferenceOperator<PreparedCumulativeSum>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        Span<T> sums = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        (int size, int inner) = (sum.Size, sum.Inner);
        for (int line = 0; line < (sums.IsEmpty ? 0 : sums.Length / size); line++)
        {
            int start = line / inner * inner * size + line % inner;
            T total = T.Zero;
            for (int i = 0; i < size; i++)
            {
                int at = start + (sum.IsReversed ? size - 1 - i : i) * inner;
                T next = unchecked(total + elements[at]);
                sums[at] = sum.IsExclusive ? total : next;
                total = next;
            }
        }
    }
}
