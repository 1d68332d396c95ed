using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// What the known runtimes disagree about in CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED (spec, sections 2.1 to 2.3).
/// </summary>
/// <param name="Scale">In which precision the factor of a channel is formed.</param>
/// <param name="Requantization">From accumulator to output units.</param>
public sealed record ConvolutionArithmetic(ScaleFormation Scale, Requantization Requantization) : OperatorArithmetic
{
    /// <summary>Channels from the last whole block of <see cref="TailBlock"/> on are requantized so; null: like all others.</summary>
    public Requantization? TailRequantization { get; init; }

    /// <summary>Channels of one step of a vector body.</summary>
    public int TailBlock { get; init; } = 1;

    /// <summary>The vector body runs over all elements of the output as one row, not over the channels of each position: TRANSPOSE_CONV of uint8.</summary>
    public bool BlocksSpanTensor { get; init; }

    /// <summary>How the bounds of a fused activation are rounded.</summary>
    public Rounding Bounds { get; init; } = Rounding.HalfAway;

    /// <summary>Of float32 terms.</summary>
    public SumOrder Order { get; init; } = SumOrder.Unknown;

    /// <summary>Whether a float32 result without activation is clamped to the largest finite numbers.</summary>
    public bool ClampsInfinity { get; init; } = true;

    /// <summary>Where it can happen, as <see cref="Requantizer.WrapsBelow"/>.</summary>
    public bool WrapsBelow { get; init; }

    /// <summary>Of float32 with int8 weights.</summary>
    public HybridScaling Hybrid { get; init; } = HybridScaling.Unknown;
}

/// <summary>How a sum of products is kept. TFLite's is <see cref="Int32"/>; the others are mistakes.</summary>
public enum AccumulatorKind
{
    /// <summary>Wrapping.</summary>
    Int32,
    Int16Wrapping,

    /// <summary>Saturated after every product.</summary>
    Int16Saturating,

    /// <summary>Exact up to 2^24; beyond it every sum rounds.</summary>
    Float32,
}

/// <summary>
/// A convolution with a constant filter. Input NHWC; the filter is OHWI for CONV_2D, [1,H,W,O] for DEPTHWISE_CONV_2D, [O,I] for FULLY_CONNECTED
/// (then the window is 1x1 over a batch of rows). Accumulator: sum of (weight - weight zero point) * (input - input zero point) over the taps inside
/// the image, plus bias, in int32, wrapping.
/// </summary>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="Groups">Groups that input and output channels fall into; the number of input channels for a depthwise convolution.</param>
/// <param name="InputZeroPoint">In codes; also the value of padding.</param>
/// <param name="WeightZeroPoint">In codes; 0 unless the filter is uint8.</param>
/// <param name="Weights">The filter as the file has it.</param>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
public sealed record PreparedConvolution(
    Operator Operator,
    TensorInfo Input,
    TensorInfo Output,
    Window Window,
    int InputChannels,
    int OutputChannels,
    int Groups,
    int InputZeroPoint,
    int WeightZeroPoint,
    TensorInfo Weights,
    ImmutableArray<int> Bias,
    Requantizer Requantizer) : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>The code that stands outside the image; null for the input's zero point, which adds nothing.</summary>
    public int? PaddingCode { get; init; }

    /// <summary>Added once for every product outside the image; TFLite adds nothing.</summary>
    public int PaddingConstant { get; init; }

    public AccumulatorKind Accumulator { get; init; }

    /// <summary>Bits that a product keeps, wrapping.</summary>
    public int ProductBits { get; init; } = 32;

    /// <summary>Bits that code - zero point keeps, wrapping.</summary>
    public int CentredBits { get; init; } = 32;

    /// <summary>True where output channel o reads group o % groups instead of o / (output channels / groups).</summary>
    public bool InterleavesGroups { get; init; }

    /// <summary>True when the sums are TFLite's for these numbers.</summary>
    public bool SumsArePlain => PaddingCode is null && PaddingConstant == 0 && Accumulator == AccumulatorKind.Int32
        && ProductBits == 32 && CentredBits == 32 && !InterleavesGroups;

    public bool IsDepthwise => Operator.Code == BuiltinOperator.DepthwiseConv2D;

    /// <summary>Input channels that one output channel reads.</summary>
    public int ChannelsPerGroup => InputChannels / Groups;
}

