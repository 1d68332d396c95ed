using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Tests.Kernels;

/// <summary>
/// A graph of unconnected operators, each with an input of its own: many cases for one set of programs. Input and output scales are 1, so that a
/// filter's scale is the factor between accumulator and output.
/// </summary>
internal sealed class KernelCases(TensorType type, int seed)
{
    private static readonly int[] BoundaryAccumulators =
    [
        int.MinValue, int.MinValue + 1, int.MaxValue, int.MaxValue - 1, 1 << 30, (1 << 30) - 1, -(1 << 30), -(1 << 30) - 1,
        0, 1, -1, 2, -2, 3, -3, 5, -5, 6, -6, 7, -7, 127, 128, 129, -127, -128, -129, 255, 256, 257, 383, 384, 385, -383, -384, -385,
        (1 << 24) + 1, -(1 << 24) - 1, 33554435, 99, -99, 12345, -12345, 30000001,
    ];

    private static readonly float[] Factors =
    [
        1, 0.5f, 0.25f, 0.125f, 1 / 64f, 1 / 256f, 1 / 1024f, 3 / 256f, 0.75f, 2, 1.5f, 17.3f, 1000, 0.3333333f, 0.0123f, 0.999999f, 1e-5f, 2e-7f, 1e-10f,
    ];

    private readonly Random random = new(seed);
    private readonly ImmutableArray<TensorInfo>.Builder tensors = ImmutableArray.CreateBuilder<TensorInfo>();
    private readonly ImmutableArray<Operator>.Builder operators = ImmutableArray.CreateBuilder<Operator>();
    private readonly Dictionary<string, TensorValue> inputs = [];

    public Graph Graph => new()
    {
        Path = "cases",
        Sha256 = "",
        Tensors = tensors.ToImmutable(),
        Operators = operators.ToImmutable(),
        Inputs = [.. operators.Select(op => op.Inputs[0])],
        Outputs = [.. operators.Select(op => op.Outputs[0])],
    };

    public TensorSet Inputs => new(inputs);

    private int Low => type == TensorType.UInt8 ? 0 : -128;

    public void AddConvolution()
    {
        int groups = random.Next(4) == 0 ? random.Next(2, 4) : 1;
        int depth = random.Next(1, groups > 1 ? 5 : 40), channels = random.Next(1, groups > 1 ? 8 : 80) * groups;
        (int height, int kernelHeight, int strideHeight, int dilationHeight) = Axis();
        (int width, int kernelWidth, int strideWidth, int dilationWidth) = Axis();
        Padding padding = (Padding)random.Next(2);
        int batches = random.Next(1, 3);
        int input = Input([batches, height, width, depth * groups]);
        int output = Output([batches, Size(height, kernelHeight, strideHeight, dilationHeight, padding), Size(width, kernelWidth, strideWidth, dilationWidth, padding), channels]);
        Add(
            BuiltinOperator.Conv2D, [input, Filter([channels, kernelHeight, kernelWidth, depth], channels, 0), Bias(channels)], output,
            new Conv2DOptions(padding, strideWidth, strideHeight, AnyActivation(), dilationWidth, dilationHeight));
    }

    public void AddDepthwise()
    {
        int multiplier = random.Next(3) == 0 ? random.Next(2, 4) : 1;
        int depth = random.Next(1, 40), channels = depth * multiplier;
        (int height, int kernelHeight, int strideHeight, int dilationHeight) = Axis();
        (int width, int kernelWidth, int strideWidth, int dilationWidth) = Axis();
        Padding padding = (Padding)random.Next(2);
        int batches = random.Next(1, 3);
        int input = Input([batches, height, width, depth]);
        int output = Output([batches, Size(height, kernelHeight, strideHeight, dilationHeight, padding), Size(width, kernelWidth, strideWidth, dilationWidth, padding), channels]);
        Add(
            BuiltinOperator.DepthwiseConv2D, [input, Filter([1, kernelHeight, kernelWidth, channels], channels, 3), Bias(channels)], output,
            new DepthwiseConv2DOptions(padding, strideWidth, strideHeight, multiplier, AnyActivation(), dilationWidth, dilationHeight));
    }

    public void AddFullyConnected()
    {
        int batches = random.Next(1, 5), depth = random.Next(1, 300), channels = random.Next(1, 100);
        Add(
            BuiltinOperator.FullyConnected, [Input([batches, depth]), Filter([channels, depth], channels, 0), Bias(channels)], Output([batches, channels]),
            new FullyConnectedOptions(AnyActivation()));
    }

    /// <summary>
    /// FULLY_CONNECTED whose input is its zero point throughout, so that the biases are the accumulators: every boundary, and every neighbourhood of a tie,
    /// with one factor.
    /// </summary>
    public void AddBoundaries(float factor)
    {
        int zeroPoint = random.Next(Low, Low + 256);
        ImmutableArray<int> accumulators = [.. BoundaryAccumulators.Concat(Enumerable.Range(0, 40).Select(_ => Tie(factor)))];
        int input = Tensor([1, 1], zeroPoint);
        inputs[TensorSet.InputKeyOf(new(input))] = new(type, [1, 1], new[] { (byte)zeroPoint });
        Add(
            BuiltinOperator.FullyConnected,
            [input, Constant(type, [accumulators.Length, 1], Codes(accumulators.Length), new([factor], [0], 0)), BiasOf(accumulators)],
            Output([1, accumulators.Length]), new FullyConnectedOptions());
    }

