using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing GELU of codes: a table, whose functions are the host's C library's, as in TFLite.</summary>
public static class Gelu
{
    [Prepares(BuiltinOperator.Gelu)]
    public static PreparedOperator Prepare(OperatorContext context, FunctionArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
            throw new NotComputableException("GELU on float32 is approximated by functions that nobody has examined");
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        Func<float, float> function = context.Options<GeluOptions>().Approximate ? Approximate : Exact;
        return context.Output(0).Type == TensorType.Int16
            ? CodeTable.Of(context, CodeTable.Interpolated(input.Scale, input.ZeroPoint, output.Scale, output.ZeroPoint, function))
            : Functions.Table(context, arithmetic.Method, function);
    }

    /// <summary>x / 2 * erfc(-x / sqrt 2), from left to right.</summary>
    private static float Exact(float x) => (float)(0.5f * x) * ComplementaryError((float)(x * -0.70710678118654752f));

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), from left to right.</summary>
    private static float Approximate(float x)
    {
        float cubic = (float)((float)((float)(0.044715f * x) * x) * x);
        return (float)(0.5f * x) * (float)(1f + MathF.Tanh((float)(0.79788456080286535f * (float)(x + cubic))));
    }

    private static float ComplementaryError(float x)
    {
        try
        {
            return erfcf(x);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new NotComputableException("GELU needs erfcf of the C library of Linux, which is not here");
        }
    }

    /// <summary>.NET has no such function.</summary>
    [DllImport("libm.so.6", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern float erfcf(float x);
}
