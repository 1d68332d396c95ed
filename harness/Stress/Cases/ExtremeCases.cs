using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

/// <summary>What models rarely have and kernels must bear: factors above 1 and below 2^-32, more groups, no bias, other ranks, no elements at all.</summary>
public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Extremes() => new()
    {
        ["CONV_2D extreme"] = random => WithExtremeFactor(random, Convolution(random, random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16))),
        ["DEPTHWISE_CONV_2D extreme"] = random => WithExtremeFactor(random, Depthwise(random, random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16))),
        ["FULLY_CONNECTED extreme"] = random => WithExtremeFactor(random, FullyConnected(random, random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16))),
        ["CONV_2D groups"] = GroupedConvolution,
        ["FULLY_CONNECTED ranks"] = RankedFullyConnected,
        ["ADD ranks"] = random => Ranked(random, BuiltinOperator.Add, random.Pick(TensorType.Float32, TensorType.Int8, TensorType.UInt8)),
        ["MUL ranks"] = random => Ranked(random, BuiltinOperator.Mul, random.Pick(TensorType.Float32, TensorType.Int8, TensorType.UInt8)),
    };

    private static OperatorCase Convolution(Random random, TensorType type) => Convolution(random, type, type == TensorType.UInt8 ? type : TensorType.Int8);

    private static OperatorCase Depthwise(Random random, TensorType type) => Depthwise(random, type, type == TensorType.UInt8 ? type : TensorType.Int8);

    private static OperatorCase FullyConnected(Random random, TensorType type) => FullyConnected(random, type, type == TensorType.UInt8 ? type : TensorType.Int8);

    /// <summary>The factor from sums to codes is between 1 and 128, or below 2^-28, where shifts leave the 31 bits of a word; the bias is as large as a sum may be.</summary>
    private static OperatorCase WithExtremeFactor(Random random, OperatorCase one)
    {
        CaseTensor filter = one.Inputs[1];
        float weight = filter.Channels?.Scales.Max() ?? filter.Scale;
        double factor = random.Next(2) == 0 ? Math.ScaleB(1 + random.NextDouble(), random.Next(7)) : Math.ScaleB(1 + random.NextDouble(), -random.Next(29, 40));
        OperatorCase extreme = one with { Output = one.Output with { Scale = (float)(one.Inputs[0].Scale * weight / factor) } };
        if (extreme.Inputs.Length < 3)
            return extreme;
        double range = factor > 1 ? 300 : extreme.Inputs[2].Type == TensorType.Int64 ? 1e12 : 2e9;
        return extreme with { Inputs = extreme.Inputs.SetItem(2, extreme.Inputs[2] with { Range = (-range, range) }) };
    }

    /// <summary>From two groups to one a channel; half of them without a bias.</summary>
    private static OperatorCase GroupedConvolution(Random random)
    {
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Float32);
        int groups = random.Pick(2, 3, 4, 8), each = random.Pick(1, 2, 3), outputs = groups * random.Pick(1, 2, 3);
        Padding padding = random.Next(2) == 0 ? Padding.Same : Padding.Valid;
        var height = random.NextWindow(padding);
        var width = random.NextWindow(padding);
        int depth = height.Kernel * width.Kernel * each;
        CaseTensor input = random.NextTensor(type, [random.Next(1, 3), height.In, width.In, groups * each]);
        CaseTensor filter = random.NextFilter(type, [outputs, height.Kernel, width.Kernel, each], 0);
        CaseTensor bias = Scaled(random.NextBias(type, outputs, depth, false), input, filter);
        return new(
            BuiltinOperator.Conv2D, random.Next(2) == 0 ? [input, filter] : [input, filter, bias],
            Result(random, input, filter, [input.Shape[0], height.Out, width.Out, outputs], depth),
            new Conv2DOptions(padding, width.Stride, height.Stride, random.NextActivation(), width.Dilation, height.Dilation)) { Version = 5 };
    }

    /// <summary>Inputs of one, three and four dimensions, which the output keeps or not.</summary>
    private static OperatorCase RankedFullyConnected(Random random)
    {
        OperatorCase flat = FullyConnected(random, random.Pick(TensorType.UInt8, TensorType.Int8));
        (int rows, int depth, int outputs) = (flat.Inputs[0].Shape[0], flat.Inputs[0].Shape[1], flat.Output.Shape[1]);
        Shape input = random.Next(3) switch
        {
            0 => [rows, 1, depth],
            1 => [1, rows, 1, depth],
            _ => [rows, depth],
        };
        bool keeps = random.Next(2) == 0;
        return flat with
        {
            Inputs = flat.Inputs.SetItem(0, flat.Inputs[0] with { Shape = input }),
            Output = flat.Output with { Shape = keeps ? [.. input.Take(input.Count - 1), outputs] : [rows, outputs] },
            Options = (FullyConnectedOptions)flat.Options! with { KeepNumDims = keeps },
        };
    }

    /// <summary>Broadcasts in five and six dimensions, two numbers without dimensions, and tensors without elements.</summary>
    private static OperatorCase Ranked(Random random, BuiltinOperator code, TensorType type)
    {
        int[] whole = random.Next(4) switch
        {
            0 => [],
            1 => [random.Next(1, 3), 0, random.Next(1, 4)],
            _ => random.NextSizes(random.Next(5, 7), 3),
        };
        OperatorCase one = type == TensorType.Float32 ? PlainNumbers(random, code, type) : code == BuiltinOperator.Add ? Sum(random, code, type) : Product(random, type);
        Shape part = random.Next(2) == 0 ? Shape.Create(whole) : [.. whole.Select(size => random.Next(2) == 0 ? 1 : size)];
        (Shape first, Shape second) = random.Next(2) == 0 ? (Shape.Create(whole), part) : (part, Shape.Create(whole));
        return one with
        {
            Inputs = [one.Inputs[0] with { Shape = first }, one.Inputs[1] with { Shape = second }],
            Output = one.Output with { Shape = Shape.Create(whole) },
        };
    }
}
