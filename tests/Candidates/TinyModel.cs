using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;

namespace OffByN.Tests.Candidates;

/// <summary><c>examples/command/tiny.tflite</c>: PAD, CONV_2D 3x3 with RELU, MAX_POOL_2D and CONV_2D 1x1 in int8, with weights and biases from a seed.</summary>
internal static class TinyModel
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "examples", "command");

    public static string File { get; } = Path.Combine(Folder, "tiny.tflite");

    public static byte[] Write()
    {
        SplitMix64 random = new(188);
        Quantization image = new([0.02f], [-3], 0), first = new([0.05f], [-128], 0);
        ImmutableArray<TensorInfo> tensors =
        [
            Tensor(0, "input", TensorType.Int8, [1, 8, 8, 3], image),
            Tensor(1, "paddings", TensorType.Int32, [4, 2], null, MemoryMarshal.AsBytes<int>([0, 0, 1, 1, 1, 1, 0, 0]).ToArray()),
            Tensor(2, "first/weights", TensorType.Int8, [8, 3, 3, 3], new([0.005f], [0], 0), Weights(8 * 27, ref random)),
            Tensor(3, "first/bias", TensorType.Int32, [8], new([0.02f * 0.005f], [0], 0), Biases(8, ref random)),
            Tensor(4, "padded", TensorType.Int8, [1, 10, 10, 3], image),
            Tensor(5, "first", TensorType.Int8, [1, 8, 8, 8], first),
            Tensor(6, "last/weights", TensorType.Int8, [4, 1, 1, 8], new([0.004f], [0], 0), Weights(4 * 8, ref random)),
            Tensor(7, "last/bias", TensorType.Int32, [4], new([0.05f * 0.004f], [0], 0), Biases(4, ref random)),
            Tensor(8, "pooled", TensorType.Int8, [1, 4, 4, 8], first),
            Tensor(9, "last", TensorType.Int8, [1, 4, 4, 4], new([0.08f], [5], 0)),
        ];
        return ModelWriter.Write(new Graph
        {
            Path = "tiny.tflite",
            Sha256 = "",
            Tensors = tensors,
            Operators =
            [
                Layer(0, BuiltinOperator.Pad, [0, 1], 4, new PadOptions()),
                Layer(1, BuiltinOperator.Conv2D, [4, 2, 3], 5, new Conv2DOptions(Padding.Valid, 1, 1, Activation.Relu)),
                Layer(2, BuiltinOperator.MaxPool2D, [5], 8, new Pool2DOptions(Padding.Valid, 2, 2, 2, 2)),
                Layer(3, BuiltinOperator.Conv2D, [8, 6, 7], 9, new Conv2DOptions(Padding.Valid, 1, 1, Activation.None)),
            ],
            Inputs = [new TensorIndex(0)],
            Outputs = [new TensorIndex(9)],
            Description = "generated",
        });
    }

    private static byte[] Weights(int count, ref SplitMix64 random)
    {
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++)
            codes[i] = (byte)(sbyte)((int)(random.Next() % 255) - 127);
        return codes;
    }

    private static byte[] Biases(int count, ref SplitMix64 random)
    {
        int[] biases = new int[count];
        for (int i = 0; i < count; i++)
            biases[i] = (int)(random.Next() % 20_001) - 10_000;
        return MemoryMarshal.AsBytes(biases.AsSpan()).ToArray();
    }

    private static TensorInfo Tensor(int index, string name, TensorType type, Shape shape, Quantization? quantization, byte[]? data = null) => new()
    {
        Index = new TensorIndex(index),
        Name = name,
        Type = type,
        Shape = shape,
        Quantization = quantization,
        Data = data,
        IsConstant = data is not null,
    };

    private static Operator Layer(int index, BuiltinOperator code, int[] inputs, int output, OperatorOptions options) => new()
    {
        Index = new LayerIndex(index),
        Code = code,
        Version = code == BuiltinOperator.Conv2D ? 3 : 2,
        Inputs = [.. inputs.Select(input => new TensorIndex(input))],
        Outputs = [new TensorIndex(output)],
        Options = options,
    };
}
