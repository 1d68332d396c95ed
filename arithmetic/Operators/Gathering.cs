using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>One of the axes that an index of a gather points along: its size, and the distance of its positions in elements of the input.</summary>
public readonly record struct GatherAxis(int Size, int Stride);

/// <summary>
/// Runs of elements chosen by indices that come with each run. Output [batch, outer, n, inner] is the run of the input that starts at
/// batch * outers * OuterElements + outer * OuterElements + sum over axes of index[batch, n, axis] * stride.
/// </summary>
/// <param name="Batches">Leading positions that input and indices share.</param>
/// <param name="Outers">Positions of the input in front of the axes that are indexed.</param>
/// <param name="OuterElements">Elements of the input in one of these.</param>
/// <param name="Count">Indices, or rows of indices, in a batch.</param>
/// <param name="Axes">As many as there are numbers in a row of indices.</param>
/// <param name="Run">Elements that are copied for each.</param>
public sealed record PreparedGather(
    Operator Operator, TensorInfo Input, TensorInfo Indices, TensorInfo Output, int ElementBytes,
    int Batches, int Outers, int OuterElements, int Count, ImmutableArray<GatherAxis> Axes, int Run) : PreparedOperator(Operator, [Input, Indices], [Output]);

/// <summary>Preparing GATHER and GATHER_ND. TFLite refuses indices out of range; here they choose zeros.</summary>
public static class Gathering
{
    [Prepares(BuiltinOperator.Gather)]
    public static PreparedOperator Gather(OperatorContext context, CopyArithmetic arithmetic)
    {
        GatherOptions options = context.Options<GatherOptions>();
        (TensorInfo input, TensorInfo indices, TensorInfo output) = Tensors(context);
        Shape shape = input.Shape!, positions = indices.Shape!;
        int axis = OperatorContext.Axis(options.Axis, shape.Count);
        int batchAxes = options.BatchDims < 0 ? options.BatchDims + positions.Count : options.BatchDims;
        if (batchAxes < 0 || batchAxes > axis || batchAxes > positions.Count || !shape.Take(batchAxes).SequenceEqual(positions.Take(batchAxes)))
            throw new NotComputableException($"{options.BatchDims} common dimensions of {shape} and {positions}, axis {options.Axis}");
        OperatorContext.Shaped(output, [.. shape.Take(axis), .. positions.Skip(batchAxes), .. shape.Skip(axis + 1)]);
        int run = Elements(shape.Skip(axis + 1));
        return new PreparedGather(
            context.Operator, input, indices, output, Copies.ElementBytes(input.Type), Elements(shape.Take(batchAxes)),
            Elements(shape.Take(axis).Skip(batchAxes)), Elements(shape.Skip(axis)), Elements(positions.Skip(batchAxes)), [new(shape[axis], run)], run);
    }

    [Prepares(BuiltinOperator.GatherNd)]
    public static PreparedOperator GatherNd(OperatorContext context, CopyArithmetic arithmetic)
    {
        (TensorInfo input, TensorInfo indices, TensorInfo output) = Tensors(context);
        Shape shape = input.Shape!, positions = indices.Shape!;
        if (positions.Count == 0 || positions.Last > shape.Count)
            throw new NotComputableException($"indices {positions} into {shape}");
        OperatorContext.Shaped(output, [.. positions.SkipLast(1), .. shape.Skip(positions.Last)]);
        return new PreparedGather(
            context.Operator, input, indices, output, Copies.ElementBytes(input.Type), 1, 1, shape.Elements, Elements(positions.SkipLast(1)),
            [.. Enumerable.Range(0, positions.Last).Select(axis => new GatherAxis(shape[axis], Elements(shape.Skip(axis + 1))))],
            Elements(shape.Skip(positions.Last)));
    }

    /// <summary>Whole positions of a tensor's first axis.</summary>
    internal static PreparedGather Rows(OperatorContext context, TensorInfo input, TensorInfo indices, TensorInfo output)
    {
        int run = Elements(input.Shape!.Skip(1));
        return new(
            context.Operator, input, indices, output, Copies.ElementBytes(input.Type), 1, 1, input.Shape!.Elements, indices.Shape!.Elements, [new(input.Shape[0], run)], run);
    }

    private static (TensorInfo Input, TensorInfo Indices, TensorInfo Output) Tensors(OperatorContext context)
    {
        (TensorInfo input, TensorInfo indices, TensorInfo output) = (context.Input(0), context.Input(1), context.Output(0));
        OperatorContext.Typed(output, input.Type);
        OperatorContext.Typed(indices, TensorType.Int16, TensorType.Int32, TensorType.Int64);
        return (input, indices, output);
    }

    /// <summary>Of some dimensions of a tensor; where others are 0, too many for an int mean nothing.</summary>
    internal static int Elements(IEnumerable<int> sizes) => (int)Math.Min(sizes.Aggregate(1.0, (all, size) => all * size), int.MaxValue);
}
