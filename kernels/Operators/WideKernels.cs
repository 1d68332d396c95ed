using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Sums of products in 64 bits or float32: convolutions of int16 and float32 activations, TRANSPOSE_CONV, BATCH_MATMUL.</summary>
internal static class WideKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedWideConvolution convolution, KernelTarget target) => KernelPlan.Flat(
        "wide_conv_2d",
        [
            .. Arguments.Codes(TensorType.Int16, 1),
            .. HasNarrowSums(convolution) ? Arguments.RoundingOf(convolution.Requantizer, target.Device) : RoundingOf(convolution.Requantizer, convolution.Output.Type, target.Device),
            $"DEPTHWISE={(convolution.Operator.Code == BuiltinOperator.DepthwiseConv2D ? 1 : 0)}",
        ],
        Arguments.Of(
        [
            ("input", new Activation(convolution.Input)), ("output", new Activation(convolution.Output)),
            ("weights", new Constant("char", () => convolution.Weights.Data)), ("bias", Arguments.Longs(() => convolution.Bias)),
            ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
            ("groups", new Number(convolution.Groups)),
            .. Arguments.Geometry(convolution.Window), .. Arguments.Requantization(convolution.Requantizer),
        ]),
        convolution.Window.Positions * convolution.OutputChannels);

    [Plans]
    public static KernelPlan Plan(PreparedFloatConvolution convolution, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "float_conv_2d",
            [Flag("DEPTHWISE", convolution.IsDepthwise), Flag("BIAS_FIRST", convolution.Order.IsBiasFirst()), Flag("BY_COLUMNS", convolution.IsByColumns), Fused(convolution.Order)],
            Arguments.Of(
            [
                ("input", new Activation(convolution.Input)), ("output", new Activation(convolution.Output)),
                ("weights", new Constant("float", () => convolution.Weights.Data)), ("bias", Arguments.Floats(() => convolution.Bias)),
                ("bounds", Arguments.Bounds(TensorType.Float32, convolution.Low, convolution.High)),
                ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
                ("groups", new Number(convolution.Groups)), .. Arguments.Geometry(convolution.Window),
            ]),
            convolution.Window.Positions * convolution.OutputChannels);
    }

    [Plans]
    public static KernelPlan Plan(PreparedTransposeConvolution convolution, KernelTarget target)
    {
        string weight = ScalarTypes.Of(convolution.Weights.Type);
        bool spans = convolution.TailElement != int.MaxValue;
        Requantizer requantizer = spans ? convolution.Requantizer with { Tail = convolution.Tail.Body, TailStart = 0 } : convolution.Requantizer;
        return KernelPlan.Flat(
            "transpose_conv",
            [.. Arguments.Codes(convolution.Output.Type, 1), $"WEIGHT={weight}", .. RoundingOf(requantizer, convolution.Output.Type, target.Device)],
            Arguments.Of(
            [
                ("input", new Activation(convolution.Input)), ("output", new Activation(convolution.Output)),
                ("weights", new Constant(weight, () => convolution.Weights.Data)), ("bias", Arguments.Longs(() => convolution.Bias)),
                ("input_zero_point", new Number(convolution.InputZeroPoint)), ("weight_zero_point", new Number(convolution.WeightZeroPoint)),
                ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
                .. Arguments.Geometry(Turned(convolution.Window)), .. Arguments.Requantization(requantizer), ("tail_element", new Number(spans ? convolution.TailElement : 0)),
            ]),
            convolution.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedBatchMatrix product, KernelTarget target) => KernelPlan.Flat(
        "batch_matmul",
        [
            .. Arguments.Codes(product.Output.Type, 1), $"RIGHT={ScalarTypes.Of(product.Right.Type)}", .. RoundingOf(product.Requantizer, product.Output.Type, target.Device),
            Flag("LEFT_TRANSPOSED", product.IsLeftTransposed), Flag("RIGHT_TRANSPOSED", product.IsRightTransposed),
        ],
        Arguments.Of(
        [
            ("left", new Activation(product.Left)), ("right", new Activation(product.Right)), ("output", new Activation(product.Output)),
            ("left_starts", Arguments.Ints(() => product.LeftStarts)), ("right_starts", Arguments.Ints(() => product.RightStarts)),
            ("rows", new Number(product.Rows)), ("columns", new Number(product.Columns)), ("depth", new Number(product.Depth)),
            ("left_zero_point", new Number(product.LeftZeroPoint)), ("right_zero_point", new Number(product.RightZeroPoint)),
            .. Arguments.Requantization(product.Requantizer),
        ]),
        product.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedFloatBatchMatrix product, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "float_batch_matmul",
            [Flag("LEFT_TRANSPOSED", product.IsLeftTransposed), Flag("RIGHT_TRANSPOSED", product.IsRightTransposed), Fused(product.Order)],
            Arguments.Of(
            [
                ("left", new Activation(product.Left)), ("right", new Activation(product.Right)), ("output", new Activation(product.Output)),
                ("left_starts", Arguments.Ints(() => product.LeftStarts)), ("right_starts", Arguments.Ints(() => product.RightStarts)),
                ("rows", new Number(product.Rows)), ("columns", new Number(product.Columns)), ("depth", new Number(product.Depth)),
            ]),
            product.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedConvolution3D convolution, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "float_conv_3d", [],
            Arguments.Of(
            [
                ("input", new Activation(convolution.Input)), ("filter", new Activation(convolution.Filter)), ("output", new Activation(convolution.Output)),
                ("bias", Arguments.Floats(() => convolution.Bias)), ("bounds", Arguments.Bounds(TensorType.Float32, convolution.Low, convolution.High)),
                ("axes", Arguments.Ints(() => convolution.Axes.SelectMany<WindowAxis, int>(axis => [axis.Input, axis.Output, axis.Kernel, axis.Stride, axis.Dilation, axis.Before]))),
                ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
            ]),
            convolution.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedFloatTransposeConvolution convolution, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "float_transpose_conv",
            [Flag("BIAS_FIRST", convolution.Order.IsBiasFirst()), Flag("BY_TAPS", convolution.Order == SumOrder.Fused), Fused(convolution.Order)],
            Arguments.Of(
            [
                ("input", new Activation(convolution.Input)), ("output", new Activation(convolution.Output)),
                ("weights", new Constant("float", () => convolution.Weights.Data)), ("bias", Arguments.Floats(() => convolution.Bias)),
                ("bounds", Arguments.Bounds(TensorType.Float32, convolution.Low, convolution.High)),
                ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
                .. Arguments.Geometry(Turned(convolution.Window)),
            ]),
            convolution.Output.Shape!.Elements);
    }

    private static string Fused(SumOrder order) => Flag("FUSED", order == SumOrder.Fused);

    private static string Flag(string name, bool isSet) => $"{name}={(isSet ? 1 : 0)}";

    /// <summary>The window of TRANSPOSE_CONV slides over the output; its output axes are the operator's input.</summary>
    private static Window Turned(Window window) => window with
    {
        Height = window.Height with { Input = window.Height.Output, Output = window.Height.Input },
        Width = window.Width with { Input = window.Width.Output, Output = window.Width.Input },
    };

    /// <summary>Whether no input can take a sum out of 32 bits, which is what requantization in floating point takes.</summary>
    private static bool HasNarrowSums(PreparedWideConvolution convolution)
    {
        long[] largest = [.. convolution.Bias.Select(bias => Math.Abs(Math.Max(bias, -long.MaxValue)))];
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(convolution.Weights.Data.Span);
        bool isDepthwise = convolution.Operator.Code == BuiltinOperator.DepthwiseConv2D;
        for (int i = 0; i < weights.Length; i++)
        {
            ref long sum = ref largest[isDepthwise ? i % largest.Length : i / (weights.Length / largest.Length)];
            sum = Math.Min(sum, 1L << 40) - short.MinValue * (long)Math.Abs((int)weights[i]);
        }
        return largest.All(sum => sum <= int.MaxValue);
    }

    /// <exception cref="NotComputableException">A sum that needs its 64 bits would become a floating-point number.</exception>
    private static ImmutableArray<string> RoundingOf(Requantizer requantizer, TensorType type, DeviceFacts device) =>
        type == TensorType.Int16 && requantizer.Body.Product is (Product.Float32 or Product.Float64)
            ? throw new NotComputableException("no OpenCL kernel requantizes sums of int16 products in floating point")
            : Arguments.RoundingOf(requantizer, device);
}
