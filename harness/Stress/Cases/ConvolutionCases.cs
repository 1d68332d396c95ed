using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Convolutions() => new()
    {
        ["CONV_2D uint8"] = random => Convolution(random, TensorType.UInt8, TensorType.UInt8),
        ["CONV_2D float32"] = random => Convolution(random, TensorType.Float32, TensorType.Float32),
        ["DEPTHWISE_CONV_2D float32"] = random => Depthwise(random, TensorType.Float32, TensorType.Float32),
        ["CONV_2D float32 int8"] = random => Hybrid(random, Convolution(random, TensorType.Float32, TensorType.Float32), TensorType.Int8, 0),
        ["CONV_2D float32 int4"] = random => Hybrid(random, Convolution(random, TensorType.Float32, TensorType.Float32), TensorType.Int4, 0),
        ["DEPTHWISE_CONV_2D float32 int8"] = random => Hybrid(random, Depthwise(random, TensorType.Float32, TensorType.Float32), TensorType.Int8, 3),
        ["FULLY_CONNECTED float32 int8"] = random => HybridFullyConnected(random, TensorType.Int8),
        ["FULLY_CONNECTED float32 int4"] = random => HybridFullyConnected(random, TensorType.Int4),
        ["TRANSPOSE_CONV float32 int8"] = random => HybridTransposeConvolution(random, TransposeConvolution(random, TensorType.Int8)),
        ["BATCH_MATMUL float32 int8"] = random => HybridBatchMatrix(random, BatchMatrix(random, TensorType.Int8)),
        ["FULLY_CONNECTED float32"] = random => FullyConnected(random, TensorType.Float32, TensorType.Float32),
        ["CONV_2D int8"] = random => Convolution(random, TensorType.Int8, TensorType.Int8),
        ["CONV_2D int8 huge"] = random => Huge(random, Convolution(random, TensorType.Int8, TensorType.Int8)),
        ["DEPTHWISE_CONV_2D int8 huge"] = random => Huge(random, Depthwise(random, TensorType.Int8, TensorType.Int8)),
        ["FULLY_CONNECTED int8 huge"] = random => Huge(random, FullyConnected(random, TensorType.Int8, TensorType.Int8)),
        ["CONV_2D int8 int4"] = random => Convolution(random, TensorType.Int8, TensorType.Int4),
        ["CONV_2D int16"] = random => Convolution(random, TensorType.Int16, TensorType.Int8),
        ["DEPTHWISE_CONV_2D uint8"] = random => Depthwise(random, TensorType.UInt8, TensorType.UInt8),
        ["DEPTHWISE_CONV_2D int8"] = random => Depthwise(random, TensorType.Int8, TensorType.Int8),
        ["DEPTHWISE_CONV_2D int8 int4"] = random => Depthwise(random, TensorType.Int8, TensorType.Int4),
        ["DEPTHWISE_CONV_2D int16"] = random => Depthwise(random, TensorType.Int16, TensorType.Int8),
        ["FULLY_CONNECTED uint8"] = random => FullyConnected(random, TensorType.UInt8, TensorType.UInt8),
        ["FULLY_CONNECTED int8"] = random => FullyConnected(random, TensorType.Int8, TensorType.Int8),
        ["FULLY_CONNECTED int8 int4"] = random => FullyConnected(random, TensorType.Int8, TensorType.Int4),
        ["FULLY_CONNECTED int16"] = random => FullyConnected(random, TensorType.Int16, TensorType.Int8),
        ["TRANSPOSE_CONV uint8"] = random => TransposeConvolution(random, TensorType.UInt8),
        ["TRANSPOSE_CONV int8"] = random => TransposeConvolution(random, TensorType.Int8),
        ["TRANSPOSE_CONV int16"] = random => TransposeConvolution(random, TensorType.Int16),
        ["TRANSPOSE_CONV float32"] = FloatTransposeConvolution,
        ["CONV_3D"] = Convolution3D,
        ["BATCH_MATMUL float32"] = FloatBatchMatrix,
        ["BATCH_MATMUL int8"] = random => BatchMatrix(random, TensorType.Int8),
        ["BATCH_MATMUL int16"] = random => BatchMatrix(random, TensorType.Int16),
        ["BATCH_MATMUL int16 int8"] = random => BatchMatrix(random, TensorType.Int16, TensorType.Int8),
    };

    /// <summary>A constant filter: int8 and int4 with a scale for each output channel, or one; uint8 with one and a zero point.</summary>
    private static CaseTensor NextFilter(this Random random, TensorType type, Shape shape, int axis)
    {
        if (type == TensorType.Float32)
            return new(type, shape) { IsConstant = true, Range = (-1, 1) };
        CaseTensor filter = new(type, shape, random.NextScale(), type == TensorType.UInt8 ? random.NextZeroPoint(type) : 0) { IsConstant = true };
        return type == TensorType.UInt8 || random.Next(3) == 0 || shape[axis] == 1 ? filter
            : filter with { Channels = ([.. Enumerable.Range(0, shape[axis]).Select(_ => random.NextScale())], axis) };
    }

    private static CaseTensor NextBias(this Random random, TensorType activations, int channels, int depth, bool isNarrow)
    {
        if (activations == TensorType.Float32)
            return new(activations, [channels]) { IsConstant = true, Range = (-3, 3) };
        double range = Math.Sqrt(depth) * (activations == TensorType.Int16 ? 30000 * 100 : 5000);
        return new CaseTensor(activations == TensorType.Int16 && !isNarrow ? TensorType.Int64 : TensorType.Int32, [channels]) { IsConstant = true, Range = (-range, range) };
    }

    /// <summary>The same with biases up to the ends of int32 and factors above 1: products beyond int32.</summary>
    private static OperatorCase Huge(Random random, OperatorCase codes) => codes.Inputs.Length < 3 ? codes : codes with
    {
        Inputs = codes.Inputs.SetItem(2, codes.Inputs[2] with { Range = (-2.1e9, 2.1e9) }),
        Output = codes.Output with { Scale = codes.Inputs[0].Scale * (codes.Inputs[1].Channels?.Scales.Max() ?? codes.Inputs[1].Scale) / random.Next(1, 100) },
    };

    /// <summary>An output scale with which few codes saturate.</summary>
    private static CaseTensor Result(Random random, CaseTensor input, CaseTensor filter, Shape shape, int depth)
    {
        if (input.Type == TensorType.Float32)
            return new(input.Type, shape);
        float weight = filter.Channels?.Scales.Max() ?? filter.Scale;
        double spread = Math.Sqrt(depth) * (input.Type == TensorType.Int16 ? 60 : 50);
        return new(input.Type, shape, (float)(input.Scale * weight * spread * random.NextScale(0.5, 4)), random.NextZeroPoint(input.Type));
    }

    /// <summary>The bias in its quantization, which TFLite checks where there is one scale.</summary>
    private static CaseTensor Scaled(CaseTensor bias, CaseTensor input, CaseTensor filter) => filter.Scale == 0 ? bias
        : filter.Channels is { } channels
        ? bias with { Channels = ([.. channels.Scales.Select(scale => scale * input.Scale)], 0) }
        : bias with { Scale = input.Scale * filter.Scale };

    private static (Padding Padding, int In, int Out, int Kernel, int Stride, int Dilation) NextWindow(this Random random, Padding padding)
    {
        (int kernel, int stride, int dilation) = (random.Next(1, 4), random.Next(1, 4), random.Next(4) == 0 ? 2 : 1);
        int effective = (kernel - 1) * dilation + 1;
        int size = random.Next(padding == Padding.Valid ? effective : 1, 12);
        return (padding, size, padding == Padding.Same ? (size + stride - 1) / stride : (size - effective) / stride + 1, kernel, stride, dilation);
    }

    private static OperatorCase Convolution(Random random, TensorType type, TensorType weights)
    {
        Padding padding = random.Next(2) == 0 ? Padding.Same : Padding.Valid;
        var height = random.NextWindow(padding);
        var width = random.NextWindow(padding);
        int channels = random.Pick(1, 3, 8, 16, 19), outputs = random.Pick(1, 3, 8, 17, 32);
        int groups = type != TensorType.Int16 && weights != TensorType.Int4 && random.Next(5) == 0 && channels % 2 == 0 && outputs % 2 == 0 ? 2 : 1;
        int depth = height.Kernel * width.Kernel * channels / groups;
        CaseTensor input = random.NextTensor(type, [random.Next(1, 3), height.In, width.In, channels]);
        CaseTensor filter = random.NextFilter(weights, [outputs, height.Kernel, width.Kernel, channels / groups], 0);
        bool isNarrow = type == TensorType.Int16 && random.Next(2) == 0;
        CaseTensor bias = Scaled(random.NextBias(type, outputs, depth, isNarrow), input, filter);
        return new(
            BuiltinOperator.Conv2D, [input, filter, bias], Result(random, input, filter, [input.Shape[0], height.Out, width.Out, outputs], depth),
            new Conv2DOptions(padding, width.Stride, height.Stride, random.NextActivation(), width.Dilation, height.Dilation, isNarrow ? TensorType.Int32 : TensorType.Float32))
        { Version = weights == TensorType.Int4 ? 7 : isNarrow ? 8 : 5 };
    }

    private static OperatorCase Convolution3D(Random random)
    {
        Padding padding = random.Next(2) == 0 ? Padding.Same : Padding.Valid;
        var depth = random.NextWindow(padding);
        var height = random.NextWindow(padding);
        var width = random.NextWindow(padding);
        (int batches, int channels, int outputs) = (random.Next(1, 3), random.Pick(1, 3, 8), random.Pick(1, 3, 8, 17));
        CaseTensor Floats(params Shape shape) => new(TensorType.Float32, shape) { Range = random.NextSpread() };
        CaseTensor filter = Floats(depth.Kernel, height.Kernel, width.Kernel, channels, outputs) with { IsConstant = random.Next(4) != 0 };
        ImmutableArray<CaseTensor> inputs = [Floats(batches, depth.In, height.In, width.In, channels), filter, Floats(outputs) with { IsConstant = true }];
        return new(
            BuiltinOperator.Conv3D, random.Next(3) == 0 ? inputs[..2] : inputs, new CaseTensor(TensorType.Float32, [batches, depth.Out, height.Out, width.Out, outputs]),
            new Conv3DOptions(padding, depth.Stride, width.Stride, height.Stride, random.NextActivation(), depth.Dilation, width.Dilation, height.Dilation));
    }

    private static OperatorCase Depthwise(Random random, TensorType type, TensorType weights)
    {
        Padding padding = random.Next(2) == 0 ? Padding.Same : Padding.Valid;
        var height = random.NextWindow(padding);
        var width = random.NextWindow(padding);
        int channels = random.Pick(1, 3, 8, 16, 19), multiplier = random.Pick(1, 1, 2, 3);
        int depth = height.Kernel * width.Kernel;
        CaseTensor input = random.NextTensor(type, [random.Next(1, 3), height.In, width.In, channels]);
        CaseTensor filter = random.NextFilter(weights, [1, height.Kernel, width.Kernel, channels * multiplier], 3);
        CaseTensor bias = Scaled(random.NextBias(type, channels * multiplier, depth, false), input, filter);
        return new(
            BuiltinOperator.DepthwiseConv2D, [input, filter, bias], Result(random, input, filter, [input.Shape[0], height.Out, width.Out, channels * multiplier], depth),
            new DepthwiseConv2DOptions(padding, width.Stride, height.Stride, multiplier, random.NextActivation(), width.Dilation, height.Dilation))
        { Version = weights == TensorType.Int4 ? 7 : 5 };
    }

    /// <summary>The same with a filter of codes: a scale a channel, one for all, or as many that are all the same.</summary>
    private static OperatorCase Hybrid(Random random, OperatorCase floats, TensorType weights, int axis)
    {
        CaseTensor filter = random.NextHybridFilter(weights, floats.Inputs[1].Shape, axis);
        bool needsAll = floats.Code == BuiltinOperator.DepthwiseConv2D || floats.Inputs[0].Shape.Last != filter.Shape.Last;
        if (filter.Channels is null && needsAll)
            filter = filter with { Channels = ([.. Enumerable.Repeat(filter.Scale, filter.Shape[axis])], axis) };
        bool isOlder = floats.Code == BuiltinOperator.Conv2D && floats.Inputs[0].Shape.Last == filter.Shape.Last;
        return floats with
        {
            Inputs = floats.Inputs.SetItem(0, random.NextNumbers(floats.Inputs[0].Shape)).SetItem(1, filter), Version = weights == TensorType.Int4 ? 7 : isOlder ? 5 : 6,
        };
    }

    /// <summary>Codes over their whole range, the lowest included, with a zero point of 0.</summary>
    private static CaseTensor NextHybridFilter(this Random random, TensorType type, Shape shape, int axis)
    {
        CaseTensor filter = new(type, shape, random.NextScale()) { IsConstant = true };
        return shape[axis] == 1 || random.Next(3) == 0 ? filter
            : filter with { Channels = ([.. random.Next(4) == 0 ? Enumerable.Repeat(filter.Scale, shape[axis]) : Enumerable.Range(0, shape[axis]).Select(_ => random.NextScale())], axis) };
    }

    /// <summary>Numbers of which rows are quantized: zeros, of one sign, small, tiny, huge; every second number a tie.</summary>
    private static CaseTensor NextNumbers(this Random random, Shape shape)
    {
        (double Low, double High) range = random.Next(12) switch
        {
            0 => (0, 0),
            1 => (0, 5),
            2 => (-3, -1),
            3 => (-1e-3, 2e-3),
            4 => (-1e-37, 1e-37),
            5 => (-1e30, 1e36),
            _ => (-127, 127),
        };
        return new(TensorType.Float32, shape) { Range = range, Grid = range.High - range.Low is < 300 and > 1 ? 0.5f : 0 };
    }

    private static OperatorCase HybridFullyConnected(Random random, TensorType weights)
    {
        (int rows, int depth, int outputs) = (random.Next(1, 8), random.Pick(1, 4, 8, 31, 46, 62, 64, 130), random.Pick(1, 3, 8, 16, 17, 32));
        CaseTensor filter = random.NextHybridFilter(weights, [outputs, depth], 0);
        CaseTensor bias = random.NextBias(TensorType.Float32, outputs, depth, false);
        ImmutableArray<CaseTensor> inputs = [random.NextNumbers([rows, depth]), filter];
        return new(
            BuiltinOperator.FullyConnected, random.Next(3) == 0 ? inputs : inputs.Add(bias), new CaseTensor(TensorType.Float32, [rows, outputs]),
            new FullyConnectedOptions(random.NextActivation(), AsymmetricQuantizeInputs: random.Next(2) == 0)) { Version = weights == TensorType.Int4 ? 10 : 9 };
    }

    private static OperatorCase HybridTransposeConvolution(Random random, OperatorCase codes)
    {
        CaseTensor filter = random.NextHybridFilter(TensorType.Int8, codes.Inputs[1].Shape, 0);
        ImmutableArray<CaseTensor> inputs = codes.Inputs.SetItem(1, filter).SetItem(2, random.NextNumbers(codes.Inputs[2].Shape));
        return codes with
        {
            Inputs = inputs.Length < 4 ? inputs : inputs.SetItem(3, random.NextBias(TensorType.Float32, filter.Shape[0], 1, false)),
            Output = new(TensorType.Float32, codes.Output.Shape),
        };
    }

    /// <summary>The right side is a constant, mostly: XNNPACK makes nothing of another.</summary>
    private static OperatorCase HybridBatchMatrix(Random random, OperatorCase codes)
    {
        // TFLite makes the sums of the right side's columns for two axes of batches, and reads what happens to lie there for three.
        BatchMatMulOptions options = (BatchMatMulOptions)codes.Options! with { AsymmetricQuantizeInputs = random.Next(2) == 0 && codes.Inputs[0].Shape.Count < 5 };
        Shape right = codes.Inputs[1].Shape;
        CaseTensor matrix = random.NextHybridFilter(TensorType.Int8, right, options.AdjY ? right.Count - 2 : right.Count - 1);
        return codes with
        {
            Inputs = [random.NextNumbers(codes.Inputs[0].Shape), matrix with { IsConstant = random.Next(4) != 0 }],
            Output = new(TensorType.Float32, codes.Output.Shape),
            Options = options,
        };
    }

    private static OperatorCase FullyConnected(Random random, TensorType type, TensorType weights)
    {
        (int rows, int depth, int outputs) = (random.Next(1, 8), random.Pick(1, 4, 16, 31, 64, 130), random.Pick(1, 3, 8, 17, 32));
        CaseTensor input = random.NextTensor(type, [rows, depth]);
        CaseTensor filter = random.NextFilter(weights, [outputs, depth], 0);
        bool isNarrow = type == TensorType.Int16 && random.Next(3) == 0;
        CaseTensor bias = Scaled(random.NextBias(type, outputs, depth, isNarrow), input, filter);
        ImmutableArray<CaseTensor> inputs = random.Next(3) == 0 ? [input, filter] : [input, filter, bias];
        return new(
            BuiltinOperator.FullyConnected, inputs, Result(random, input, filter, [rows, outputs], depth),
            new FullyConnectedOptions(random.NextActivation()) { QuantizedBiasType = isNarrow && inputs.Length == 3 ? TensorType.Int32 : TensorType.Float32 })
        { Version = weights == TensorType.Int4 ? 10 : isNarrow ? 11 : 7 };
    }

    private static OperatorCase TransposeConvolution(Random random, TensorType type)
    {
        Padding padding = random.Next(2) == 0 ? Padding.Same : Padding.Valid;
        (int height, int width, int channels, int outputs) = (random.Next(1, 6), random.Next(1, 6), random.Pick(1, 3, 8, 16), random.Pick(1, 3, 8, 17));
        (int kernelHeight, int kernelWidth, int strideHeight, int strideWidth) = (random.Next(1, 5), random.Next(1, 5), random.Next(1, 4), random.Next(1, 4));
        int depth = kernelHeight * kernelWidth * channels / (strideHeight * strideWidth) + 1;
        CaseTensor input = random.NextCodes(type, [random.Next(1, 3), height, width, channels]);
        CaseTensor filter = random.NextFilter(type == TensorType.UInt8 ? type : TensorType.Int8, [outputs, kernelHeight, kernelWidth, channels], 0);
        CaseTensor bias = Scaled(random.NextBias(type, outputs, depth, false), input, filter);
        int Size(int size, int kernel, int stride) => padding == Padding.Same ? size * stride - random.Next(stride) : (size - 1) * stride + kernel + random.Next(stride);
        Shape output = [input.Shape[0], Size(height, kernelHeight, strideHeight), Size(width, kernelWidth, strideWidth), outputs];
        ImmutableArray<CaseTensor> inputs = [CaseTensor.Integers([.. output]), filter, input, bias];
        inputs = random.Next(4) == 0 ? inputs[..3] : inputs;
        CaseTensor result = Result(random, input, filter, output, depth);
        Activation activation = random.NextActivation();
        return new(BuiltinOperator.TransposeConv, inputs, result, new TransposeConvOptions(padding, strideWidth, strideHeight, activation)) { Version = activation == Activation.None ? 3 : 4 };
    }

    /// <summary>The case of codes, as plain numbers.</summary>
    private static OperatorCase FloatTransposeConvolution(Random random)
    {
        OperatorCase codes = TransposeConvolution(random, TensorType.Int8);
        return codes with
        {
            Inputs = [codes.Inputs[0], .. codes.Inputs.Skip(1).Select(input => new CaseTensor(TensorType.Float32, input.Shape) { Range = random.NextSpread(), IsConstant = input.IsConstant })],
            Output = new(TensorType.Float32, codes.Output.Shape),
            Version = 1 + (codes.Options is TransposeConvOptions { Activation: not Activation.None } ? 3 : codes.Inputs.Length > 3 ? 2 : 0),
        };
    }

    private static OperatorCase FloatBatchMatrix(Random random)
    {
        OperatorCase codes = BatchMatrix(random, TensorType.Int8);
        return codes with
        {
            Inputs = [.. codes.Inputs.Select(input => new CaseTensor(TensorType.Float32, input.Shape) { Range = random.NextSpread(), IsConstant = input.IsConstant })],
            Output = new(TensorType.Float32, codes.Output.Shape),
            Version = 1,
        };
    }

    /// <summary>Numbers of some size; at times large, at times so small that products vanish.</summary>
    private static (double, double)? NextSpread(this Random random) => random.Next(8) switch
    {
        0 => (-1e17, 1e17),
        1 => (-1e-22, 1e-22),
        2 => null,
        _ => (-1, 1),
    };

    private static OperatorCase BatchMatrix(Random random, TensorType type) => BatchMatrix(random, type, type);

    private static OperatorCase BatchMatrix(Random random, TensorType type, TensorType rightType)
    {
        (int rows, int depth, int columns) = (random.Pick(1, 3, 8, 17), random.Pick(1, 4, 16, 31), random.Pick(1, 3, 8, 17));
        int[] batches = random.NextSizes(random.Next(0, 4), 3);
        int[] left = [.. batches.Select(size => random.Next(4) == 0 ? 1 : size)], right = [.. batches.Zip(left, (size, other) => other == size && random.Next(4) == 0 ? 1 : size)];
        (bool adjX, bool adjY) = (random.Next(2) == 0, random.Next(2) == 0);
        CaseTensor a = random.NextCodes(type, [.. left, adjX ? depth : rows, adjX ? rows : depth]);
        CaseTensor b = random.NextCodes(rightType, [.. right, adjY ? columns : depth, adjY ? depth : columns]) with { IsConstant = random.Next(2) == 0 };
        if (random.Next(2) == 0 || rightType != type)
            b = b with { ZeroPoint = 0 };
        if (random.Next(8) == 0 && columns > 1)
            b = b with { Scale = 0, ZeroPoint = 0, Channels = ([.. Enumerable.Range(0, columns).Select(_ => random.NextScale())], adjY ? b.Shape.Count - 2 : b.Shape.Count - 1) };
        return new(
            BuiltinOperator.BatchMatmul, [a, b], Result(random, a, b, [.. batches, rows, columns], depth) with { Type = type }, new BatchMatMulOptions(adjX, adjY))
        { Version = 4 };
    }
}
