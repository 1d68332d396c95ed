using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>GATHER and GATHER_ND.</summary>
public sealed class Gather(PreparedGather gather) : IReferenceOperator<PreparedGather>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> input = inputs[0].Span, indices = inputs[1].Span;
        Span<byte> output = outputs[0].Span;
        int bytes = gather.Run * gather.ElementBytes;
        if (output.IsEmpty)
            return;
        for (int run = 0; run < output.Length / bytes; run++)
        {
            (int outer, int n) = Math.DivRem(run, gather.Count);
            int from = Offset(indices, outer / gather.Outers * gather.Count + n);
            Span<byte> to = output.Slice(run * bytes, bytes);
            if (from < 0)
                to.Clear();
            else
                input.Slice((outer * gather.OuterElements + from) * gather.ElementBytes, bytes).CopyTo(to);
        }
    }

    /// <summary>Where a row of indices points to; -1 when it is out of range.</summary>
    private int Offset(ReadOnlySpan<byte> indices, int row)
    {
        int offset = 0;
        for (int axis = 0; axis < gather.Axes.Length; axis++)
        {
            long index = Index(indices, row * gather.Axes.Length + axis);
            if (index < 0 || index >= gather.Axes[axis].Size)
                return -1;
            offset += (int)index * gather.Axes[axis].Stride;
        }
        return offset;
    }

    private long Index(ReadOnlySpan<byte> indices, int at) => gather.Indices.Type switch
    {
        TensorType.Int16 => MemoryMarshal.Cast<byte, short>(indices)[at],
        TensorType.Int32 => MemoryMarshal.Cast<byte, int>(indices)[at],
        _ => MemoryMarshal.Cast<byte, long>(indices)[at],
    };
}
