using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// A convolution of int16 activations with int8 weights; layouts as in <see cref="PreparedConvolution"/>, all zero points 0. The accumulator is int64; an int32 one of
/// TFLite wraps, which is left to the requantization.
/// </summary>
/// <param name="Groups">Groups that input and output channels fall into; the number of input channels for a depthwise convolution.</param>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
public sealed record PreparedWideConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels, int Groups,
    TensorInfo Weights, ImmutableArray<long> Bias, Requantizer Requantizer) : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>Input channels that one output channel reads.</summary>
    public int ChannelsPerGroup => InputChannels / Groups;

    /// <summary>The weight of an output channel under a tap, for the input channel at that place in its group.</summary>
    public int WeightIndex(int outputChannel, int tap, int channel) => Operator.Code == BuiltinOperator.DepthwiseConv2D
        ? tap * OutputChannels + outputChannel
        : (outputChannel * Window.Taps + tap) * ChannelsPerGroup + channel;
}
