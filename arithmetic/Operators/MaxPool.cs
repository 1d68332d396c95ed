using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How MAX_POOL_2D is bounded.</summary>
/// <param name="Bounds">Of the bounds of a fused activation, in codes.</param>
/// <param name="ClampsInfinity">Whether a float32 result without activation is clamped to the largest finite numbers.</param>
public sealed record MaxPoolArithmetic(Rounding Bounds, bool ClampsInfinity) : OperatorArithmetic;

/// <summary>Largest number under a window, NHWC, per channel; what lies outside the image plays no part. Codes are taken as they are, quantizations are not looked at.</summary>
/// <param name="Low">Smallest result that the clamp lets through, a code or a real number.</param>
/// <param name="High">Largest result that the clamp lets through.</param>
public sealed record PreparedMaxPool(Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int Channels, double Low, double High)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>What stands outside the image; null for nothing, as in TFLite.</summary>
    public int? PaddingCode { get; init; }
}

/// <summary>Preparing MAX_POOL_2D.</summary>
public static class MaxPool
{
    [Prepares(BuiltinOperator.MaxPool2D)]
    public static PreparedOperator Prepare(OperatorContext context, MaxPoolArithmetic arithmetic)
    {
        Activation activation = context.Options<Pool2DOptions>().Activation;
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Float32);
        (Window window, int channels) = AveragePool.WindowOf(context);
        (double low, double high) = input.Type == TensorType.Float32
            ? RealActivation.Range(activation, arithmetic.ClampsInfinity)
            : ActivationRange.Of(activation, output.Type, OperatorContext.Quantized(output), arithmetic.Bounds);
        return new PreparedMaxPool(context.Operator, input, output, window, channels, low, high);
    }
}
