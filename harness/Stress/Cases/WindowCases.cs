using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

/// <summary>Pools, reductions, arguments of extrema, resizing.</summary>
public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Windows() => new()
    {
        ["MAX_POOL_2D"] = random => Pool(random, BuiltinOperator.MaxPool2D, random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Float32)),
        ["AVERAGE_POOL_2D"] = random => Pool(random, BuiltinOperator.AveragePool2D, random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16)),
        ["MEAN uint8"] = random => Reduction(random, BuiltinOperator.Mean, TensorType.UInt8),
        ["MEAN int8"] = random => Reduction(random, BuiltinOperator.Mean, TensorType.Int8),
        ["MEAN int16"] = random => Reduction(random, BuiltinOperator.Mean, TensorType.Int16),
        ["SUM uint8"] = random => Reduction(random, BuiltinOperator.Sum, TensorType.UInt8),
        ["SUM int8"] = random => Reduction(random, BuiltinOperator.Sum, TensorType.Int8),
        ["MEAN integers"] = random => Reduction(random, BuiltinOperator.Mean, random.Pick(TensorType.Int32, TensorType.Int64)),
        ["SUM integers"] = random => Reduction(random, BuiltinOperator.Sum, random.Pick(TensorType.Int32, TensorType.Int64)),
        ["REDUCE_MAX"] = random => Extremum(random, BuiltinOperator.ReduceMax),
        ["REDUCE_MIN"] = random => Extremum(random, BuiltinOperator.ReduceMin),
        ["AVERAGE_POOL_2D float32"] = random => Pool(random, BuiltinOperator.AveragePool2D, TensorType.Float32),
        ["L2_POOL_2D"] = random => Pool(random, BuiltinOperator.L2Pool2D, TensorType.Float32),
        ["MEAN float32"] = random => Reduction(random, BuiltinOperator.Mean, TensorType.Float32),
        ["SUM float32"] = random => Reduction(random, BuiltinOperator.Sum, TensorType.Float32),
        ["RESIZE_BILINEAR float32"] = random => Resized(random, isBilinear: true, TensorType.Float32),
        ["REDUCE_PROD"] = random => Reduction(random, BuiltinOperator.ReduceProd, random.Pick(TensorType.Int8, TensorType.Int16, TensorType.Int32)),
        ["ARG_MAX"] = random => ArgExtremum(random, BuiltinOperator.ArgMax),
        ["ARG_MIN"] = random => ArgExtremum(random, BuiltinOperator.ArgMin),
        ["RESIZE_BILINEAR uint8"] = random => Resized(random, isBilinear: true, TensorType.UInt8),
        ["RESIZE_BILINEAR int8"] = random => Resized(random, isBilinear: true, TensorType.Int8),
        ["RESIZE_BILINEAR int16"] = random => Resized(random, isBilinear: true, TensorType.Int16),
        ["RESIZE_NEAREST_NEIGHBOR"] = random => Resized(random, isBilinear: false, random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int16)),
    };

    private static OperatorCase Pool(Random random, BuiltinOperator code, TensorType type)
    {
        (int height, int width) = (random.Next(1, 12), random.Next(1, 12));
        Padding padding = random.Next(2) == 0 ? Padding.Same : Padding.Valid;
        (int filterHeight, int filterWidth) = (random.Next(1, padding == Padding.Same ? 6 : height + 1), random.Next(1, padding == Padding.Same ? 6 : width + 1));
        (int strideHeight, int strideWidth) = (random.Next(1, 4), random.Next(1, 4));
        (int batches, int channels) = (random.Next(1, 3), random.Pick(1, 2, 3, 7, 8, 16, 17, 33));
        CaseTensor input = random.NextTensor(type, [batches, height, width, channels]);
        int Output(int size, int filter, int stride) => padding == Padding.Same ? (size + stride - 1) / stride : (size - filter) / stride + 1;
        return new(
            code, [input], input with { Shape = [batches, Output(height, filterHeight, strideHeight), Output(width, filterWidth, strideWidth), channels] },
            new Pool2DOptions(padding, strideWidth, strideHeight, filterWidth, filterHeight, random.NextActivation()));
    }

    private static OperatorCase Reduction(Random random, BuiltinOperator code, TensorType type)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 9);
        int[] axes = [.. Enumerable.Range(0, sizes.Length).Where(_ => random.Next(2) == 0)];
        bool keeps = random.Next(2) == 0;
        if (axes.Length == 0)
            axes = [random.Next(sizes.Length)];
        if (random.Next(3) == 0)
        {
            // What optimized kernels single out.
            sizes = [random.Next(1, 3), random.Next(1, 9), random.Next(1, 9), random.Next(1, 70)];
            (axes, keeps) = (type == TensorType.Float32 && random.Next(2) == 0 ? [3] : random.Next(2) == 0 ? [1, 2] : [2, 1], random.Next(4) > 0);
        }
        int count = axes.Aggregate(1, (product, axis) => product * sizes[axis]);
        CaseTensor input = random.NextTensor(type, Shape.Create(sizes));
        CaseTensor output = input with { Shape = keeps ? [.. sizes.Select((size, axis) => axes.Contains(axis) ? 1 : size)] : [.. sizes.Where((_, axis) => !axes.Contains(axis))] };
        if (code is BuiltinOperator.Mean or BuiltinOperator.Sum or BuiltinOperator.ReduceProd && type.CodeRange() is not null)
        {
            output = output with { ZeroPoint = random.NextZeroPoint(type), Scale = random.Next(4) == 0 ? input.Scale : input.Scale * random.NextScale(0.2, 5) };
            if (code == BuiltinOperator.Sum)
                output = output with { Scale = output.Scale * count };
            if (code == BuiltinOperator.ReduceProd)
                output = output with { Scale = (float)Math.Max(1e-20, Math.Pow(input.Scale * 40, Math.Min(count, 8)) * random.NextScale(0.01, 1)) };
        }
        if (type == TensorType.Int32 && code == BuiltinOperator.ReduceProd)
            input = input with { Range = (-3, 3) };
        int[] written = [.. axes.Select(axis => random.Next(4) == 0 && !(sizes.Length == 4 && axes.Length == 2) ? axis - sizes.Length : axis)];
        return new(code, [input, CaseTensor.Integers(written)], output, new ReducerOptions(keeps)) { Version = code == BuiltinOperator.ReduceProd && type != TensorType.Int32 ? 2 : 1 };
    }

    private static OperatorCase Resized(Random random, bool isBilinear, TensorType type)
    {
        (int height, int width, int channels) = (random.Next(1, 12), random.Next(1, 12), random.Pick(1, 3, 4, 7, 8, 16, 17));
        (int newHeight, int newWidth) = (random.Next(1, 30), random.Next(1, 30));
        if (random.Next(3) == 0)
        {
            int factor = random.Pick(2, 3, 4, 8);
            (newHeight, newWidth) = (factor * height, factor * width);
        }
        CaseTensor input = random.NextTensor(type, [random.Next(1, 3), height, width, channels]);
        CaseTensor output = input with { Shape = [input.Shape[0], newHeight, newWidth, channels] };
        (bool align, bool half) = random.Pick(0, 1, 2) switch { 0 => (true, false), 1 => (false, true), _ => (false, false) };
        CaseTensor size = CaseTensor.Integers(newHeight, newWidth);
        return isBilinear
            ? new(BuiltinOperator.ResizeBilinear, [input, size], output, new ResizeBilinearOptions(align, half)) { Version = 3 }
            : new(BuiltinOperator.ResizeNearestNeighbor, [input, size], output, new ResizeNearestNeighborOptions(align, half)) { Version = 3 };
    }

    private static OperatorCase Extremum(Random random, BuiltinOperator code) => Reduction(
        random, code, random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Float32));

    private static OperatorCase ArgExtremum(Random random, BuiltinOperator code)
    {
        int[] sizes = random.NextSizes(random.Next(1, 5), 9);
        int axis = random.NextAxis(sizes.Length, out int written);
        TensorType type = random.Pick(TensorType.Int32, TensorType.Int64);
        CaseTensor input = random.NextTensor(random.Pick(TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32), Shape.Create(sizes));
        CaseTensor output = new(type, [.. sizes.Where((_, at) => at != axis)]);
        return new(code, [input, CaseTensor.Integer(written)], output, code == BuiltinOperator.ArgMax ? new ArgMaxOptions(type) : new ArgMinOptions(type));
    }

    private static int Pick(this Random random, params ReadOnlySpan<int> numbers) => numbers[random.Next(numbers.Length)];
}
