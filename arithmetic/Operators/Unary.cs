using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>A function of one plain number.</summary>
public enum UnaryFunction
{
    Abs,

    /// <summary>-x, wrapping for integers.</summary>
    Negate,
    Relu,
    Relu6,
    ReluN1To1,
    Relu0To1,

    /// <summary>x above 0, else x * parameter.</summary>
    LeakyRelu,

    /// <summary>The same, where a subnormal x is neither below 0 nor touched, and gives a product below the normal numbers as 0: XNNPACK.</summary>
    LeakyReluFlushed,

    /// <summary>x * min(6, max(0, x + 3)) / 6, from left to right.</summary>
    HardSwish,

    /// <summary>(x * (1/6)) * min(6, max(0, x + 3)): the vector body of the optimized kernel.</summary>
    HardSwishScaledFirst,

    /// <summary>x * min(6, max(0, x + 3)) * (1/6), from left to right: what remains of it.</summary>
    HardSwishScaledLast,

    /// <summary>min(1, max(0, fma(x, 1/6, 1/2))) * x: XNNPACK.</summary>
    HardSwishFused,

    /// <summary>1 / (1 + expf(-x)), expf(x) below -9, 1 above 16.619...: the reference kernel.</summary>
    Logistic,

    /// <summary>1 / (1 + exp(-x)), rounded once.</summary>
    LogisticRounded,

    /// <summary><see cref="VectorFunctions.LogisticInside"/>.</summary>
    LogisticInside,

    /// <summary><see cref="VectorFunctions.LogisticBeside"/>.</summary>
    LogisticBeside,
    Tanh,

    /// <summary>XNNPACK's quotient of polynomials of degree 9 and 8, with fused multiply-adds (<c>f32-vtanh</c>).</summary>
    TanhRational,
    /// <summary><see cref="VectorFunctions.Tanh"/>.</summary>
    TanhInVectors,
    Exp,

    /// <summary>2 to the f32{x * log2 e}, rounded once: XNNPACK's reduction of the argument (<c>f32-vexp</c>), not its polynomial.</summary>
    ExpOfRoundedArgument,
    Log,

    /// <summary>The C library's logf with subnormals off: what it scales up becomes 0, and that lies 150 octaves below 1.</summary>
    LogWithoutSubnormals,

    /// <summary>XNNPACK's quotient of polynomials of degree 3, with fused multiply-adds (<c>f32-vlog</c>).</summary>
    LogRational,

    /// <summary>The same of the bits of infinity and NaN, as if they were numbers: without AVX-512.</summary>
    LogRationalOfBits,

    /// <summary>x, and below 0 expm1(x).</summary>
    Elu,
    SquareRoot,

    /// <summary>1 / sqrt(x), rounded twice.</summary>
    ReciprocalSquareRoot,

    /// <summary>The square root by a Newton step that loses the square of the reciprocal root above 2^126, where the result is half as much again: XNNPACK.</summary>
    SquareRootNewton,

    /// <summary>Its reciprocal, by the same step, which makes NaN of 0.</summary>
    ReciprocalSquareRootNewton,
    Floor,
    Ceiling,

    /// <summary>To the nearest integer, ties to even.</summary>
    Round,
    Square,

    /// <summary>-1, 0 or 1; NaN stays.</summary>
    Sign,
    Sine,
    Cosine,

    /// <summary>x / 2 * erfc(-x / sqrt 2), rounded once.</summary>
    Gelu,

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), rounded once.</summary>
    GeluByTanh,
}

/// <summary>A tensor of plain numbers (float32 or integers), element by element.</summary>
/// <param name="Parameter">The slope of LEAKY_RELU; 0 for others.</param>
public sealed record PreparedUnary(Operator Operator, TensorInfo Input, TensorInfo Output, UnaryFunction Function, float Parameter)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>As <see cref="UnaryArithmetic.Units"/>.</summary>
    public double Units { get; init; }

    public override bool IsExact => Units == 0;

    public override bool CallsLibrary => (Tail == UnaryFunction.LogisticBeside && TailStart < Input.Shape!.Elements) || Function is UnaryFunction.Logistic or UnaryFunction.LogisticRounded or UnaryFunction.Tanh or UnaryFunction.Exp or UnaryFunction.ExpOfRoundedArgument or UnaryFunction.Log or UnaryFunction.Elu
        or UnaryFunction.Sine or UnaryFunction.Cosine or UnaryFunction.Gelu or UnaryFunction.GeluByTanh;

    /// <summary>The function of elements from <see cref="TailStart"/> on; null: all alike.</summary>
    public UnaryFunction? Tail { get; init; }

    public int TailStart { get; init; }
}

