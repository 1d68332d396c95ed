using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Tests.Model;

/// <summary>Models small enough to be damaged thousands of times in a test.</summary>
internal static class SmallModels
{
    /// <summary>MobileNet's operators, one each: convolution, depthwise, pool, reshape, fully connected, softmax, in uint8 or int8.</summary>
    public static Graph Network(TensorType type = TensorType.UInt8)
    {
        Random random = new(1);
        int zero = type == TensorType.UInt8 ? 128 : 0;
        ImmutableArray<TensorInfo> tensors =
        [
            Activation(0, "input", [1, 8, 8, 3], 1 / 128f),
            Weights(1, "convolution/weights", [4, 3, 3, 3], 0),
            Bias(2, "convolution/bias", 4),
            Activation(3, "convolution", [1, 4, 4, 4], 0.05f),
            Weights(4, "depthwise/weights", [1, 3, 3, 4], 3),
            Bias(5, "depthwise/bias", 4),
            Activation(6, "depthwise", [1, 4, 4, 4], 0.04f),
            Activation(7, "pool", [1, 1, 1, 4], 0.04f),
            Constant(8, "reshape/shape", TensorType.Int32, [2], MemoryMarshal.AsBytes<int>([1, 4])),
            Activation(9, "reshape", [1, 4], 0.04f),
            Weights(10, "dense/weights", [3, 4], 0),
            Bias(11, "dense/bias", 3),
            Activation(12, "dense", [1, 3], 0.1f),
            Activation(13, "softmax", [1, 3], 1 / 256f) with
            {
                Quantization = new Quantization([1 / 256f], [type == TensorType.UInt8 ? 0 : -128], 0),
            },
        ];
        ImmutableArray<Operator> operators =
        [
            Layer(0, BuiltinOperator.Conv2D, [0, 1, 2], 3, new Conv2DOptions(Padding.Same, 2, 2, OffByN.Model.Activation.Relu6)),
            Layer(1, BuiltinOperator.DepthwiseConv2D, [3, 4, 5], 6, new DepthwiseConv2DOptions(Padding.Same, 1, 1, 1, OffByN.Model.Activation.Relu)),
            Layer(2, BuiltinOperator.AveragePool2D, [6], 7, new Pool2DOptions(Padding.Valid, 4, 4, 4, 4)),
            Layer(3, BuiltinOperator.Reshape, [7, 8], 9, new ReshapeOptions([1, 4])),
            Layer(4, BuiltinOperator.FullyConnected, [9, 10, 11], 12, new FullyConnectedOptions()),
            Layer(5, BuiltinOperator.Softmax, [12], 13, new SoftmaxOptions(1)),
        ];
        return new Graph
        {
            Path = "network",
            Sha256 = "",
            Tensors = tensors,
            Operators = operators,
            Inputs = [new TensorIndex(0)],
            Outputs = [new TensorIndex(13)],
            Description = "made by hand",
        };

        TensorInfo Activation(int index, string name, Shape shape, float scale) => new()
        {
            Index = new TensorIndex(index),
            Name = name,
            Type = type,
            Shape = shape,
            Quantization = new Quantization([scale], [zero], 0),
        };

        // int8 convolutions are quantized per channel, uint8 ones per tensor, as converters do.
        TensorInfo Weights(int index, string name, Shape shape, int dimension)
        {
            byte[] codes = new byte[shape.Elements];
            random.NextBytes(codes);
            bool perChannel = type == TensorType.Int8 && shape.Count == 4;
            int channels = perChannel ? shape[dimension] : 1;
            return Constant(index, name, type, shape, codes) with
            {
                Quantization = new Quantization(
                    [.. Enumerable.Range(1, channels).Select(channel => 0.001f * channel)],
                    [.. Enumerable.Repeat(zero, channels)],
                    perChannel ? dimension : 0),
            };
        }

        TensorInfo Bias(int index, string name, int channels) =>
            Constant(index, name, TensorType.Int32, [channels], MemoryMarshal.AsBytes<int>([.. Enumerable.Range(0, channels).Select(_ => random.Next(-999, 999))]));
    }

    /// <summary>Every kind of tensor reference that the schema has: a custom operator, an absent input, a variable, int4 weights.</summary>
    public static Graph Oddities() => new()
    {
        Path = "oddities",
        Sha256 = "",
        Tensors =
        [
            new TensorInfo { Index = new TensorIndex(0), Name = "input", Type = TensorType.Float32, Shape = [2, 3] },
            Constant(1, "codes", TensorType.Int4, [5], [0xF8, 0x07, 0x00, 0xFF, 0x01]) with { Quantization = new Quantization([0.5f], [-3], 0) },
            new TensorInfo { Index = new TensorIndex(2), Name = "state", Type = TensorType.Int16, Shape = [4], IsVariable = true },
            new TensorInfo { Index = new TensorIndex(3), Name = "output", Type = TensorType.Float32, Shape = [] },
            new TensorInfo { Index = new TensorIndex(4), Name = "second output", Type = TensorType.Float32, Shape = [0, 7] },
        ],
        Operators =
        [
            new Operator
            {
                Index = new LayerIndex(0),
                Code = BuiltinOperator.Custom,
                CustomCode = "Ours",
                Version = 3,
                Inputs = [new TensorIndex(0), TensorIndex.None, new TensorIndex(1), new TensorIndex(2)],
                Outputs = [new TensorIndex(3), new TensorIndex(4)],
                Intermediates = [new TensorIndex(2)],
                CustomOptions = new byte[] { 1, 2, 3 },
            },
        ],
        Inputs = [new TensorIndex(0)],
        Outputs = [new TensorIndex(3)],
    };

    private static TensorInfo Constant(int index, string name, TensorType type, Shape shape, ReadOnlySpan<byte> bytes) => new()
    {
        Index = new TensorIndex(index),
        Name = name,
        Type = type,
        Shape = shape,
        Data = bytes.ToArray(),
        IsConstant = true,
    };

    private static Operator Layer(int index, BuiltinOperator code, int[] inputs, int output, OperatorOptions options) => new()
    {
        Index = new LayerIndex(index),
        Code = code,
        Inputs = [.. inputs.Select(input => new TensorIndex(input))],
        Outputs = [new TensorIndex(output)],
        Options = options,
    };
}
