using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing operators that put elements in another order, or repeat them.</summary>
public static class Rearrangement
{
    [Prepares(BuiltinOperator.Transpose)]
    public static PreparedOperator Transpose(OperatorContext context, CopyArithmetic arithmetic)
    {
        Shape input = context.Input(0).Shape!;
        ImmutableArray<int> order = [.. context.IntegersOf(1, input.Count).Select(axis => OperatorContext.Axis(axis, input.Count))];
        if (order.Distinct().Count() != order.Length)
            throw new NotComputableException($"{string.Join(",", order)} is no order of {order.Length} axes");
        return Copies.Prepare(context, TensorView.Of(input).Permute(order), [.. order.Select(axis => input[axis])]);
    }

    [Prepares(BuiltinOperator.ReverseV2)]
    public static PreparedOperator Reverse(OperatorContext context, CopyArithmetic arithmetic)
    {
        Shape input = context.Input(0).Shape!;
        TensorView view = TensorView.Of(input);
        int[] axes = [.. context.IntegersOf(1).Select(axis => OperatorContext.Axis(axis, input.Count)).Distinct()];
        foreach (int axis in arithmetic is ReverseArithmetic { FirstAxisOnly: true } ? axes.Take(1) : axes)
            view = view.Reverse(axis);
        return Copies.Prepare(context, view, input);
    }

    [Prepares(BuiltinOperator.Tile)]
    public static PreparedOperator Tile(OperatorContext context, CopyArithmetic arithmetic)
    {
        Shape input = context.Input(0).Shape!;
        ImmutableArray<int> counts = context.IntegersOf(1, input.Count);
        OperatorContext.Shaped(context.Output(0), Product(input, counts.Select(count => (long)count)));
        TensorView view = TensorView.Of(input);
        for (int axis = input.Count - 1; axis >= 0; axis--)
            view = view.Repeat(axis, counts[axis]);
        return Copies.Prepare(context, view, context.Output(0).Shape!);
    }

    /// <remarks>The shape comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.BroadcastTo)]
    public static PreparedOperator BroadcastTo(OperatorContext context, CopyArithmetic arithmetic)
    {
        Shape input = context.Input(0).Shape!, output = context.Output(0).Shape!;
        int missing = output.Count - input.Count;
        if (missing < 0 || input.Where((size, axis) => size != output[axis + missing] && size != 1).Any())
            throw new NotComputableException($"{input} cannot be broadcast to {output}");
        TensorView view = TensorView.Of(input);
        for (int axis = 0; axis < output.Count; axis++)
        {
            if (axis < missing)
                view = view.Repeat(axis, output[axis]);
            else if (view.Axes[axis].Size != output[axis])
                view = view with { Axes = view.Axes.SetItem(axis, new(output[axis], 0)) };
        }
        return Copies.Prepare(context, view, output);
    }

    /// <summary>The bytes of a tensor as elements of another type; smaller ones are one more dimension, the innermost.</summary>
    [Prepares(BuiltinOperator.Bitcast)]
    public static PreparedOperator Bitcast(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        int from = Copies.ElementBytes(input.Type), to = Copies.ElementBytes(output.Type), common = Math.Min(from, to);
        ImmutableArray<int> parts = [.. input.Shape!, .. from > common ? [from / common] : Array.Empty<int>()];
        ImmutableArray<int> expected = [.. output.Shape!, .. to > common ? [to / common] : Array.Empty<int>()];
        if (!parts.SequenceEqual(expected))
            throw new NotComputableException($"tensor {output.Index} ({output.Name}) is declared {output.Type.Lower()} {output.Shape}, its bytes are {input.Type.Lower()} {input.Shape}");
        return new PreparedCopy(context.Operator, [input], [output], common, [.. Whole(TensorView.Of(parts))]);

        static IEnumerable<CopyBlock> Whole(TensorView view) => CopyBlock.Of(0, view, 0, view) is { } block ? [block] : [];
    }

    [Prepares(BuiltinOperator.SpaceToDepth)]
    public static PreparedOperator SpaceToDepth(OperatorContext context, CopyArithmetic arithmetic)
    {
        int block = context.Options<SpaceToDepthOptions>().BlockSize;
        Shape input = OperatorContext.Ranked(context.Input(0), 4);
        if (block < 1 || input[1] % block != 0 || input[2] % block != 0)
            throw new NotComputableException($"blocks of {block} do not divide {input}");
        return Copies.Prepare(
            context, TensorView.Of(input).Split(2, block).Split(1, block).Permute(0, 1, 3, 2, 4, 5),
            Product([input[0], input[1] / block, input[2] / block, input[3]], [1, 1, 1, (long)block * block]));
    }

