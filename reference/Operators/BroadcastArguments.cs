using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>BROADCAST_ARGS.</summary>
public sealed class BroadcastArguments(PreparedBroadcastArguments shapes) : NumberOperator(shapes.Output.Type), IReferenceOperator<PreparedBroadcastArguments>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        Span<T> sizes = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        for (int back = 1; back <= sizes.Length; back++)
        {
            int first = Size(inputs[0].Span, back), second = Size(inputs[1].Span, back);
            sizes[^back] = T.CreateTruncating(first == 1 ? second : first);
        }

        static int Size(ReadOnlySpan<byte> shape, int back)
        {
            ReadOnlySpan<T> sizes = MemoryMarshal.Cast<byte, T>(shape);
            return back <= sizes.Length ? int.CreateTruncating(sizes[^back]) : 1;
        }
    }
}
