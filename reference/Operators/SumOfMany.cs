using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>ADD_N.</summary>
public sealed class SumOfMany(PreparedSumOfMany sum) : NumberOperator(sum.Output.Type), IReferenceOperator<PreparedSumOfMany>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        Span<T> sums = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        MemoryMarshal.Cast<byte, T>(inputs[0].Span).CopyTo(sums);
        foreach (ReadOnlyMemory<byte> input in inputs.Skip(1))
        {
            ReadOnlySpan<T> terms = MemoryMarshal.Cast<byte, T>(input.Span);
            for (int i = 0; i < sums.Length; i++)
            {
                T total = unchecked(sums[i] + terms[i]);
                // A NaN passes.
                sums[i] = total < T.MinValue ? T.MinValue : total > T.MaxValue ? T.MaxValue : total;
            }
        }
    }
}
