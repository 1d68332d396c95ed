using System.Collections.Immutable;
using OffByN.Model;

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
}

/// <summary>
/// CONV_2D and DEPTHWISE_CONV_2D of float32 with an int8 filter of one scale a channel (dynamic range quantization): each image of the batch is quantized to int8 by its own
/// range, with a zero point; layouts as in <see cref="PreparedConvolution"/>.
/// </summary>
public sealed record PreparedHybridConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels, int Groups,
    TensorInfo Weights, ImmutableArray<float> Scales, ImmutableArray<float> Bias, float Low, float High, HybridScaling Scaling) : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>Input channels that one output channel reads.</summary>
    public int ChannelsPerGroup => InputChannels / Groups;

    /// <summary>The weight of an output channel under a tap, for the first input channel of its group; those of the others follow.</summary>
    public int WeightIndex(int outputChannel, int tap) => Operator.Code == BuiltinOperator.DepthwiseConv2D
        ? tap * OutputChannels + outputChannel
        : (outputChannel * Window.Taps + tap) * ChannelsPerGroup;

    internal static NotComputableException IsUnknown() => new("arithmetic unknown: float32 with int8 weights in this runtime");

    internal static PreparedHybridConvolution Of(
        OperatorContext context, ConvolutionArithmetic arithmetic, Window window, int inputChannels, int outputChannels, int groups, int channelAxis, Activation activation)
    {
        if (arithmetic.Hybrid == HybridScaling.Unknown)
            throw IsUnknown();
        TensorInfo output = context.Output(0), weights = context.Constant(1);
        OperatorContext.Typed(output, TensorType.Float32);
        Quantization quantization = OperatorContext.Quantized(weights);
        if (quantization.Scales.Length != outputChannels || quantization.Dimension != channelAxis)
        {
            throw new NotComputableException(
                $"arithmetic unknown: a hybrid convolution whose filter has {quantization.Scales.Length} scales along axis {quantization.Dimension}, expected {outputChannels} along axis {channelAxis}");
        }
        // TFLite then takes the filter for one of a single scale, and has another kernel for it.
        if (context.Operator.Code == BuiltinOperator.Conv2D && groups == 1 && quantization.Scales.All(scale => scale == quantization.Scale))
            throw new NotComputableException("arithmetic unknown: a hybrid convolution whose scales are all the same");
        (double low, double high) = RealActivation.Range(activation, clampsInfinity: true);
        return new(
            context.Operator, context.Input(0), output, window, inputChannels, outputChannels, groups, weights, quantization.Scales,
            PreparedFloatConvolution.BiasOf(context, outputChannels), (float)low, (float)high, arithmetic.Hybrid);
    }
}
