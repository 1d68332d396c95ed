using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How an integer sum of a hybrid operator becomes a number again.</summary>
public enum HybridScaling
{
    /// <summary>The runtime does something else with such operators.</summary>
    Unknown,

    /// <summary>f32{f32{sum * scale of the weights} * scale of the input}: the reference CONV_2D.</summary>
    OneByOne,

    /// <summary>f32{sum * f32{scale of the weights * scale of the input}}.</summary>
    Together,

    /// <summary>In whole blocks of 4 channels as <see cref="OneByOne"/>, the scale of the input first in the channels that remain: the optimized DEPTHWISE_CONV_2D.</summary>
    OneByOneInBlocks,

    /// <summary>fma(f32{sum * scale of the input}, scale of the weights, bias), with codes of <see cref="DynamicRange.Delegated"/>: XNNPACK.</summary>
    Fused,

    /// <summary>As <see cref="PreparedPackedInt4"/> has it.</summary>
    Packed,
}

/// <summary>
/// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of float32 with an int8 filter (dynamic range quantization): each image of the batch, or row of a FULLY_CONNECTED, is quantized
/// to int8 by its own range; layouts as in <see cref="PreparedConvolution"/>. XNNPACK makes a FULLY_CONNECTED of a convolution with one tap: there each pixel is an image of its own.
/// </summary>
/// <param name="Scales">Of the weights, one for each output channel.</param>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
/// <param name="Range">How an image is quantized.</param>
public sealed record PreparedHybridConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels, int Groups,
    TensorInfo Weights, ImmutableArray<float> Scales, ImmutableArray<float> Bias, float Low, float High, DynamicRange Range, HybridScaling Scaling)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>
    /// Of the products of a sum, row by row, those below this multiply the magnitude of the input's code with a weight that was given its sign; -128 has no negative, and stays.
    /// TFLite's vector body for FULLY_CONNECTED, and for a CONV_2D of one scale whose outputs are no multiple of 4 (<c>sse_tensor_utils.cc</c>).
    /// </summary>
    public int SignedProducts { get; init; }

    /// <summary>Input channels that one output channel reads.</summary>
    public int ChannelsPerGroup => InputChannels / Groups;

    public bool IsDepthwise => Operator.Code == BuiltinOperator.DepthwiseConv2D;

    /// <summary>The weight of an output channel under a tap, for the first input channel of its group; those of the others follow.</summary>
    public int WeightIndex(int outputChannel, int tap) => IsDepthwise
        ? tap * OutputChannels + outputChannel
        : (outputChannel * Window.Taps + tap) * ChannelsPerGroup;

    internal static NotComputableException IsUnknown() => new("arithmetic unknown: float32 with int8 weights in this runtime");

    internal static PreparedHybridConvolution Of(
        OperatorContext context, ConvolutionArithmetic arithmetic, Window window, int inputChannels, int outputChannels, int groups, int channelAxis, Activation activation)
    {
        if (arithmetic.Hybrid == HybridScaling.Unknown)
            throw IsUnknown();
        TensorInfo output = context.Output(0), weights = Convolution.WeightsOf(context);
        OperatorContext.Typed(output, TensorType.Float32);
        bool isDelegated = arithmetic.Hybrid == HybridScaling.Fused, isRows = context.Operator.Code == BuiltinOperator.FullyConnected;
        bool isDepthwise = context.Operator.Code == BuiltinOperator.DepthwiseConv2D;
        if (isDelegated && isDepthwise)
            throw new NotComputableException("arithmetic unknown: a delegated DEPTHWISE_CONV_2D of float32 with int8 weights, which XNNPACK does not take");
        ImmutableArray<float> scales = ScalesOf(weights, outputChannels, channelAxis, needsAll: !isDelegated && (isDepthwise || groups != 1));
        // TFLite takes a filter whose scales are all the same for one of a single scale, and has another kernel for it.
        bool isSingle = !isDelegated && !isDepthwise && !isRows && groups == 1 && scales.All(scale => scale == scales[0]);
        bool isSymmetric = isSingle || (isRows && !context.Options<FullyConnectedOptions>().AsymmetricQuantizeInputs);
        (double low, double high) = RealActivation.Range(activation, clampsInfinity: !isDelegated && !isRows);
        return new(
            context.Operator, context.Input(0), output, isDelegated ? Rows(window, inputChannels, outputChannels, groups) : window, inputChannels, outputChannels, groups,
            weights, scales, PreparedFloatConvolution.BiasOf(context, outputChannels), (float)low, (float)high,
            isDelegated ? DynamicRange.Delegated : isSymmetric ? DynamicRange.Symmetric : DynamicRange.Asymmetric, isSingle ? HybridScaling.Together : arithmetic.Hybrid)
        {
            SignedProducts = !isDelegated && (isRows || (isSingle && outputChannels % 4 != 0)) ? window.Taps * inputChannels / 16 * 16 : 0,
        };
    }

    /// <summary>The scale of each output channel.</summary>
    /// <param name="needsAll">Whether the runtime reads as many scales as there are channels, whatever the file has.</param>
    internal static ImmutableArray<float> ScalesOf(TensorInfo weights, int channels, int axis, bool needsAll)
    {
        Quantization quantization = OperatorContext.Quantized(weights);
        if (quantization.ZeroPoints.Any(zeroPoint => zeroPoint != 0))
            throw new NotComputableException("arithmetic unknown: float32 with int8 weights that have a zero point");
        if (quantization.Scales.Length == 1 && (!needsAll || channels == 1))
            return [.. Enumerable.Repeat(quantization.Scale, channels)];
        return quantization.Scales.Length == channels && quantization.Dimension == axis ? quantization.Scales
            : throw new NotComputableException(
                $"arithmetic unknown: float32 with int8 weights that have {quantization.Scales.Length} scales along axis {quantization.Dimension}, expected {channels} along axis {axis}");
    }

    /// <summary>The window as XNNPACK sees it: over pixels that stand alone where one tap, at every position, makes a matrix of it.</summary>
    private static Window Rows(Window window, int inputChannels, int outputChannels, int groups) =>
        window is { Height: { Kernel: 1, Stride: 1 }, Width: { Kernel: 1, Stride: 1 } } && groups == 1 && inputChannels + outputChannels > 2
            ? new(window.Positions, WindowAxis.One, WindowAxis.One) : window;
}
