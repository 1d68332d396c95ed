using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing GELU: of codes a table, whose functions are the host's C library's, as in TFLite; of float32 a function that every runtime approximates in its own way.</summary>
public static class Gelu
{
    [Prepares(BuiltinOperator.Gelu)]
    public static PreparedOperator Prepare(OperatorContext context, FunctionArithmetic arithmetic)
    {
        bool isApproximate = context.Options<GeluOptions>().Approximate;
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, isApproximate ? UnaryFunction.GeluByTanh : UnaryFunction.Gelu) with { Units = arithmetic.Units };
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        Func<float, float> function = isApproximate ? ByTanh : ByErrorFunction;
        return context.Output(0).Type == TensorType.Int16
            ? CodeTable.Of(context, CodeTable.Interpolated(input.Scale, input.ZeroPoint, output.Scale, output.ZeroPoint, function))
            : Functions.Table(context, arithmetic.Method, function);
    }

    /// <summary>x / 2 * erfc(-x / sqrt 2), from left to right.</summary>
    private static float ByErrorFunction(float x) => (float)(0.5f * x) * ErrorFunctions.Complementary((float)(x * -0.70710678118654752f));

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), from left to right.</summary>
    private static float ByTanh(float x)
    {
        float cubic = (float)((float)((float)(0.044715f * x) * x) * x);
        return (float)(0.5f * x) * (float)(1f + MathF.Tanh((float)(0.79788456080286535f * (float)(x + cubic))));
    }
}
