using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference;

namespace OffByN.Harness.Demo;

/// <summary>How large the generated MobileNet V1 is.</summary>
/// <param name="Resolution">Height and width of the input, a multiple of 32.</param>
/// <param name="Channels">Channels of the first layer, a multiple of 8: 32 is the original's width 1.0.</param>
/// <param name="Classes">Outputs of the classifier.</param>
/// <param name="Seed">Of the weights.</param>
public sealed record DemoShape(int Resolution = 128, int Channels = 16, int Classes = 1001, ulong Seed = 188);

/// <summary>
/// A quantized network in the shape of MobileNet V1 (uint8), made without anybody's model file: weights from a seed, scales and biases from running each layer on
/// random input. No layer saturates, and in every channel at least one accumulator lies on a rounding tie. Integer arithmetic and IEEE doubles alone,
/// so every machine gets the same bytes.
/// </summary>
public sealed class DemoModel
{
    private const float ReluScale = 6f / 255;

    /// <summary>Output channels of the thirteen pairs of layers, in multiples of the first layer's, and the stride of the depthwise one.</summary>
    private static readonly ImmutableArray<(int Width, int Stride)> Blocks =
        [(2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), (16, 1), (16, 1), (16, 1), (16, 1), (16, 1), (32, 2), (32, 1)];

    private readonly List<TensorInfo> tensors = [];
    private readonly List<Operator> operators = [];
    private readonly DemoShape shape;
    private SplitMix64 random;
    private TensorInfo current;
    private ReadOnlyMemory<byte> value;

    private DemoModel(DemoShape shape)
    {
        this.shape = shape;
        random = new(shape.Seed);
        current = Add("input", TensorType.UInt8, [1, shape.Resolution, shape.Resolution, 3], new([1 / 128f], [128], 0));
        value = InputReader.FromSeed(Graph([current], [], current.Index), 0).Tensors.Tensors.Values.Single().Data;
    }

    /// <summary>The model's file.</summary>
    public static byte[] Write(DemoShape shape)
    {
        DemoModel model = new(shape);
        TensorIndex input = model.current.Index;
        model.Convolution("conv_0", BuiltinOperator.Conv2D, [shape.Channels, 3, 3, 3], stride: 2, Activation.Relu6);
        foreach ((int block, (int width, int stride)) in Blocks.Index())
        {
            model.Convolution($"depthwise_{block + 1}", BuiltinOperator.DepthwiseConv2D, [1, 3, 3, model.current.Shape!.Last], stride, Activation.Relu6);
            model.Convolution($"pointwise_{block + 1}", BuiltinOperator.Conv2D, [width * shape.Channels, 1, 1, model.current.Shape!.Last], 1, Activation.Relu6);
        }
        model.Pool();
        model.Convolution("logits", BuiltinOperator.Conv2D, [shape.Classes, 1, 1, model.current.Shape!.Last], 1, Activation.None);
        model.Reshape();
        model.Softmax();
        return ModelWriter.Write(Graph(model.tensors, model.operators, input) with { Description = "MobileNet V1 shape, generated" });
    }

    private static Graph Graph(IEnumerable<TensorInfo> tensors, IEnumerable<Operator> operators, TensorIndex input)
    {
        ImmutableArray<TensorInfo> all = [.. tensors];
        return new()
        {
            Path = "demo",
            Sha256 = "",
            Tensors = all,
            Operators = [.. operators],
            Inputs = [input],
            Outputs = [all[^1].Index],
        };
    }