/// <summary>Preparing the convolution family.</summary>
public static class Convolution
{
    [Prepares(BuiltinOperator.Conv2D)]
    public static PreparedOperator Conv2D(OperatorContext context, ConvolutionArithmetic arithmetic)
    {
        Conv2DOptions options = context.Options<Conv2DOptions>();
        Shape input = OperatorContext.Ranked(context.Input(0), 4);
        Shape filter = OperatorContext.Ranked(context.Constant(1), 4);
        if (filter[3] == 0 || input[3] == 0 || input[3] % filter[3] != 0 || filter[0] % (input[3] / filter[3]) != 0)
            throw new NotComputableException($"filter {filter} does not divide the input's {input[3]} channels into groups");
        Window window = new(
            input[0],
            WindowAxis.Of(input[1], filter[1], options.StrideH, options.DilationH, options.Padding),
            WindowAxis.Of(input[2], filter[2], options.StrideW, options.DilationW, options.Padding));
        OperatorContext.Shaped(context.Output(0), [input[0], window.Height.Output, window.Width.Output, filter[0]]);
        return Prepare(context, arithmetic, window, input[3], filter[0], input[3] / filter[3], 0, options.Activation);
    }

    [Prepares(BuiltinOperator.DepthwiseConv2D)]
    public static PreparedOperator DepthwiseConv2D(OperatorContext context, ConvolutionArithmetic arithmetic)
    {
        DepthwiseConv2DOptions options = context.Options<DepthwiseConv2DOptions>();
        Shape input = OperatorContext.Ranked(context.Input(0), 4);
        Shape filter = OperatorContext.Ranked(context.Constant(1), 4);
        if (filter[0] != 1 || input[3] == 0 || filter[3] % input[3] != 0)
            throw new NotComputableException($"depthwise filter {filter}, expected [1,H,W,n*{input[3]}]");
        Window window = new(
            input[0],
            WindowAxis.Of(input[1], filter[1], options.StrideH, options.DilationH, options.Padding),
            WindowAxis.Of(input[2], filter[2], options.StrideW, options.DilationW, options.Padding));
        OperatorContext.Shaped(context.Output(0), [input[0], window.Height.Output, window.Width.Output, filter[3]]);
        return Prepare(context, arithmetic, window, input[3], filter[3], input[3], 3, options.Activation);
    }

    [Prepares(BuiltinOperator.FullyConnected)]
    public static PreparedOperator FullyConnected(OperatorContext context, ConvolutionArithmetic arithmetic)
    {
        FullyConnectedOptions options = context.Options<FullyConnectedOptions>();
        if (options.WeightsFormat != WeightsFormat.Default)
            throw new NotComputableException($"weights format {options.WeightsFormat}, expected Default (plain [out, in])");
        Shape filter = OperatorContext.Ranked(context.Constant(1), 2);
        Shape input = context.Input(0).Shape!;
        if (filter[1] == 0 || input.Elements % filter[1] != 0)
            throw new NotComputableException($"input {input} is no multiple of the filter's {filter[1]} columns");
        int rows = input.Elements / filter[1];
        Shape output = options.KeepNumDims ? [.. input.Take(input.Count - 1), filter[0]] : [rows, filter[0]];
        OperatorContext.Shaped(context.Output(0), output);
        if (arithmetic.Hybrid == HybridScaling.Packed)
            return PreparedPackedInt4.Of(context, rows, filter[1], filter[0], options.Activation);
        return Prepare(context, arithmetic, new(rows, WindowAxis.One, WindowAxis.One), filter[1], filter[0], 1, 0, options.Activation);
    }

    private static PreparedOperator Prepare(
        OperatorContext context, ConvolutionArithmetic arithmetic, Window window, int inputChannels, int outputChannels, int groups,
        int channelAxis, Activation activation)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        if (input.Type == TensorType.Float32)
        {
            return IsHybrid(context)
                ? PreparedHybridConvolution.Of(context, arithmetic, window, inputChannels, outputChannels, groups, channelAxis, activation)
                : PreparedFloatConvolution.Of(context, arithmetic, window, inputChannels, outputChannels, groups, activation);
        }
        TensorInfo weights = WeightsOf(context);
        OperatorContext.Typed(input, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(output, input.Type);
        bool isAlone = IsChannelByChannel(context.Operator, window, inputChannels, outputChannels, groups);
        Requantizer requantizer = RequantizerOf(context, isAlone ? arithmetic with { WrapsBelow = false } : arithmetic, input, weights, outputChannels, channelAxis, activation);
        return input.Type == TensorType.Int16
            ? new PreparedWideConvolution(
                context.Operator, input, output, window, inputChannels, outputChannels, groups, weights, WideBiasOf(context, 2, outputChannels), requantizer)
            : new PreparedConvolution(
                context.Operator, input, output, window, inputChannels, outputChannels, groups, OperatorContext.Quantized(input).ZeroPoint,
                OperatorContext.Quantized(weights).ZeroPoint, weights, BiasOf(context, 2, outputChannels), requantizer);
    }

