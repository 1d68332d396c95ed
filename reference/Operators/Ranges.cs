using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>RANGE.</summary>
public sealed class Ranges(PreparedRange range) : NumberOperator(range.Output.Type), IReferenceOperator<PreparedRange>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        T value = MemoryMarshal.Read<T>(inputs[0].Span), step = MemoryMarshal.Read<T>(inputs[1].Span);
        foreach (ref T element in MemoryMarshal.Cast<byte, T>(outputs[0].Span))
        {
            element = value;
            value = unchecked(value + step);
        }
    }
}
