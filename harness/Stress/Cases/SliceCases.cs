using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    /// <summary>What adds to the ends of axes, and what takes from them.</summary>
    private static Dictionary<string, Func<Random, OperatorCase>> Slices() => new()
    {
        ["PAD"] = Pad,
        ["PADV2"] = PadV2,
        ["MIRROR_PAD"] = MirrorPad,
        ["SLICE"] = Slice,
        ["STRIDED_SLICE"] = StridedSlice,
    };

    private static (CaseTensor Input, CaseTensor Output, CaseTensor Paddings) NextPadded(Random random, TensorType type, int most, Func<int, int> limit)
    {
        int[] sizes = random.NextSizes(random.Next(1, most + 1));
        int[] paddings = [.. sizes.SelectMany(size => new[] { random.Next(2) * random.Next(limit(size) + 1), random.Next(2) * random.Next(limit(size) + 1) })];
        CaseTensor input = random.NextTensor(type, Shape.Create(sizes));
        return (input, input with { Shape = [.. sizes.Select((size, axis) => paddings[2 * axis] + size + paddings[2 * axis + 1])] },
            CaseTensor.Integers(paddings) with { Shape = [sizes.Length, 2] });
    }

    private static OperatorCase Pad(Random random)
    {
        (CaseTensor input, CaseTensor output, CaseTensor paddings) = NextPadded(random, random.Pick(Plain), 5, _ => 4);
        return new(BuiltinOperator.Pad, [input, paddings], output, new PadOptions());
    }

    private static OperatorCase PadV2(Random random)
    {
        (CaseTensor input, CaseTensor output, CaseTensor paddings) = NextPadded(random, random.Pick(Plain), 5, _ => 4);
        return new(BuiltinOperator.Padv2, [input, paddings, input with { Shape = random.Next(2) == 0 ? [] : [1], IsConstant = random.Next(3) > 0 }], output, new PadV2Options());
    }

    private static OperatorCase MirrorPad(Random random)
    {
        bool reflects = random.Next(2) == 0;
        (CaseTensor input, CaseTensor output, CaseTensor paddings) = NextPadded(random, random.Pick(Plain), 4, size => reflects ? size - 1 : size);
        return new(BuiltinOperator.MirrorPad, [input, paddings], output, new MirrorPadOptions(reflects ? MirrorPadMode.Reflect : MirrorPadMode.Symmetric));
    }

    private static OperatorCase Slice(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 6), 8);
        int[] begins = [.. sizes.Select(size => random.Next(2) * random.Next(size))];
        int[] counts = [.. sizes.Zip(begins, (size, begin) => random.Next(1, size - begin + 1))];
        CaseTensor input = random.NextTensor(random.Pick(Plain.Add(TensorType.Bool)), Shape.Create(sizes));
        int[] given = [.. counts.Select((count, axis) => count + begins[axis] == sizes[axis] && random.Next(2) == 0 ? -1 : count)];
        return new(BuiltinOperator.Slice, [input, CaseTensor.Integers(begins), CaseTensor.Integers(given)], input with { Shape = Shape.Create(counts) }, new SliceOptions());
    }

    /// <remarks>The shape is found by numpy's rule, entry by entry: the positions begin, begin + step, ... before end.</remarks>
    private static OperatorCase StridedSlice(Random random)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 8);
        List<int> begins = [], ends = [], steps = [], output = [];
        (int beginMask, int endMask, int ellipsisMask, int newAxisMask, int shrinkMask, bool wide) = (0, 0, 0, 0, 0, random.Next(2) == 0);
        // With ends that count from the begins, TFLite reads beyond the tensor where a step is negative or a mask is set, but for the one that drops axes.
        bool offset = random.Next(6) == 0;
        int ellipsis = random.Next(3) == 0 && !offset ? random.Next(sizes.Length) : -1;
        // Where numpy's ellipsis stands for no dimension, TFLite's takes one.
        int left = ellipsis < 0 ? 0 : random.Next(1, sizes.Length - ellipsis + 1);
        for (int axis = 0; axis < sizes.Length;)
        {
            int bit = 1 << begins.Count;
            if (axis == ellipsis && ellipsisMask == 0)
            {
                ellipsisMask = bit;
                (axis, _) = (axis + left, Add(random.Next(5), random.Next(5), 1));
                output.AddRange(sizes[ellipsis..axis]);
                continue;
            }
            if (newAxisMask == 0 && !offset && sizes.Length < 4 && random.Next(8) == 0)
            {
                newAxisMask = bit;
                Add(random.Next(5), random.Next(5), 1);
                output.Add(1);
                continue;
            }
            int size = sizes[axis++], step = random.Next(3) == 0 && !offset ? -random.Next(1, 4) : random.Next(1, 4);
            int begin = random.Next(offset ? 0 : -size, size), end = offset ? random.Next(1, size - begin + 1) : wide ? random.Next(-2 * size, 2 * size + 1) : random.Next(-size, size + 1);
            if (random.Next(4) == 0)
            {
                shrinkMask |= bit;
                Add(begin, offset ? 1 : begin + 1, 1);
                continue;
            }
            bool openBegin = random.Next(4) == 0 && !offset, openEnd = random.Next(3) == 0 && !offset;
            int Counted(int at) => at < 0 ? at + size : at;
            int first = openBegin ? (step > 0 ? 0 : size - 1) : Counted(begin);
            int last = openEnd ? (step > 0 ? size : -1) : offset ? Counted(begin + end) : Counted(end);
            int count = Enumerable.Range(0, size).Count(i => step > 0 ? i >= first && i < last && (i - first) % step == 0 : i <= first && i > last && (first - i) % step == 0);
            if (count == 0)
                (openBegin, openEnd, count) = (true, true, (size + Math.Abs(step) - 1) / Math.Abs(step));
            beginMask |= openBegin ? bit : 0;
            endMask |= openEnd ? bit : 0;
            Add(begin, end, step);
            output.Add(count);
        }
        CaseTensor input = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Bool), Shape.Create(sizes));
        return new(
            BuiltinOperator.StridedSlice, [input, CaseTensor.Integers([.. begins]), CaseTensor.Integers([.. ends]), CaseTensor.Integers([.. steps])],
            input with { Shape = Shape.Create([.. output]) }, new StridedSliceOptions(beginMask, endMask, ellipsisMask, newAxisMask, shrinkMask, offset))
        { Version = offset ? 8 : 4 };

        int Add(int begin, int end, int step)
        {
            begins.Add(begin);
            ends.Add(end);
            steps.Add(step);
            return begins.Count;
        }
    }
}
