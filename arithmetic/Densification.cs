using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>Unpacks a sparse constant: elements that are not stored are 0. As TFLite's <c>sparsity_format_converter.cc</c>, but that it takes nothing which points outside.</summary>
internal sealed class Densification
{
    private const int MostLevels = 16;

    private readonly TensorInfo tensor;
    private readonly Sparsity sparsity;
    private readonly Shape shape;
    private readonly int width;
    private readonly int[] blocks, positions;
    private readonly byte[] dense;
    private int stored;

    private Densification(TensorInfo tensor, Sparsity sparsity, Shape shape, long most)
    {
        (this.tensor, this.sparsity, this.shape, width) = (tensor, sparsity, shape, tensor.Type.Bits() / 8);
        (ImmutableArray<int> order, int rank) = (sparsity.TraversalOrder, shape.Count);
        Require(order.Length <= MostLevels && order.Length == rank + sparsity.BlockMap.Length && order.Length == sparsity.Levels.Length, "another number of levels than its shape and blocks ask for");
        Require(order.Take(rank).Order().SequenceEqual(Enumerable.Range(0, rank)) && order.Skip(rank).Order().SequenceEqual(Enumerable.Range(rank, order.Length - rank)), "an order that is no permutation");
        Require(sparsity.BlockMap.All(axis => axis >= 0 && axis < rank) && sparsity.BlockMap.Zip(sparsity.BlockMap.Skip(1)).All(pair => pair.First < pair.Second), "blocks over dimensions in another order than the shape's");
        Require(sparsity.Levels.Skip(rank).All(level => level.Size > 0), "a block that is not dense");
        blocks = [.. order.Skip(rank).Select(level => sparsity.Levels[level].Size!.Value)];
        for (int level = 0; level < rank; level++)
            Check(sparsity.Levels[level], SizeOf(order[level]));
        if ((long)shape.Elements * width > most)
            throw new NotComputableException($"the sparse constants unpack to more bytes than are held: {(long)shape.Elements * width} of tensor {tensor.Index} ({tensor.Name}), {most} are left");
        positions = new int[order.Length];
        dense = new byte[shape.Elements * width];
    }

    /// <summary>The dense elements, row-major.</summary>
    /// <param name="most">Bytes that they may have.</param>
    /// <exception cref="NotComputableException">The tensor is of another type than TFLite unpacks, or its sparsity does not fit its shape and data.</exception>
    public static byte[] Of(TensorInfo tensor, long most)
    {
        OperatorContext.Typed(tensor, TensorType.Float32, TensorType.Float16, TensorType.Int8);
        if (tensor is not { IsConstant: true, Sparsity: { } sparsity, Shape: { } shape })
            throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}) is no sparse constant");
        Densification densification = new(tensor, sparsity, shape, most);
        densification.Unpack(0, 0);
        return densification.dense;
    }

    /// <summary>Positions of the level that walks this dimension.</summary>
    private int SizeOf(int axis)
    {
        int block = sparsity.BlockMap.IndexOf(axis);
        Require(block < 0 || shape[axis] % blocks[block] == 0, $"blocks that do not divide dimension {axis}");
        return block < 0 ? shape[axis] : shape[axis] / blocks[block];
    }

    /// <summary>What keeps the walk within the shape and its length: every position at most once.</summary>
    private void Check(SparseLevel level, int size)
    {
        if (level.Size is not null)
        {
            Require(level.Size == size, $"a dense level of {level.Size}, expected {size}");
            return;
        }
        ImmutableArray<int> segments = level.Segments;
        Require(segments is [0, ..] && segments[^1] <= level.Indices.Length && segments.Zip(segments.Skip(1)).All(pair => pair.First <= pair.Second), "segments that do not follow each other");
        for (int segment = 0; segment + 1 < segments.Length; segment++)
        {
            for (int i = segments[segment]; i < segments[segment + 1]; i++)
                Require(level.Indices[i] >= 0 && level.Indices[i] < size && (i == segments[segment] || level.Indices[i - 1] < level.Indices[i]), "indices that do not rise within their dimension");
        }
    }

    /// <param name="above">Which of the places of the level above.</param>
    private void Unpack(int level, long above)
    {
        if (level == positions.Length)
        {
            Store();
            return;
        }
        SparseLevel walked = sparsity.Levels[level];
        if (walked.Size is { } size)
        {
            for (int i = 0; i < size; i++)
                Step(level, i, above * size + i);
        }
        else if (above + 1 < walked.Segments.Length)
        {
            for (int i = walked.Segments[(int)above]; i < walked.Segments[(int)above + 1]; i++)
                Step(level, walked.Indices[i], i);
        }
    }

    private void Step(int level, int position, long place)
    {
        positions[level] = position;
        Unpack(level + 1, place);
    }

    private void Store()
    {
        int rank = shape.Count;
        Span<int> coordinates = stackalloc int[rank];
        for (int level = 0; level < rank; level++)
            coordinates[sparsity.TraversalOrder[level]] = positions[level];
        for (int level = rank; level < positions.Length; level++)
        {
            int block = sparsity.TraversalOrder[level] - rank;
            ref int coordinate = ref coordinates[sparsity.BlockMap[block]];
            coordinate = coordinate * blocks[block] + positions[level];
        }
        long element = 0;
        for (int axis = 0; axis < rank; axis++)
            element = element * shape[axis] + coordinates[axis];
        Require(element < shape.Elements, "an element outside its shape");
        Require((stored + 1) * (long)width <= tensor.Data.Length, $"more elements than the {tensor.Data.Length / width} that are stored");
        tensor.Data.Span.Slice(stored++ * width, width).CopyTo(dense.AsSpan((int)element * width));
    }

    private void Require(bool holds, string found)
    {
        if (!holds)
            throw new NotComputableException($"the sparsity of tensor {tensor.Index} ({tensor.Name}) has {found}");
    }
}