    [Prepares(BuiltinOperator.DepthToSpace)]
    public static PreparedOperator DepthToSpace(OperatorContext context, CopyArithmetic arithmetic)
    {
        int block = context.Options<DepthToSpaceOptions>().BlockSize;
        Shape input = OperatorContext.Ranked(context.Input(0), 4);
        if (block < 1 || input[3] % ((long)block * block) != 0)
            throw new NotComputableException($"blocks of {block}x{block} do not divide the {input[3]} channels");
        int channels = input[3] / (block * block);
        return Copies.Prepare(
            context, TensorView.Of(input).Split(3, block * channels).Split(4, channels).Permute(0, 1, 3, 2, 4, 5),
            Product([input[0], input[1], input[2], channels], [1, block, block, 1]));
    }

    /// <summary>Element (y, x) of the padded input becomes (y / block, x / block) of batch (y % block, x % block). The padding is real 0.</summary>
    [Prepares(BuiltinOperator.SpaceToBatchNd)]
    public static PreparedOperator SpaceToBatch(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo space = context.Input(0), batch = context.Output(0);
        return Copies.Prepare(context, [space], [batch], Blocks(context, space, batch).Select(block => CopyBlock.Of(0, block.Space, 0, block.Batch)))
            with { Background = Copies.Zero(batch) };
    }

    /// <summary>The inverse; what falls on the crops is left out.</summary>
    [Prepares(BuiltinOperator.BatchToSpaceNd)]
    public static PreparedOperator BatchToSpace(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo batch = context.Input(0), space = context.Output(0);
        return Copies.Prepare(context, [batch], [space], Blocks(context, space, batch).Select(block => CopyBlock.Of(0, block.Batch, 0, block.Space)));
    }

    /// <summary>For each position in a block, the elements of both tensors that belong to it. Rank 3 has one space axis, rank 4 two.</summary>
    private static IEnumerable<(TensorView Space, TensorView Batch)> Blocks(OperatorContext context, TensorInfo space, TensorInfo batch)
    {
        if (space.Shape!.Count is not (3 or 4))
            throw new NotComputableException($"tensor {space.Index} ({space.Name}) is {space.Shape}, expected 3 or 4 dimensions");
        if (batch.Shape!.Count != space.Shape.Count)
            throw new NotComputableException($"{space.Shape} and {batch.Shape} have different numbers of dimensions");
        int axes = space.Shape.Count - 2;
        ImmutableArray<int> blocks = context.IntegersOf(1, axes), edges = context.IntegersOf(2, 2 * axes);
        if (blocks.Any(block => block < 1) || edges.Any(edge => edge < 0))
            throw new NotComputableException($"blocks {string.Join(",", blocks)} with {string.Join(",", edges)} around them");
        long batches = blocks.Aggregate((long)space.Shape[0], (product, block) => Math.Min(product * block, int.MaxValue + 1L));
        for (int axis = 0; axis < axes; axis++)
        {
            if ((long)batch.Shape[axis + 1] * blocks[axis] != (long)space.Shape[axis + 1] + edges[2 * axis] + edges[2 * axis + 1])
                throw new NotComputableException($"blocks {string.Join(",", blocks)} with {string.Join(",", edges)} around them do not fit {space.Shape} and {batch.Shape}");
        }
        OperatorContext.Shaped(batch, Product([1, .. batch.Shape.Skip(1).Take(axes), space.Shape.Last], [batches, .. Enumerable.Repeat(1L, axes + 1)]));
        // The batches of the output are (block row, block column, batch): they are split off innermost first.
        IEnumerable<(TensorView Space, TensorView Batch)> parts = [(TensorView.Of(space.Shape), TensorView.Of(batch.Shape).Split(0, space.Shape[0]))];
        for (int axis = axes; axis >= 1; axis--)
        {
            (int block, long before, int size, int rows, int at) = (blocks[axis - 1], edges[2 * axis - 2], space.Shape[axis], batch.Shape[axis], axis);
            parts = parts.SelectMany(part => Enumerable.Range(0, block).Select(offset =>
            {
                // Row i of this batch is element i * block + offset - before, where there is one.
                int first = (int)Math.Clamp((before - offset + block - 1) / block, 0, rows);
                int end = (int)Math.Clamp((size + before - offset + block - 1) / block, first, rows);
                return (
                    part.Space.Slice(at, (int)(first * (long)block + offset - before), end - first, block),
                    part.Batch.Split(0, block).At(1, offset).Slice(at + 1, first, end - first));
            }));
        }
        return parts.Select(part => (part.Space, part.Batch.At(0, 0)));
    }

    /// <summary>Sizes times factors; -1, which no tensor has, where that is negative or beyond int32.</summary>
    private static ImmutableArray<int> Product(IEnumerable<int> sizes, IEnumerable<long> factors) =>
        [.. sizes.Zip(factors, (size, factor) => (double)size * factor is >= 0 and <= int.MaxValue ? (int)(size * factor) : -1)];
}
