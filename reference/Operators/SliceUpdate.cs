using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>DYNAMIC_UPDATE_SLICE.</summary>
public sealed class SliceUpdate(PreparedSliceUpdate update) : IReferenceOperator<PreparedSliceUpdate>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        inputs[0].Span.CopyTo(outputs[0].Span);
        if (update.Axes.Any(axis => axis.UpdateSize == 0))
            return;
        int[] starts = [.. update.Axes.Select((axis, at) => (int)Math.Clamp(Start(inputs[2].Span, at), 0, axis.Size - axis.UpdateSize))];
        Replace(0, inputs[1].Span, 0, outputs[0].Span, starts.Select((start, axis) => start * update.Axes[axis].Stride).Sum());
    }

    private void Replace(int depth, ReadOnlySpan<byte> from, int source, Span<byte> to, int target)
    {
        UpdatedAxis axis = update.Axes[depth];
        if (depth == update.Axes.Length - 1)
        {
            from.Slice(source * update.ElementBytes, axis.UpdateSize * update.ElementBytes).CopyTo(to[(target * update.ElementBytes)..]);
            return;
        }
        for (int i = 0; i < axis.UpdateSize; i++)
            Replace(depth + 1, from, source + i * axis.UpdateStride, to, target + i * axis.Stride);
    }

    private long Start(ReadOnlySpan<byte> starts, int axis) =>
        update.Start.Type == TensorType.Int32 ? MemoryMarshal.Cast<byte, int>(starts)[axis] : MemoryMarshal.Cast<byte, long>(starts)[axis];
}
