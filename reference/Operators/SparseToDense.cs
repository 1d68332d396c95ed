using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>SPARSE_TO_DENSE.</summary>
public sealed class SparseToDense(PreparedSparseToDense dense) : IReferenceOperator<PreparedSparseToDense>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> indices = inputs[0].Span, values = inputs[1].Span;
        Span<byte> output = outputs[0].Span;
        int bytes = dense.ElementBytes;
        for (int at = 0; at < output.Length; at += bytes)
            inputs[2].Span[..bytes].CopyTo(output[at..]);
        for (int row = 0; row < dense.Count; row++)
        {
            if (PlaceOf(indices, row) is { } place)
                values.Slice(dense.IsSingle ? 0 : row * bytes, bytes).CopyTo(output[(place * bytes)..]);
        }
    }

    /// <summary>The element that a row of indices names; null where it names none.</summary>
    private int? PlaceOf(ReadOnlySpan<byte> indices, int row)
    {
        int place = 0;
        for (int axis = 0; axis < dense.Axes.Length; axis++)
        {
            int at = row * dense.Axes.Length + axis;
            long index = dense.Indices.Type == TensorType.Int32 ? MemoryMarshal.Cast<byte, int>(indices)[at] : MemoryMarshal.Cast<byte, long>(indices)[at];
            if (index < 0 || index >= dense.Axes[axis].Size)
                return null;
            place += (int)index * dense.Axes[axis].Stride;
        }
        return place;
    }
}