    private void Convolution(string name, BuiltinOperator code, Shape filter, int stride, Activation activation)
    {
        bool depthwise = code == BuiltinOperator.DepthwiseConv2D;
        int channels = depthwise ? filter[3] : filter[0];
        int size = (current.Shape![1] + stride - 1) / stride;
        int weightZeroPoint = 120 + (int)random.NextBits(4);
        byte[] weights = new byte[filter.Elements];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (byte)Math.Clamp(weightZeroPoint + (int)random.NextBits(6) + (int)random.NextBits(6) - 63, 0, 255);
        OperatorOptions options = depthwise
            ? new DepthwiseConv2DOptions(Padding.Same, stride, stride, 1, activation)
            : new Conv2DOptions(Padding.Same, stride, stride, activation);

        TensorInfo input = current;
        TensorInfo filterTensor = Add($"{name}/weights", TensorType.UInt8, filter, new([1], [weightZeroPoint], 0), weights);
        TensorInfo bias = Add($"{name}/bias", TensorType.Int32, [channels], new([1], [0], 0), new byte[4 * channels]);
        TensorInfo output = Add(name, TensorType.UInt8, [1, size, size, channels], new([ReluScale], [0], 0));
        Operator op = new()
        {
            Index = new(operators.Count),
            Code = code,
            Inputs = [input.Index, filterTensor.Index, bias.Index],
            Outputs = [output.Index],
            Options = options,
        };
        Calibration calibration = Calibration.Of(Graph(tensors, [op], input.Index), op, value, activation == Activation.None, ref random);
        Replace(filterTensor with { Quantization = new([calibration.WeightScale], [weightZeroPoint], 0) });
        Replace(bias with { Quantization = new([input.Quantization!.Scale * calibration.WeightScale], [0], 0), Data = Bytes(calibration.Bias) });
        Replace(output with { Quantization = calibration.Output });
        Append(op, tensors[output.Index.Value]);
    }

    private void Pool()
    {
        int size = current.Shape![1];
        Append(Single(BuiltinOperator.AveragePool2D, new Pool2DOptions(Padding.Valid, size, size, size, size)),
            Add("pool", TensorType.UInt8, [1, 1, 1, current.Shape.Last], current.Quantization));
    }

    private void Reshape()
    {
        TensorInfo target = Add("shape", TensorType.Int32, [2], null, Bytes([1, shape.Classes]));
        TensorInfo output = Add("reshape", TensorType.UInt8, [1, shape.Classes], current.Quantization);
        Append(Single(BuiltinOperator.Reshape, new ReshapeOptions([1, shape.Classes])) with { Inputs = [current.Index, target.Index] }, output);
    }

    private void Softmax() => Append(
        Single(BuiltinOperator.Softmax, new SoftmaxOptions(1)),
        Add("softmax", TensorType.UInt8, [1, shape.Classes], new([1f / 256], [0], 0)));

    private Operator Single(BuiltinOperator code, OperatorOptions options) => new()
    {
        Index = new(operators.Count),
        Code = code,
        Inputs = [current.Index],
        Outputs = [],
        Options = options,
    };

    /// <summary>Appends an operator and runs it, so that the next layer is calibrated on what it gives.</summary>
    private void Append(Operator op, TensorInfo output)
    {
        op = op with { Outputs = [output.Index] };
        operators.Add(op);
        ReferencePipeline pipeline = new(Graph(tensors, operators, current.Index), LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        OperatorResult result = pipeline.Run(op.Index, _ => new(current.Type, current.Shape!, value));
        (current, value) = (output, result.Outputs[0].Data);
    }

    private TensorInfo Add(string name, TensorType type, Shape dimensions, Quantization? quantization, ReadOnlyMemory<byte> data = default)
    {
        TensorInfo tensor = new()
        {
            Index = new(tensors.Count),
            Name = name,
            Type = type,
            Shape = dimensions,
            Quantization = quantization,
            Data = data,
            IsConstant = !data.IsEmpty,
        };
        tensors.Add(tensor);
        return tensor;
    }

    private void Replace(TensorInfo tensor) => tensors[tensor.Index.Value] = tensor;

    private static byte[] Bytes(ReadOnlySpan<int> values) => MemoryMarshal.AsBytes(values).ToArray();
}