/// <summary>Preparing ABS, NEG, SQRT and RSQRT, and what other operators do on plain numbers.</summary>
public static class Unary
{
    [Prepares(BuiltinOperator.Abs)]
    public static PreparedOperator Abs(OperatorContext context, UnaryArithmetic arithmetic)
    {
        if (context.Input(0).Type.CodeRange() is null)
            return Of(context, UnaryFunction.Abs, 0, TensorType.Float32, TensorType.Int32);
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.Int8, TensorType.Int16);
        (int low, int high) = context.Output(0).Type.CodeRange()!.Value;
        ChannelScale scale = ChannelScale.From((float)(input.Scale / output.Scale));
        return CodeTable.Of(context, code =>
        {
            int distance = Math.Abs(code - input.ZeroPoint);
            int scaled = input.Scale == output.Scale ? distance : Requantization.Reference.Apply(distance, scale);
            return Math.Clamp(scaled + output.ZeroPoint, low, high);
        });
    }

    /// <remarks>Codes are negated as they are, wrapping: quantization plays no part.</remarks>
    [Prepares(BuiltinOperator.Neg)]
    public static PreparedOperator Neg(OperatorContext context, UnaryArithmetic arithmetic)
    {
        if (context.Input(0).Type is not (TensorType.Int8 or TensorType.Int16))
            return Of(context, UnaryFunction.Negate, 0, TensorType.Float32, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(context.Output(0), context.Input(0).Type);
        OperatorContext.Shaped(context.Output(0), context.Input(0).Shape!);
        return CodeTable.Of(context, code => -code);
    }

    /// <remarks>Truncated in float32 before the zero point is added. TFLite refuses negative values; here their root is 0.</remarks>
    [Prepares(BuiltinOperator.Sqrt)]
    public static PreparedOperator Sqrt(OperatorContext context, UnaryArithmetic arithmetic)
    {
        if (context.Input(0).Type.CodeRange() is null)
            return Of(context, arithmetic.Units == 0 ? UnaryFunction.SquareRoot : UnaryFunction.SquareRootNewton) with { Units = arithmetic.Units };
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.Int8, TensorType.Int16);
        (int low, int high) = context.Output(0).Type.CodeRange()!.Value;
        return CodeTable.Of(context, code =>
        {
            float root = MathF.Sqrt(Math.Max((float)(input.Scale * (code - input.ZeroPoint)), 0));
            return (int)Math.Clamp((long)FixedPoint.Round((float)(root / output.Scale), Rounding.Truncate) + output.ZeroPoint, low, high);
        });
    }

    /// <remarks>The largest code where the root is 0. TFLite refuses negative values; here they are as 0.</remarks>
    [Prepares(BuiltinOperator.Rsqrt)]
    public static PreparedOperator Rsqrt(OperatorContext context, UnaryArithmetic arithmetic)
    {
        if (context.Input(0).Type.CodeRange() is null)
            return Of(context, arithmetic.Units == 0 ? UnaryFunction.ReciprocalSquareRoot : UnaryFunction.ReciprocalSquareRootNewton) with { Units = arithmetic.Units };
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.Int8, TensorType.Int16);
        if (context.Output(0).Type == TensorType.Int16)
        {
            float largest = (float)(short.MaxValue * output.Scale);
            return CodeTable.Of(context, CodeTable.Interpolated(input.Scale, input.ZeroPoint, output.Scale, output.ZeroPoint, x => x <= 0 ? largest : 1f / MathF.Sqrt(x)));
        }
        const int shift = 20;
        Multiplier multiplier = Multiplier.From(1.0 / (float)(MathF.Sqrt(input.Scale) * output.Scale));
        ChannelScale scale = ChannelScale.From(multiplier with { Exponent = multiplier.Exponent - shift });
        return CodeTable.Of(context, code =>
        {
            int value = code - input.ZeroPoint;
            if (value <= 0)
                return sbyte.MaxValue;
            Multiplier root = FixedPoint.ReciprocalSquareRoot(value);
            int fine = Requantization.Reference.Apply(1, ChannelScale.From(root with { Exponent = root.Exponent + shift }));
            return (int)Math.Clamp((long)Requantization.Reference.Apply(fine, scale) + output.ZeroPoint, sbyte.MinValue, sbyte.MaxValue);
        });
    }

    internal static PreparedUnary Of(OperatorContext context, UnaryFunction function, float parameter = 0) =>
        Of(context, function, parameter, TensorType.Float32);

    internal static PreparedUnary Of(OperatorContext context, UnaryFunction function, float parameter, params ReadOnlySpan<TensorType> types)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, types);
        OperatorContext.Typed(output, input.Type);
        OperatorContext.Shaped(output, input.Shape!);
        return new(context.Operator, input, output, function, parameter);
    }
}
