using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Indices() => new()
    {
        ["TOPK_V2"] = TopElements,
        ["CUMSUM"] = CumulativeSum,
        ["ONE_HOT"] = OneHot,
        ["RANGE"] = RangeOfNumbers,
        ["RANK"] = Rank,
        ["ZEROS_LIKE"] = ZerosLike,
        ["EMBEDDING_LOOKUP"] = Embedding,
        ["EMBEDDING_LOOKUP hybrid"] = HybridEmbedding,
        ["SCATTER_ND"] = Scatter,
        ["REVERSE_SEQUENCE"] = ReversedSequence,
        ["DYNAMIC_UPDATE_SLICE"] = SliceUpdate,
        ["BITCAST"] = Bitcast,
        ["WHERE"] = Where,
        ["BROADCAST_ARGS"] = BroadcastArguments,
        ["SPARSE_TO_DENSE"] = SparseToDense,
        ["MATRIX_DIAG"] = MatrixDiagonal,
        ["MATRIX_SET_DIAG"] = MatrixOfDiagonal,
        ["SEGMENT_SUM"] = SegmentSum,
        ["UNSORTED_SEGMENT_SUM"] = random => Segments(random, BuiltinOperator.UnsortedSegmentSum),
        ["UNSORTED_SEGMENT_PROD"] = random => Segments(random, BuiltinOperator.UnsortedSegmentProd),
        ["UNSORTED_SEGMENT_MAX"] = random => Segments(random, BuiltinOperator.UnsortedSegmentMax),
        ["UNSORTED_SEGMENT_MIN"] = random => Segments(random, BuiltinOperator.UnsortedSegmentMin),
    };

    private static OperatorCase TopElements(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        if (random.Next(3) == 0)
            sizes[^1] = random.Next(1, 300);
        CaseTensor input = random.NextTensor(random.Pick(Plain), Shape.Create(sizes));
        // Few values, of which many are equal.
        if (random.Next(2) == 0)
            input = input with { Range = input.Type == TensorType.UInt8 ? (3, 9) : (-3, 3), Grid = 1 };
        int count = random.Next(1, sizes[^1] + 1);
        CaseTensor output = input with { Shape = sizes.With(sizes.Length - 1, count), Range = null, Grid = 0 };
        return new(BuiltinOperator.TopkV2, [input, CaseTensor.Integer(count)], output, new TopkV2Options())
        {
            MoreOutputs = [new(random.Pick(TensorType.Int32, TensorType.Int32, TensorType.Int16), output.Shape)],
        };
    }

    private static OperatorCase CumulativeSum(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 9);
        random.NextAxis(sizes.Length, out int written);
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int64), Shape.Create(sizes));
        return new(BuiltinOperator.Cumsum, [tensor, CaseTensor.Integer(written)], tensor, new CumsumOptions(random.Next(2) == 0, random.Next(2) == 0));
    }

    /// <summary>Some indices name no position.</summary>
    private static OperatorCase OneHot(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(0, 4));
        int depth = random.Next(1, 9), axis = random.Next(sizes.Length + 1);
        CaseTensor value = new(random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int64, TensorType.Int8, TensorType.UInt8, TensorType.Bool), []);
        CaseTensor indices = new(random.Pick(TensorType.Int32, TensorType.Int64), Shape.Create(sizes)) { Range = (-1, depth) };
        return new(
            BuiltinOperator.OneHot, [indices, CaseTensor.Integer(depth), value, value], value with { Shape = [.. sizes.Take(axis), depth, .. sizes.Skip(axis)] },
            new OneHotOptions(axis == sizes.Length && random.Next(2) == 0 ? -1 : axis));
    }

    private static OperatorCase RangeOfNumbers(Random random)
    {
        TensorType type = random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int64);
        CaseTensor scalar = new(type, []) { IsConstant = true };
        int count = random.Next(1, 60);
        (int start, int step) = (random.Next(-50, 50), random.Next(1, 9) * (random.Next(2) == 0 ? 1 : -1));
        int limit = start + step * count;
        return new(
            BuiltinOperator.Range,
            type switch
            {
                TensorType.Int32 => [scalar.With<int>([start]), scalar.With<int>([limit]), scalar.With<int>([step])],
                TensorType.Int64 => [scalar.With<long>([start]), scalar.With<long>([limit]), scalar.With<long>([step])],
                _ => [scalar.With<float>([start / 10f]), scalar.With<float>([(limit - step / 2f) / 10f]), scalar.With<float>([step / 10f])],
            },
            new(type, [count]));
    }

    private static OperatorCase Rank(Random random) =>
        new(BuiltinOperator.Rank, [random.NextTensor(random.Pick(Plain), Shape.Create(random.NextSizes(random.Next(0, 6))))], new(TensorType.Int32, []));

    private static OperatorCase ZerosLike(Random random)
    {
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int64), Shape.Create(random.NextSizes(random.Next(0, 5))));
        return new(BuiltinOperator.ZerosLike, [tensor], tensor);
    }

    private static OperatorCase Embedding(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(2, 5));
        CaseTensor table = random.NextTensor(random.Pick(TensorType.Float32, TensorType.Int8, TensorType.UInt8, TensorType.Int32), Shape.Create(sizes)) with { IsConstant = random.Next(2) == 0 };
        int count = random.Next(1, 20);
        CaseTensor rows = new(TensorType.Int32, [count]) { Range = (0, sizes[0] - 1) };
        return new(BuiltinOperator.EmbeddingLookup, [rows, table], table with { Shape = sizes.With(0, count), IsConstant = false });
    }

    private static OperatorCase HybridEmbedding(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(2, 5));
        TensorType type = random.Pick(TensorType.Int8, TensorType.Int8, TensorType.Int4);
        if (type == TensorType.Int4)
            sizes[^1] *= 2;
        int count = random.Next(1, 20);
        CaseTensor rows = new(TensorType.Int32, [count]) { Range = (0, sizes[0] - 1) };
        CaseTensor table = new(type, Shape.Create(sizes), random.NextScale()) { IsConstant = true };
        if (random.Next(2) == 0 && sizes[0] > 1)
            table = table with { Scale = 0, Channels = ([.. Enumerable.Range(0, sizes[0]).Select(_ => random.NextScale())], 0) };
        return new(BuiltinOperator.EmbeddingLookup, [rows, table], new(TensorType.Float32, sizes.With(0, count))) { Version = type == TensorType.Int4 ? 4 : 3 };
    }

    /// <summary>Often several for one place.</summary>
    private static OperatorCase Scatter(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5)), chosen = random.NextSizes(random.Next(1, 3));
        int depth = random.Next(1, sizes.Length + 1);
        CaseTensor output = new(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32, TensorType.Int64, TensorType.Bool), Shape.Create(sizes));
        CaseTensor indices = new(TensorType.Int32, [.. chosen, depth]) { Range = (0, sizes.Take(depth).Min() - 1), IsConstant = random.Next(2) == 0 };
        return new(BuiltinOperator.ScatterNd, [indices, output with { Shape = [.. chosen, .. sizes.Skip(depth)] }, CaseTensor.Integers(sizes)], output);
    }

    private static OperatorCase ReversedSequence(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(2, 5));
        int sequence = random.Next(sizes.Length), batch = (sequence + random.Next(1, sizes.Length)) % sizes.Length;
        CaseTensor tensor = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int16, TensorType.Int32, TensorType.Int64), Shape.Create(sizes));
        CaseTensor lengths = new(random.Pick(TensorType.Int32, TensorType.Int64), [sizes[batch]]) { Range = (0, sizes[sequence]) };
        return new(BuiltinOperator.ReverseSequence, [tensor, lengths], tensor, new ReverseSequenceOptions(sequence, batch));
    }

    /// <summary>Some would begin outside.</summary>
    private static OperatorCase SliceUpdate(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 6)), part = [.. sizes.Select(size => random.Next(1, size + 1))];
        CaseTensor tensor = random.NextTensor(random.Pick(Plain.Add(TensorType.Bool)), Shape.Create(sizes));
        CaseTensor start = new(random.Pick(TensorType.Int32, TensorType.Int64), [sizes.Length]) { Range = (-1, sizes.Max()) };
        return new(BuiltinOperator.DynamicUpdateSlice, [tensor, tensor with { Shape = Shape.Create(part) }, start], tensor);
    }

    /// <summary>Mostly zeros, of both signs.</summary>
    private static OperatorCase Where(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        CaseTensor condition = new(random.Pick(TensorType.Bool, TensorType.Float32, TensorType.Int64, TensorType.Int32, TensorType.Int8, TensorType.UInt8), Shape.Create(sizes));
        byte[] values = condition.Values(random);
        int width = condition.Type.Bits() / 8, count = 0;
        for (int i = 0; i < condition.Shape.Elements; i++)
        {
            Span<byte> value = values.AsSpan(i * width, width);
            if (random.Next(2) == 0)
            {
                value.Clear();
                if (condition.Type == TensorType.Float32 && random.Next(2) == 0)
                    value[^1] = 0x80;
            }
            count += condition.Type == TensorType.Float32 ? MemoryMarshal.Read<float>(value) != 0 ? 1 : 0 : value.ContainsAnyExcept((byte)0) ? 1 : 0;
        }
        return new(BuiltinOperator.Where, [condition with { Value = values }], new(TensorType.Int64, [count, sizes.Length]));
    }

    private static OperatorCase BroadcastArguments(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(TensorType.Int32, TensorType.Int64);
        CaseTensor Sizes(Shape shape)
        {
            CaseTensor sizes = new(type, [shape.Count]) { IsConstant = random.Next(2) == 0 };
            return type == TensorType.Int32 ? sizes.With<int>([.. shape]) : sizes.With<long>([.. shape.Select(size => (long)size)]);
        }
        return new(BuiltinOperator.BroadcastArgs, [Sizes(first), Sizes(second)], new(type, [output.Count]));
    }

    /// <summary>Often several values for one place.</summary>
    private static OperatorCase SparseToDense(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5));
        int count = random.Next(1, 20);
        CaseTensor output = new(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32, TensorType.Int64), Shape.Create(sizes));
        Shape places = sizes.Length > 1 || random.Next(2) == 0 ? [count, sizes.Length] : [count];
        CaseTensor indices = new(random.Pick(TensorType.Int32, TensorType.Int64), places) { Range = (0, sizes.Min() - 1), IsConstant = random.Next(2) == 0 };
        return new(
            BuiltinOperator.SparseToDense, [indices, CaseTensor.Integers(sizes), output with { Shape = random.Next(3) == 0 ? [] : [count] }, output with { Shape = [] }], output)
        { Version = output.Type is TensorType.UInt8 or TensorType.Int8 ? 3 : output.Type == TensorType.Int64 ? 2 : 1 };
    }

    private static OperatorCase MatrixDiagonal(Random random)
    {
        CaseTensor diagonal = random.NextTensor(random.Pick(Plain), Shape.Create(random.NextSizes(random.Next(1, 4))));
        return new(BuiltinOperator.MatrixDiag, [diagonal], diagonal with { Shape = [.. diagonal.Shape, diagonal.Shape.Last] });
    }

    private static OperatorCase MatrixOfDiagonal(Random random)
    {
        CaseTensor matrices = random.NextTensor(random.Pick(Plain), Shape.Create(random.NextSizes(random.Next(2, 5))));
        return new(
            BuiltinOperator.MatrixSetDiag,
            [matrices, matrices with { Shape = [.. matrices.Shape.SkipLast(2), Math.Min(matrices.Shape.Last, matrices.Shape[matrices.Shape.Count - 2])] }], matrices);
    }

    private static OperatorCase SegmentSum(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 9), ids = new int[sizes[0]];
        for (int i = 1; i < ids.Length; i++)
            ids[i] = ids[i - 1] + random.Next(2);
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Int32), Shape.Create(sizes));
        CaseTensor segments = CaseTensor.Integers(ids) with { IsConstant = random.Next(2) == 0 };
        return new(BuiltinOperator.SegmentSum, [tensor.Type == TensorType.Float32 ? random.AtTheEnds(tensor) : tensor, segments], tensor with { Shape = sizes.With(0, ids[^1] + 1) });
    }

    /// <summary>Some ids are negative, some segments have no runs.</summary>
    private static OperatorCase Segments(Random random, BuiltinOperator code)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 9);
        int rank = random.Next(1, sizes.Length + 1), segments = random.Next(1, 9);
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Int32), Shape.Create(sizes));
        CaseTensor ids = new(TensorType.Int32, [.. sizes.Take(rank)]) { Range = (-1, segments - 1), IsConstant = random.Next(2) == 0 };
        return new(
            code, [tensor.Type == TensorType.Float32 ? random.AtTheEnds(tensor) : tensor, ids, CaseTensor.Integer(segments)], tensor with { Shape = [segments, .. sizes.Skip(rank)] });
    }

    private static OperatorCase Bitcast(Random random)
    {
        ImmutableArray<TensorType> types = [TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.UInt8];
        TensorType from = random.Pick(types), to = random.Pick(types);
        int[] sizes = random.NextSizes(random.Next(1, 4));
        int more = Math.Max(1, to.Bits() / from.Bits()), fewer = from.Bits() / to.Bits();
        return new(
            BuiltinOperator.Bitcast, [new(from, more > 1 ? [.. sizes, more] : Shape.Create(sizes))],
            new(to, fewer > 1 ? [.. sizes, fewer] : Shape.Create(sizes)));
    }
}
