using System.Collections.Immutable;
using OffByN.Model.Flat;

namespace OffByN.Model.Reading;

internal static class SparsityReader
{
    private const byte Dense = 0, Compressed = 1;

    /// <summary>The levels of a sparse constant; null for one that is not sparse.</summary>
    /// <exception cref="UserErrorException">A level is of no kind that there is.</exception>
    public static Sparsity? Read(DeclaredTensor tensor)
    {
        if (tensor.Table.Table(Schema.Tensor.Sparsity) is not { } table)
            return null;
        FlatTables levels = table.Tables(Schema.Sparsity.Levels);
        return new(
            table.Ints(Schema.Sparsity.TraversalOrder), table.Ints(Schema.Sparsity.BlockMap),
            [.. Enumerable.Range(0, levels.Count).Select(level => Level(tensor, levels[level], level))]);
    }

    private static SparseLevel Level(DeclaredTensor tensor, FlatTable level, int number) => level.Byte(Schema.SparseLevel.Format) switch
    {
        Dense => new(level.Int(Schema.SparseLevel.DenseSize), [], []),
        Compressed => new(null, Values(level, Schema.SparseLevel.SegmentsType), Values(level, Schema.SparseLevel.IndicesType)),
        var other => throw tensor.Wrong($"expected level {number} of its sparsity to be dense ({Dense}) or compressed ({Compressed}), found {other}"),
    };

    /// <summary>The integers of a union of three widths, whose value is the field behind its type.</summary>
    private static ImmutableArray<int> Values(FlatTable level, int typeField) => level.Table(typeField + 1) is not { } vector ? [] : level.Byte(typeField) switch
    {
        Schema.SparseIndices.Int32 => vector.Ints(Schema.SparseIndices.Values),
        Schema.SparseIndices.UInt16 => [.. vector.UShorts(Schema.SparseIndices.Values).Select(value => (int)value)],
        Schema.SparseIndices.UInt8 => [.. vector.Bytes(Schema.SparseIndices.Values).ToArray().Select(value => (int)value)],
        _ => [],
    };
}
