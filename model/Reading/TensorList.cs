using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model.Flat;

namespace OffByN.Model.Reading;

/// <summary>The lists of tensor indices of operators and subgraphs.</summary>
internal static class TensorList
{
    /// <summary>A list whose entries are all below <paramref name="tensors"/>; -1, a tensor that is not given, only where <paramref name="optional"/>.</summary>
    public static ImmutableArray<TensorIndex> Read(FlatTable table, int field, int tensors, string what, bool optional)
    {
        ImmutableArray<int> indices = table.Ints(field);
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] >= tensors || indices[i] < (optional ? -1 : 0))
                throw table.File.Damaged(table.Position, $"expected {what} {i} to be one of {tensors} tensors, found index {indices[i]}");
        }
        return [.. MemoryMarshal.Cast<int, TensorIndex>(indices.AsSpan())];
    }
}
