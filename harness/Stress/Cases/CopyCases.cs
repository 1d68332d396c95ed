using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static readonly ImmutableArray<TensorType> Plain = [TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64];

    private static Dictionary<string, Func<Random, OperatorCase>> Copies() => new()
    {
        ["CONCATENATION"] = Concatenation,
        ["CONCATENATION uint8 rescaled"] = RescaledConcatenation,
        ["PACK"] = Pack,
        ["UNPACK"] = Unpack,
        ["SPLIT"] = Split,
        ["SPLIT_V"] = SplitV,
        ["TRANSPOSE"] = Transpose,
        ["REVERSE_V2"] = Reverse,
        ["TILE"] = Tile,
        ["BROADCAST_TO"] = BroadcastTo,
        ["SPACE_TO_DEPTH"] = SpaceToDepth,
        ["DEPTH_TO_SPACE"] = DepthToSpace,
        ["SPACE_TO_BATCH_ND"] = SpaceToBatch,
        ["BATCH_TO_SPACE_ND"] = BatchToSpace,
        ["SQUEEZE"] = Squeeze,
        ["EXPAND_DIMS"] = ExpandDims,
        ["SHAPE"] = ShapeOf,
        ["FILL"] = Fill,
        ["GATHER"] = Gather,
        ["GATHER_ND"] = GatherNd,
    };

    /// <summary>Codes with a quantization, or plain numbers.</summary>
    private static CaseTensor NextTensor(this Random random, TensorType type, Shape shape) =>
        type.CodeRange() is null ? new CaseTensor(type, shape) : random.NextCodes(type, shape);

    private static TensorType Pick(this Random random, ImmutableArray<TensorType> types) => types[random.Next(types.Length)];

    /// <summary>Small sizes in a given number of dimensions; a large last one at times.</summary>
    private static int[] NextSizes(this Random random, int rank, int most = 6)
    {
        int[] sizes = [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, most + 1))];
        if (rank > 0 && random.Next(4) == 0)
            sizes[^1] = random.Next(1, 40);
        return sizes;
    }

    private static int NextAxis(this Random random, int rank, out int written)
    {
        int axis = random.Next(rank);
        written = random.Next(2) == 0 ? axis : axis - rank;
        return axis;
    }

    private static Shape With(this IEnumerable<int> sizes, int axis, int size) => [.. sizes.Select((old, at) => at == axis ? size : old)];

    private static OperatorCase Concatenation(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        int axis = random.NextAxis(sizes.Length, out int written);
        CaseTensor output = random.NextTensor(random.Pick(Plain), Shape.Create(sizes));
        ImmutableArray<CaseTensor> inputs = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => output with { Shape = sizes.With(axis, random.Next(1, 7)) })];
        return new(BuiltinOperator.Concatenation, inputs, output with { Shape = sizes.With(axis, inputs.Sum(i => i.Shape[axis])) }, new ConcatenationOptions(written));
    }

    private static OperatorCase RescaledConcatenation(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 8);
        int axis = random.NextAxis(sizes.Length, out int written);
        CaseTensor output = random.NextCodes(TensorType.UInt8, Shape.Create(sizes), 1e-2, 1e-1);
        ImmutableArray<CaseTensor> inputs = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ =>
            (random.Next(3) == 0 ? output : random.NextCodes(TensorType.UInt8, [], 3e-3, 3e-1)) with { Shape = sizes.With(axis, random.Next(1, 20)) })];
        return new(BuiltinOperator.Concatenation, inputs, output with { Shape = sizes.With(axis, inputs.Sum(i => i.Shape[axis])) }, new ConcatenationOptions(written));
    }

    private static OperatorCase Pack(Random random)
    {
        List<int> sizes = [.. random.NextSizes(random.Next(0, 4))];
        CaseTensor input = random.NextTensor(random.Pick(Plain), Shape.Create([.. sizes]));
        int count = random.Next(1, 5);
        int axis = random.NextAxis(sizes.Count + 1, out int written);
        sizes.Insert(axis, count);
        return new(BuiltinOperator.Pack, [.. Enumerable.Repeat(input, count)], input with { Shape = Shape.Create([.. sizes]) }, new PackOptions(count, written));
    }

    private static OperatorCase Unpack(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        int axis = random.NextAxis(sizes.Length, out int written);
        CaseTensor input = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32), Shape.Create(sizes));
        CaseTensor output = input with { Shape = [.. sizes.Where((_, at) => at != axis)] };
        return new(BuiltinOperator.Unpack, [input], output, new UnpackOptions(sizes[axis], written)) { MoreOutputs = [.. Enumerable.Repeat(output, sizes[axis] - 1)] };
    }

    private static OperatorCase Split(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        int axis = random.NextAxis(sizes.Length, out int written);
        int count = random.Next(1, 6);
        CaseTensor output = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32), Shape.Create(sizes));
        return new(BuiltinOperator.Split, [CaseTensor.Integer(written), output with { Shape = sizes.With(axis, sizes[axis] * count) }], output, new SplitOptions(count))
        { MoreOutputs = [.. Enumerable.Repeat(output, count - 1)] };
    }

    private static OperatorCase SplitV(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        int axis = random.NextAxis(sizes.Length, out int written);
        int[] parts = random.NextSizes(random.Next(1, 6));
        CaseTensor input = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64), sizes.With(axis, parts.Sum()));
        int[] given = [.. parts];
        if (random.Next(3) == 0)
            given[random.Next(given.Length)] = -1;
        ImmutableArray<CaseTensor> outputs = [.. parts.Select(part => input with { Shape = sizes.With(axis, part) })];
        return new(BuiltinOperator.SplitV, [input, CaseTensor.Integers(given), CaseTensor.Integer(written)], outputs[0], new SplitVOptions(parts.Length)) { MoreOutputs = outputs[1..] };
    }

    private static OperatorCase Transpose(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 7), 5);
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        random.Shuffle(order);
        CaseTensor input = random.NextTensor(random.Pick(Plain.Add(TensorType.Bool)), Shape.Create(sizes));
        int[] given = [.. order.Select(axis => random.Next(4) == 0 ? axis - sizes.Length : axis)];
        return new(BuiltinOperator.Transpose, [input, CaseTensor.Integers(given)], input with { Shape = [.. order.Select(axis => sizes[axis])] }, new TransposeOptions());
    }

    private static OperatorCase Reverse(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        // TFLite takes neighbouring axes only.
        int first = random.Next(sizes.Length), count = random.Next(1, sizes.Length - first + 1);
        int[] axes = [.. Enumerable.Range(first, count)];
        CaseTensor input = random.NextTensor(random.Pick(Plain.Add(TensorType.Bool)), Shape.Create(sizes));
        return new(BuiltinOperator.ReverseV2, [input, CaseTensor.Integers(axes)], input) { Version = 3 };
    }

    private static OperatorCase Tile(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 4), counts = [.. sizes.Select(_ => random.Next(1, 4))];
        CaseTensor input = random.NextTensor(random.Pick(Plain.Add(TensorType.Bool)), Shape.Create(sizes));
        return new(BuiltinOperator.Tile, [input, CaseTensor.Integers(counts)], input with { Shape = [.. sizes.Zip(counts, (size, count) => size * count)] }, new TileOptions());
    }

    private static OperatorCase BroadcastTo(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 6), 5);
        CaseTensor input = random.NextTensor(random.Pick(Plain.Add(TensorType.Bool)), [.. sizes.Skip(random.Next(sizes.Length)).Select(size => random.Next(2) == 0 ? 1 : size)]);
        return new(BuiltinOperator.BroadcastTo, [input, CaseTensor.Integers(sizes)], input with { Shape = Shape.Create(sizes) }) { Version = random.Next(2, 4) };
    }

    private static OperatorCase SpaceToDepth(Random random)
    {
        int block = random.Next(1, 4);
        int[] sizes = random.NextSizes(4, 4);
        CaseTensor output = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32, TensorType.Int64), [sizes[0], sizes[1], sizes[2], sizes[3] * block * block]);
        return new(BuiltinOperator.SpaceToDepth, [output with { Shape = [sizes[0], sizes[1] * block, sizes[2] * block, sizes[3]] }], output, new SpaceToDepthOptions(block));
    }

    private static OperatorCase DepthToSpace(Random random)
    {
        OperatorCase inverse = SpaceToDepth(random);
        return new(BuiltinOperator.DepthToSpace, [inverse.Output], inverse.Inputs[0], new DepthToSpaceOptions(((SpaceToDepthOptions)inverse.Options!).BlockSize));
    }

    private static OperatorCase SpaceToBatch(Random random)
    {
        int axes = random.Next(1, 3);
        int[] blocks = random.NextSizes(axes, 4), inner = random.NextSizes(axes, 5), edges = new int[2 * axes];
        if (random.Next(4) == 0)
            blocks[0] = 1;
        int[] space = new int[axes];
        for (int axis = 0; axis < axes; axis++)
        {
            blocks[axis] = Math.Min(blocks[axis], 4);
            int whole = inner[axis] * blocks[axis];
            edges[2 * axis] = random.Next(Math.Min(whole, 6));
            edges[2 * axis + 1] = random.Next(Math.Min(whole - edges[2 * axis], 6));
            space[axis] = whole - edges[2 * axis] - edges[2 * axis + 1];
        }
        int batches = random.Next(1, 3), channels = random.Next(1, 20);
        CaseTensor input = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64), [batches, .. space, channels]);
        return new(
            BuiltinOperator.SpaceToBatchNd, [input, CaseTensor.Integers(blocks), CaseTensor.Integers(edges) with { Shape = [axes, 2] }],
            input with { Shape = [blocks.Aggregate(batches, (all, block) => all * block), .. inner, channels] }, new SpaceToBatchNdOptions());
    }

    private static OperatorCase BatchToSpace(Random random)
    {
        OperatorCase inverse = SpaceToBatch(random);
        return new(BuiltinOperator.BatchToSpaceNd, inverse.Inputs.SetItem(0, inverse.Output), inverse.Inputs[0], new BatchToSpaceNdOptions());
    }

    private static OperatorCase Squeeze(Random random)
    {
        int[] sizes = [.. random.NextSizes(random.Next(1, 5)).Select(size => random.Next(2) == 0 ? 1 : size)];
        int[] ones = [.. Enumerable.Range(0, sizes.Length).Where(axis => sizes[axis] == 1 && random.Next(2) == 0)];
        CaseTensor input = random.NextTensor(random.Pick(Plain), Shape.Create(sizes));
        return new(BuiltinOperator.Squeeze, [input], input with { Shape = [.. sizes.Where((size, axis) => ones.Length == 0 ? size != 1 : !ones.Contains(axis))] }, new SqueezeOptions([.. ones]));
    }

    private static OperatorCase ExpandDims(Random random)
    {
        List<int> sizes = [.. random.NextSizes(random.Next(0, 5))];
        CaseTensor input = random.NextTensor(random.Pick(Plain), Shape.Create([.. sizes]));
        int axis = random.NextAxis(sizes.Count + 1, out int written);
        sizes.Insert(axis, 1);
        return new(BuiltinOperator.ExpandDims, [input, CaseTensor.Integer(written)], input with { Shape = Shape.Create([.. sizes]) }, new ExpandDimsOptions());
    }

    private static OperatorCase ShapeOf(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        TensorType type = random.Pick(TensorType.Int32, TensorType.Int64);
        return new(BuiltinOperator.Shape, [random.NextTensor(random.Pick(Plain), Shape.Create(sizes))], new CaseTensor(type, [sizes.Length]), new ShapeOptions(type));
    }

    private static OperatorCase Fill(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        CaseTensor value = random.NextTensor(random.Pick(TensorType.Float32, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Bool), []);
        return new(BuiltinOperator.Fill, [CaseTensor.Integers(sizes), value], value with { Shape = Shape.Create(sizes) }) { Version = 3 };
    }

    private static OperatorCase Gather(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5)), chosen = random.NextSizes(random.Next(0, 3));
        int axis = random.NextAxis(sizes.Length, out int written);
        int common = random.Next(3) == 0 ? random.Next(axis + 1) : 0;
        CaseTensor input = random.NextTensor(random.Pick(Plain), Shape.Create(sizes));
        CaseTensor indices = new(random.Pick(TensorType.Int32, TensorType.Int64), [.. sizes.Take(common), .. chosen]) { Range = (0, sizes[axis] - 1), IsConstant = random.Next(2) == 0 };
        return new(
            BuiltinOperator.Gather, [input, indices], input with { Shape = [.. sizes.Take(axis), .. chosen, .. sizes.Skip(axis + 1)] }, new GatherOptions(written, common));
    }

    private static OperatorCase GatherNd(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5)), chosen = random.NextSizes(random.Next(0, 3));
        int depth = random.Next(1, sizes.Length + 1);
        CaseTensor input = random.NextTensor(random.Pick(Plain), Shape.Create(sizes));
        CaseTensor indices = new(random.Pick(TensorType.Int32, TensorType.Int64), [.. chosen, depth]) { Range = (0, sizes.Take(depth).Min() - 1), IsConstant = random.Next(2) == 0 };
        return new(BuiltinOperator.GatherNd, [input, indices], input with { Shape = [.. chosen, .. sizes.Skip(depth)] });
    }
}
