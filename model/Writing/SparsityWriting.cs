using System.Collections.Immutable;
using Google.FlatBuffers;
using OffByN.Model.Reading;

namespace OffByN.Model.Writing;

/// <summary>Writes where the elements of a sparse constant lie: the inverse of <see cref="SparsityReader"/>.</summary>
internal static class SparsityWriting
{
    public static int Write(FlatBufferBuilder builder, Sparsity sparsity)
    {
        int order = builder.Vector(sparsity.TraversalOrder.AsSpan());
        int blocks = sparsity.BlockMap.IsEmpty ? 0 : builder.Vector(sparsity.BlockMap.AsSpan());
        int levels = builder.Tables([.. sparsity.Levels.Select(level => Level(builder, level))]);
        builder.StartTable(Schema.Sparsity.Count);
        builder.AddOffset(Schema.Sparsity.TraversalOrder, order, 0);
        builder.AddOffset(Schema.Sparsity.BlockMap, blocks, 0);
        builder.AddOffset(Schema.Sparsity.Levels, levels, 0);
        return builder.EndTable();
    }

    private static int Level(FlatBufferBuilder builder, SparseLevel level)
    {
        bool isCompressed = level.Size is null;
        (byte segmentsType, int segments) = isCompressed ? Indices(builder, level.Segments) : default;
        (byte indicesType, int indices) = isCompressed ? Indices(builder, level.Indices) : default;
        builder.StartTable(Schema.SparseLevel.Count);
        builder.AddByte(Schema.SparseLevel.Format, isCompressed ? (byte)1 : (byte)0, 0);
        builder.AddInt(Schema.SparseLevel.DenseSize, level.Size ?? 0, 0);
        builder.AddByte(Schema.SparseLevel.SegmentsType, segmentsType, 0);
        builder.AddOffset(Schema.SparseLevel.SegmentsType + 1, segments, 0);
        builder.AddByte(Schema.SparseLevel.IndicesType, indicesType, 0);
        builder.AddOffset(Schema.SparseLevel.IndicesType + 1, indices, 0);
        return builder.EndTable();
    }

    /// <summary>In the narrowest of the three widths that holds them.</summary>
    private static (byte Type, int Table) Indices(FlatBufferBuilder builder, ImmutableArray<int> values)
    {
        uint largest = values.DefaultIfEmpty().Max(value => (uint)value);
        (byte type, int vector) = largest <= byte.MaxValue ? (Schema.SparseIndices.UInt8, builder.Vector<byte>([.. values.Select(value => (byte)value)]))
            : largest <= ushort.MaxValue ? (Schema.SparseIndices.UInt16, builder.Vector<ushort>([.. values.Select(value => (ushort)value)]))
            : (Schema.SparseIndices.Int32, builder.Vector(values.AsSpan()));
        builder.StartTable(Schema.SparseIndices.Count);
        builder.AddOffset(Schema.SparseIndices.Values, vector, 0);
        return (type, builder.EndTable());
    }
}
