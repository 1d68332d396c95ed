using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// TRANSPOSE_CONV: input position (y, x) adds weight * input to the output positions under <see cref="Window"/>, which slides over the <b>output</b>: what a
/// convolution reads of them, this writes to them. Input NHWC, filter OHWI. The accumulator is int64; an int32 one of TFLite wraps, which is left to the requantization.
/// </summary>
/// <param name="Window">Its input axes are the operator's output, its output axes the operator's input.</param>
public sealed record PreparedTransposeConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels, int InputZeroPoint, int WeightZeroPoint,
    TensorInfo Weights, ImmutableArray<long> Bias, Requantizer Requantizer) : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>Elements of the output from here on are requantized by <see cref="Tail"/>.</summary>
    public int TailElement { get; init; } = int.MaxValue;

    public Requantizer Tail { get; init; } = Requantizer;
}

/// <summary>TRANSPOSE_CONV of float32; layouts and window as in <see cref="PreparedTransposeConvolution"/>. The bias is added last.</summary>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
/// <param name="Low">Smallest result that the clamp lets through.</param>
/// <param name="High">Largest result that the clamp lets through.</param>
public sealed record PreparedFloatTransposeConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels, TensorInfo Weights, ImmutableArray<float> Bias,
    float Low, float High, SumOrder Order) : PreparedOperator(Operator, [Input], [Output])
{
    public override bool IsExact => Order != SumOrder.Unknown;

    /// <summary>Products of a sum, at most.</summary>
    public int Products => Window.Taps * InputChannels;
}

/// <summary>Preparing TRANSPOSE_CONV.</summary>
public static class TransposeConvolution
{
    [Prepares(BuiltinOperator.TransposeConv)]
    public static PreparedOperator Prepare(OperatorContext context, ConvolutionArithmetic arithmetic)
    {
        TransposeConvOptions options = context.Options<TransposeConvOptions>();
        TensorInfo input = context.Input(2), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Float32);
        bool isFloat = input.Type == TensorType.Float32 && context.Constant(1).Type != TensorType.Int8;
        TensorInfo weights = isFloat ? context.Constant(1) : Convolution.WeightsOf(context, 2);
        OperatorContext.Typed(output, input.Type);
        Shape from = OperatorContext.Ranked(input, 4), filter = OperatorContext.Ranked(weights, 4);
        OperatorContext.Shaped(output, context.IntegersOf(0, 4));
        Shape to = output.Shape!;
        if (filter[3] != from[3] || filter[0] != to[3] || from[0] != to[0])
            throw new NotComputableException($"input {from}, filter {filter} and output {to} do not belong together");
        Window window = new(
            from[0],
            WindowAxis.Of(to[1], filter[1], options.StrideH, 1, options.Padding) with { Output = from[1] },
            WindowAxis.Of(to[2], filter[2], options.StrideW, 1, options.Padding) with { Output = from[2] });
        if (input.Type == TensorType.Float32)
        {
            if (!isFloat)
                return Hybrid();
            OperatorContext.Typed(weights, TensorType.Float32);
            (double low, double high) = RealActivation.Range(options.Activation, arithmetic.ClampsInfinity);
            return new PreparedFloatTransposeConvolution(
                context.Operator, input, output, window, from[3], to[3], weights, PreparedFloatConvolution.BiasOf(context, to[3], position: 3), (float)low, (float)high, arithmetic.Order);
        }
        PreparedTransposeConvolution prepared = new(
            context.Operator, input, output, window, from[3], to[3], OperatorContext.Quantized(input).ZeroPoint, OperatorContext.Quantized(weights).ZeroPoint,
            weights, Convolution.WideBiasOf(context, 3, to[3]), Requantizer(arithmetic));
        return arithmetic is { BlocksSpanTensor: true, TailRequantization: { } tail }
            ? prepared with
            {
                Requantizer = Requantizer(arithmetic with { TailRequantization = null }),
                Tail = Requantizer(arithmetic with { Requantization = tail }),
                TailElement = to.Elements / arithmetic.TailBlock * arithmetic.TailBlock,
            }
            : prepared;

        PreparedHybridTransposeConvolution Hybrid()
        {
            if (arithmetic.Hybrid == HybridScaling.Unknown)
                throw PreparedHybridConvolution.IsUnknown();
            bool isDelegated = arithmetic.Hybrid == HybridScaling.Fused;
            (double low, double high) = RealActivation.Range(options.Activation, clampsInfinity: !isDelegated);
            return new(
                context.Operator, input, output, window, from[3], to[3], weights, PreparedHybridConvolution.ScalesOf(weights, to[3], 0, needsAll: false),
                PreparedFloatConvolution.BiasOf(context, to[3], 3), (float)low, (float)high, isDelegated ? DynamicRange.Delegated : DynamicRange.Asymmetric, arithmetic.Hybrid);
        }

        Requantizer Requantizer(ConvolutionArithmetic used) => Convolution.RequantizerOf(context, used, input, weights, to[3], 0, options.Activation);
    }
}
