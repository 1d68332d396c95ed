using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Sparse() => new() { ["DENSIFY"] = Densify };

    private static OperatorCase Densify(Random random)
    {
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Float16, TensorType.Int8), [.. random.NextSizes(random.Next(1, 5)).Select(size => size * random.Next(1, 4))]);
        if (tensor.Type == TensorType.Int8)
            tensor = random.NextCodes(tensor.Type, tensor.Shape);
        return new(BuiltinOperator.Densify, [random.Sparse(tensor)], tensor);
    }

    /// <summary>A tensor of which few elements are stored, in levels of any order and kind; some of those that are stored are 0.</summary>
    private static CaseTensor Sparse(this Random random, CaseTensor tensor)
    {
        (Shape shape, int rank, int width) = (tensor.Shape, tensor.Shape.Count, tensor.Type.Bits() / 8);
        ImmutableArray<int> blockMap = [.. Enumerable.Range(0, rank).Where(axis => shape[axis] > 1 && random.Next(3) == 0).Take(2)];
        int[] blocks = [.. blockMap.Select(axis => Enumerable.Range(2, shape[axis] - 1).First(size => shape[axis] % size == 0))];
        int[] inner = [.. Enumerable.Range(rank, blocks.Length)], outer = [.. Enumerable.Range(0, rank)];
        random.Shuffle(outer);
        random.Shuffle(inner);
        ImmutableArray<int> order = [.. outer, .. inner];
        bool[] isCompressed = [.. order.Select(walked => walked < rank && random.Next(2) == 0)];
        HashSet<int> chosen = [random.Next(shape.Elements), .. Enumerable.Range(0, shape.Elements).Where(_ => random.Next(3) == 0)];
        byte[] dense = tensor.Values(random);
        ImmutableArray<(int Element, ImmutableArray<int> Positions)> elements = [.. Enumerable.Range(0, shape.Elements).Select(element => (element, PositionsOf(element)))];
        List<int>[] segments = [.. order.Select(_ => new List<int> { 0 })], indices = [.. order.Select(_ => new List<int>())];
        List<byte> stored = [];
        Walk(0, elements);
        return tensor with
        {
            IsConstant = true, Value = [.. stored],
            Sparsity = new(order, blockMap, [.. order.Select((walked, level) => isCompressed[level] ? new SparseLevel(null, [.. segments[level]], [.. indices[level]]) : new(SizeOf(walked), [], []))]),
        };

        int SizeOf(int walked) => walked >= rank ? blocks[walked - rank] : blockMap.IndexOf(walked) is >= 0 and int block ? shape[walked] / blocks[block] : shape[walked];

        ImmutableArray<int> PositionsOf(int element)
        {
            int[] coordinates = new int[rank];
            for (int axis = rank - 1; axis >= 0; axis--)
                (element, coordinates[axis]) = Math.DivRem(element, shape[axis]);
            return [.. order.Select(walked => walked >= rank ? coordinates[blockMap[walked - rank]] % blocks[walked - rank]
                : blockMap.IndexOf(walked) is >= 0 and int block ? coordinates[walked] / blocks[block] : coordinates[walked])];
        }

        void Walk(int level, ImmutableArray<(int Element, ImmutableArray<int> Positions)> within)
        {
            if (level == order.Length)
            {
                int element = within.Single().Element;
                stored.AddRange(chosen.Contains(element) ? dense.AsSpan(element * width, width) : new byte[width]);
                return;
            }
            for (int position = 0; position < SizeOf(order[level]); position++)
            {
                ImmutableArray<(int Element, ImmutableArray<int> Positions)> under = [.. within.Where(entry => entry.Positions[level] == position)];
                if (isCompressed[level] && !under.Any(entry => chosen.Contains(entry.Element)))
                    continue;
                if (isCompressed[level])
                    indices[level].Add(position);
                Walk(level + 1, under);
            }
            if (isCompressed[level])
                segments[level].Add(indices[level].Count);
        }
    }
}
