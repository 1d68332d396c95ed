using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>In which order a runtime adds up float32 terms.</summary>
public enum SumOrder
{
    /// <summary>Blocks, vectors, fused multiply-adds: whatever the library made of this size on this processor. The sum is known up to a bound.</summary>
    Unknown,

    /// <summary>One after the other in row-major order, product and sum rounded each: the reference kernels.</summary>
    Sequential,

    /// <summary>
    /// Rows that lie together in two vectors of 4 by turns, from the first element at a multiple of 16 bytes on; what is before and after them is added last, one after the
    /// other: Eigen, compiled for SSE. Everything else as <see cref="Sequential"/>.
    /// </summary>
    VectorRows,

    /// <summary>As <see cref="Sequential"/>, but from the bias on: the optimized DEPTHWISE_CONV_2D, whose vectors lie along the channels.</summary>
    BiasFirst,

    /// <summary>As <see cref="BiasFirst"/>, each product and sum rounded once together, subnormal numbers being 0: XNNPACK with fused multiply-adds.</summary>
    Fused,
}

/// <summary>What an order of sums means for the bias.</summary>
public static class SumOrders
{
    /// <summary>Whether a sum begins with the bias; else it ends with it.</summary>
    public static bool IsBiasFirst(this SumOrder order) => order is SumOrder.BiasFirst or SumOrder.Fused;
}

/// <summary>
/// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of float32 with a constant filter; layouts as in <see cref="PreparedConvolution"/>. Taps outside the image add nothing; the
/// bias is added last.
/// </summary>
/// <param name="Groups">Groups that input and output channels fall into; the number of input channels for a depthwise convolution.</param>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
/// <param name="Low">Smallest result that the clamp lets through.</param>
/// <param name="High">Largest result that the clamp lets through.</param>
public sealed record PreparedFloatConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels, int Groups,
    TensorInfo Weights, ImmutableArray<float> Bias, float Low, float High, SumOrder Order) : PreparedOperator(Operator, [Input], [Output])
{
    public override bool IsExact => Order != SumOrder.Unknown;

    /// <summary>Input channels that one output channel reads.</summary>
    public int ChannelsPerGroup => InputChannels / Groups;

    /// <summary>Products of a sum, at most.</summary>
    public int Products => Window.Taps * ChannelsPerGroup;

    public bool IsDepthwise => Operator.Code == BuiltinOperator.DepthwiseConv2D;

    /// <summary>Whether the taps are added column by column, not row by row: XNNPACK's kernel for one channel a group.</summary>
    public bool IsByColumns => Order == SumOrder.Fused && Convolution.IsChannelByChannel(Operator, Window, InputChannels, OutputChannels, Groups);

    /// <summary>The weight of an output channel under a tap, for the first input channel of its group; those of the others follow.</summary>
    public int WeightIndex(int outputChannel, int tap) => IsDepthwise
        ? tap * OutputChannels + outputChannel
        : (outputChannel * Window.Taps + tap) * ChannelsPerGroup;

    internal static PreparedFloatConvolution Of(
        OperatorContext context, ConvolutionArithmetic arithmetic, Window window, int inputChannels, int outputChannels, int groups, Activation activation)
    {
        TensorInfo output = context.Output(0), weights = context.Constant(1);
        OperatorContext.Typed(output, TensorType.Float32);
        OperatorContext.Typed(weights, TensorType.Float32);
        (double low, double high) = RealActivation.Range(activation, arithmetic.ClampsInfinity);
        return new(
            context.Operator, context.Input(0), output, window, inputChannels, outputChannels, groups, weights, BiasOf(context, outputChannels),
            (float)low, (float)high, arithmetic.Order);
    }

    internal static ImmutableArray<float> BiasOf(OperatorContext context, int channels, int position = 2)
    {
        if (context.OptionalInput(position) is null)
            return ImmutableCollectionsMarshal.AsImmutableArray(new float[channels]);
        TensorInfo bias = context.Constant(position);
        OperatorContext.Typed(bias, TensorType.Float32);
        OperatorContext.Shaped(bias, [channels]);
        return [.. MemoryMarshal.Cast<byte, float>(bias.Data.Span)];
    }
}
