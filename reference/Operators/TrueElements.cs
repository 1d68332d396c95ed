using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>WHERE.</summary>
public sealed class TrueElements(PreparedTrueElements where) : NumberOperator(where.Input.Type), IReferenceOperator<PreparedTrueElements>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        Span<long> coordinates = MemoryMarshal.Cast<byte, long>(outputs[0].Span);
        coordinates.Clear();
        int at = 0;
        for (int i = 0; i < elements.Length && at < coordinates.Length; i++)
        {
            if (elements[i] == T.Zero)
                continue;
            foreach (GatherAxis axis in where.Axes)
                coordinates[at++] = i / axis.Stride % axis.Size;
        }
    }
}
