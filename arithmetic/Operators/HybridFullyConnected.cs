using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// FULLY_CONNECTED of float32 with int8 weights [outputs, inputs] (dynamic range quantization): each row of the input is quantized to int8 by its own range, multiplied in
/// integers, and scaled back. One arithmetic in all flavours of TFLite's own kernels.
/// </summary>
/// <param name="IsAsymmetric">Whether a row's codes have a zero point, so that they span from its smallest to its largest number; else they span its largest magnitude.</param>
/// <param name="Scales">Of the weights: one, or one for each output.</param>
/// <param name="Bias">One value an output, zeros where the operator has none.</param>
public sealed record PreparedHybridFullyConnected(
    Operator Operator, TensorInfo Input, TensorInfo Output, TensorInfo Weights, ImmutableArray<float> Scales, ImmutableArray<float> Bias, bool IsAsymmetric, float Low, float High)
    : PreparedOperator(Operator, [Input], [Output])
{
    public int Columns => Bias.Length;

    public int Depth => Weights.Shape!.Last;

    internal static PreparedHybridFullyConnected Of(OperatorContext context, bool isAsymmetric, Activation activation)
    {
        TensorInfo output = context.Output(0), weights = context.Constant(1);
        OperatorContext.Typed(output, TensorType.Float32);
        int outputs = weights.Shape![0];
        Quantization quantization = OperatorContext.Quantized(weights);
        if (quantization.IsPerChannel && (quantization.Dimension != 0 || quantization.Scales.Length != outputs))
            throw new NotComputableException($"weights have {quantization.Scales.Length} scales along axis {quantization.Dimension}, expected {outputs} along axis 0");
        (double low, double high) = RealActivation.Range(activation, clampsInfinity: false);
        return new(
            context.Operator, context.Input(0), output, weights, quantization.Scales, PreparedFloatConvolution.BiasOf(context, outputs), isAsymmetric, (float)low, (float)high);
    }
}