    /// <summary>Whether XNNPACK takes its kernel for one channel a group, which has room for 25 taps.</summary>
    internal static bool IsChannelByChannel(Operator op, Window window, int inputChannels, int outputChannels, int groups) =>
        op.Code != BuiltinOperator.FullyConnected && groups == inputChannels && groups == outputChannels && window.Taps <= 25;

    private static bool IsHybrid(OperatorContext context) =>
        context.Input(0).Type == TensorType.Float32 && context.Constant(1).Type is TensorType.Int8 or TensorType.Int4;

    /// <summary>The constant filter in input 1, of the type that goes with the activations'; int4 is int8 of which few codes are used.</summary>
    internal static TensorInfo WeightsOf(OperatorContext context, int input = 0)
    {
        TensorInfo weights = context.Constant(1);
        if (weights.Type == TensorType.Int4)
            weights = weights with { Type = TensorType.Int8 };
        OperatorContext.Typed(weights, context.Input(input).Type == TensorType.UInt8 ? TensorType.UInt8 : TensorType.Int8);
        return weights;
    }

    /// <summary>From accumulators to codes, with one factor for each output channel.</summary>
    internal static Requantizer RequantizerOf(
        OperatorContext context, ConvolutionArithmetic arithmetic, TensorInfo input, TensorInfo weights, int outputChannels, int channelAxis, Activation activation)
    {
        TensorInfo output = context.Output(0);
        Quantization inputScale = OperatorContext.Quantized(input), weightScale = OperatorContext.Quantized(weights);
        Quantization outputScale = OperatorContext.Quantized(output);
        if (weightScale.IsPerChannel && (weightScale.Scales.Length != outputChannels || weightScale.Dimension != channelAxis))
            throw new NotComputableException(
                $"filter has {weightScale.Scales.Length} scales along axis {weightScale.Dimension}, expected {outputChannels} along axis {channelAxis}");
        if (weightScale.IsPerChannel && weightScale.ZeroPoints.Any(zeroPoint => zeroPoint != 0))
            throw new NotComputableException("a per-channel filter must have zero points of 0");
        if (output.Type == TensorType.Int16 && (inputScale.ZeroPoint != 0 || outputScale.ZeroPoint != 0 || weightScale.ZeroPoint != 0))
            throw new NotComputableException("int16 activations and their filter must have zero points of 0");
        (int low, int high) = ActivationRange.Of(activation, output.Type, outputScale, arithmetic.Bounds);
        ImmutableArray<ChannelScale> scales = [.. Enumerable.Range(0, outputChannels).Select(channel => ChannelScale.From(arithmetic.Scale.Of(
            inputScale.Scale, weightScale.Scales[weightScale.IsPerChannel ? channel : 0], outputScale.Scale)))];
        return new(
            scales, outputScale.ZeroPoint, low, high, arithmetic.Requantization, arithmetic.TailRequantization ?? arithmetic.Requantization,
            outputChannels / arithmetic.TailBlock * arithmetic.TailBlock)
        {
            WrapsBelow = arithmetic.WrapsBelow && output.Type == TensorType.Int8 && outputScale.ZeroPoint < 0 && scales.Any(scale => scale.Single >= 1),
        };
    }

    internal static ImmutableArray<int> BiasOf(OperatorContext context, int position, int channels)
    {
        if (context.OptionalInput(position) is null)
            return ImmutableCollectionsMarshal.AsImmutableArray(new int[channels]);
        ImmutableArray<int> bias = OperatorContext.Integers(context.Constant(position));
        return bias.Length == channels ? bias
            : throw new NotComputableException($"bias has {bias.Length} values, expected {channels}");
    }

    /// <summary>A bias of int32 or int64.</summary>
    internal static ImmutableArray<long> WideBiasOf(OperatorContext context, int position, int channels)
    {
        if (context.OptionalInput(position)?.Type != TensorType.Int64)
            return [.. BiasOf(context, position, channels).Select(value => (long)value)];
        ReadOnlySpan<long> bias = MemoryMarshal.Cast<byte, long>(context.Constant(position).Data.Span);
        return bias.Length == channels ? [.. bias]
            : throw new NotComputableException($"bias has {bias.Length} values, expected {channels}");
    }
}
