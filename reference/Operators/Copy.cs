using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>Every operator that moves elements.</summary>
public sealed class Copy(PreparedCopy copy) : IReferenceOperator<PreparedCopy>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (!copy.Background.IsEmpty)
        {
            foreach (Memory<byte> output in outputs)
                Repeat(copy.Background.AsSpan(), output.Span);
        }
        foreach (CopyBlock block in copy.Blocks)
        {
            ReadOnlySpan<byte> from = inputs[block.Input].Span;
            Span<byte> to = outputs[block.Output].Span;
            if (!block.Codes.IsEmpty)
                Translate(block, 0, from, block.From, to, block.To);
            else if (copy.ElementBytes == 1)
                Move(block.Axes.AsSpan(), from, block.From, to, block.To);
            else if (copy.ElementBytes == 2)
                Move<short>(block, from, to);
            else if (copy.ElementBytes == 4)
                Move<int>(block, from, to);
            else
                Move<long>(block, from, to);
        }
    }

    private static void Move<T>(CopyBlock block, ReadOnlySpan<byte> from, Span<byte> to)
        where T : unmanaged =>
        Move(block.Axes.AsSpan(), MemoryMarshal.Cast<byte, T>(from), block.From, MemoryMarshal.Cast<byte, T>(to), block.To);

    private static void Move<T>(ReadOnlySpan<CopyAxis> axes, ReadOnlySpan<T> from, int source, Span<T> to, int target)
        where T : unmanaged
    {
        if (axes.IsEmpty)
        {
            to[target] = from[source];
            return;
        }
        CopyAxis axis = axes[0];
        if (axes.Length > 1)
        {
            for (int i = 0; i < axis.Count; i++)
                Move(axes[1..], from, source + i * axis.From, to, target + i * axis.To);
        }
        else if (axis is { From: 1, To: 1 })
        {
            from.Slice(source, axis.Count).CopyTo(to[target..]);
        }
        else
        {
            for (int i = 0; i < axis.Count; i++)
                to[target + i * axis.To] = from[source + i * axis.From];
        }
    }

    private static void Translate(CopyBlock block, int depth, ReadOnlySpan<byte> from, int source, Span<byte> to, int target)
    {
        if (depth == block.Axes.Length)
        {
            to[target] = block.Codes[from[source]];
            return;
        }
        CopyAxis axis = block.Axes[depth];
        for (int i = 0; i < axis.Count; i++)
            Translate(block, depth + 1, from, source + i * axis.From, to, target + i * axis.To);
    }

    private static void Repeat(ReadOnlySpan<byte> pattern, Span<byte> output)
    {
        for (int at = 0; at < output.Length; at += pattern.Length)
            pattern.CopyTo(output[at..]);
    }
}
