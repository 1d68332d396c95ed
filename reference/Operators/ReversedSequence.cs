using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>REVERSE_SEQUENCE.</summary>
public sealed class ReversedSequence(PreparedReversedSequence reversed) : IReferenceOperator<PreparedReversedSequence>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> input = inputs[0].Span, lengths = inputs[1].Span;
        Span<byte> output = outputs[0].Span;
        (GatherAxis sequence, GatherAxis batch, int bytes) = (reversed.Sequence, reversed.Batch, reversed.ElementBytes);
        for (int i = 0; i < output.Length / bytes; i++)
        {
            long length = Length(lengths, i / batch.Stride % batch.Size);
            int at = i / sequence.Stride % sequence.Size;
            bool isReversed = at < length && length <= sequence.Size;
            int from = isReversed ? i + ((int)length - 1 - 2 * at) * sequence.Stride : i;
            input.Slice(from * bytes, bytes).CopyTo(output[(i * bytes)..]);
        }
    }

    private long Length(ReadOnlySpan<byte> lengths, int batch) =>
        reversed.Lengths.Type == TensorType.Int32 ? MemoryMarshal.Cast<byte, int>(lengths)[batch] : MemoryMarshal.Cast<byte, long>(lengths)[batch];
}