    public void AddBoundaries()
    {
        foreach (float factor in Factors)
            AddBoundaries(factor);
    }

    public void AddAveragePool()
    {
        (int height, int kernelHeight, int strideHeight, _) = Axis();
        (int width, int kernelWidth, int strideWidth, _) = Axis();
        Padding padding = (Padding)random.Next(2);
        int batches = random.Next(1, 3), channels = random.Next(1, 20);
        Add(
            BuiltinOperator.AveragePool2D, [Input([batches, height, width, channels])],
            Output([batches, Size(height, kernelHeight, strideHeight, 1, padding), Size(width, kernelWidth, strideWidth, 1, padding), channels]),
            new Pool2DOptions(padding, strideWidth, strideHeight, kernelWidth, kernelHeight, AnyActivation()));
    }

    public void AddSoftmax()
    {
        Shape shape = [random.Next(1, 9), random.Next(1, 1200)];
        float scale = (float)Math.Pow(2, random.NextDouble() * 10 - 8);
        int input = Input(shape, scale);
        int output = Tensor(shape, Low, 1 / 256f);
        Add(BuiltinOperator.Softmax, [input], output, new SoftmaxOptions(random.Next(2) == 0 ? 1 : 0.7f));
    }

    public void AddLogistic()
    {
        Shape shape = [random.Next(1, 100)];
        Add(BuiltinOperator.Logistic, [Input(shape, 1 / 32f)], Tensor(shape, Low, 1 / 256f), null);
    }

    public void AddReshape()
    {
        int a = random.Next(1, 9), b = random.Next(1, 9), c = random.Next(1, 9);
        Add(BuiltinOperator.Reshape, [Input([a, b, c])], Output([c, a * b]), new ReshapeOptions([c, a * b]));
    }

    /// <summary>A window that fits, padded or not.</summary>
    private (int Input, int Kernel, int Stride, int Dilation) Axis()
    {
        int kernel = random.Next(1, 5), dilation = random.Next(1, 3);
        int effective = (kernel - 1) * dilation + 1;
        return (effective + random.Next(0, 9), kernel, random.Next(1, 4), dilation);
    }

    private static int Size(int input, int kernel, int stride, int dilation, Padding padding) =>
        padding == Padding.Same ? (input + stride - 1) / stride : (input - (kernel - 1) * dilation - 1) / stride + 1;

    private Activation AnyActivation() => (Activation)random.Next(4);

    private byte[] Codes(int count)
    {
        byte[] codes = new byte[count];
        random.NextBytes(codes);
        if (random.Next(4) == 0)
            codes.AsSpan().Fill((byte)(Low + random.Next(2) * 255));
        return codes;
    }

    private int Input(Shape shape, float scale = 1)
    {
        int index = Tensor(shape, random.Next(Low, Low + 256), scale);
        inputs[TensorSet.InputKeyOf(new(index))] = new(type, shape, Codes(shape.Elements));
        return index;
    }

    private int Output(Shape shape) => Tensor(shape, random.Next(Low, Low + 256));

    private int Filter(Shape shape, int channels, int dimension)
    {
        bool isPerChannel = type == TensorType.Int8 && random.Next(2) == 0;
        int scales = isPerChannel ? channels : 1;
        int zeroPoint = type == TensorType.UInt8 ? random.Next(256) : 0;
        return Constant(type, shape, Codes(shape.Elements), new(
            [.. Enumerable.Range(0, scales).Select(_ => Factor())], [.. Enumerable.Repeat(zeroPoint, scales)], dimension));
    }

    private float Factor() => random.Next(3) switch
    {
        0 => Factors[random.Next(Factors.Length)],
        1 => MathF.Pow(2, -random.Next(16)),
        _ => (float)Math.Exp(-random.NextDouble() * 12),
    };

    private int Bias(int channels) => BiasOf([.. Enumerable.Range(0, channels).Select(_ => random.Next(5) switch
    {
        0 => BoundaryAccumulators[random.Next(BoundaryAccumulators.Length)],
        1 => (int)random.NextInt64(int.MinValue, 1L << 31),
        _ => random.Next(-20000, 20000),
    })]);

    /// <summary>An accumulator whose product with the factor lies at, just before or just after a half.</summary>
    private int Tie(float factor) =>
        (int)Math.Clamp(Math.Round((random.Next(-300, 300) + 0.5) / factor) + random.Next(-1, 2), int.MinValue, int.MaxValue);

    private int BiasOf(ImmutableArray<int> values) => Constant(TensorType.Int32, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), null);

    private int Tensor(Shape shape, int zeroPoint, float scale = 1) => AddTensor(new()
    {
        Index = new(tensors.Count),
        Name = $"t{tensors.Count}",
        Type = type,
        Shape = shape,
        Quantization = new([scale], [zeroPoint], 0),
    });

    private int Constant(TensorType of, Shape shape, byte[] data, Quantization? quantization) => AddTensor(new()
    {
        Index = new(tensors.Count),
        Name = $"c{tensors.Count}",
        Type = of,
        Shape = shape,
        Quantization = quantization,
        Data = data,
        IsConstant = true,
    });

    private int AddTensor(TensorInfo tensor)
    {
        tensors.Add(tensor);
        return tensor.Index.Value;
    }

    private void Add(BuiltinOperator code, int[] from, int to, OperatorOptions? options) => operators.Add(new()
    {
        Index = new(operators.Count),
        Code = code,
        Inputs = [.. from.Select(index => new TensorIndex(index))],
        Outputs = [new(to)],
        Options = options,
    });
}
