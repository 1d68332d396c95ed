using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>How a function of real numbers becomes a table of 8-bit codes.</summary>
public enum TableMethod
{
    /// <summary>round half away(f32{y * f32{1/scale}}) + zero point; y in float32: TFLite's own kernels (spec, section 1.7).</summary>
    RoundThenShift,

    /// <summary>round half even(f32{f32{y * f32{1/scale}} + zero point}): XNNPACK (spec, section 2.6).</summary>
    ShiftThenRound,

    /// <summary>round half even(f32{y * f32{1/scale}}) + zero point: XNNPACK of 2022, whose logistic of x from 0 on is 1 less that of -x.</summary>
    RoundEvenThenShift,
}

/// <summary>How int16 LOGISTIC and TANH are computed where the input scale is a power of two (spec, section 2.6).</summary>
public enum PowerOfTwoMethod
{
    /// <summary>By the table of sigmoids, as for every other scale: the reference kernel.</summary>
    Table,

    /// <summary>gemmlowp's fixed point on 16 bits: the optimized kernel.</summary>
    FixedPoint16,
}

/// <summary>What the known runtimes disagree about in LOGISTIC, TANH, ELU, EXP and LOG.</summary>
public sealed record FunctionArithmetic(TableMethod Method) : UnaryArithmetic
{
    public PowerOfTwoMethod PowerOfTwo { get; init; } = PowerOfTwoMethod.Table;

    /// <summary>The function of float32 where it is none of the C library's.</summary>
    public UnaryFunction? Single { get; init; }

    /// <summary>Whether LOGISTIC and TANH of float32 are those of <see cref="VectorFunctions"/>.</summary>
    public bool InVectors { get; init; }
}

/// <summary>Preparing functions of real numbers. Exponentials and logarithms are the host's C library's, as in TFLite.</summary>
public static class Functions
{
    [Prepares(BuiltinOperator.Logistic)]
    public static PreparedOperator Logistic(OperatorContext context, FunctionArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32 && arithmetic.InVectors)
        {
            return Unary.Of(context, UnaryFunction.LogisticInside) with
            {
                Tail = UnaryFunction.LogisticBeside, TailStart = context.Output(0).Shape!.Elements / VectorFunctions.Lanes * VectorFunctions.Lanes,
            };
        }
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, arithmetic.Units == 0 ? UnaryFunction.Logistic : UnaryFunction.LogisticRounded) with { Units = arithmetic.Units };
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        if (context.Output(0).Type == TensorType.Int16)
            return Sigmoid16.Logistic(context, input, output, arithmetic.PowerOfTwo);
        // XNNPACK has no such condition, but takes only what TFLite has prepared.
        if (output.Scale != 1f / 256)
            throw new NotComputableException($"LOGISTIC needs an output scale of 1/256, found {output.Scale}");
        return Table(context, arithmetic.Method, arithmetic.Method switch
        {
            TableMethod.RoundThenShift => x => 1f / (1f + MathF.Exp(-x)),
            TableMethod.RoundEvenThenShift => x => float.IsNegative(x) ? 1f / (1f + MathF.Exp(-x)) : 1f - (float)(1f / (1f + MathF.Exp(x))),
            _ => x => x > 100 ? 1 : x < -100 ? 0 : (float)(Math.Exp(x) / (1 + Math.Exp(x))),
        });
    }

    [Prepares(BuiltinOperator.Tanh)]
    public static PreparedOperator Tanh(OperatorContext context, FunctionArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, arithmetic.Single ?? (arithmetic.InVectors ? UnaryFunction.TanhInVectors : UnaryFunction.Tanh)) with { Units = arithmetic.Units };
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        return context.Output(0).Type == TensorType.Int16
            ? Sigmoid16.Tanh(context, input, output, arithmetic.PowerOfTwo)
            : Table(context, arithmetic.Method, MathF.Tanh);
    }

    [Prepares(BuiltinOperator.Elu)]
    public static PreparedOperator Elu(OperatorContext context, FunctionArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, UnaryFunction.Elu) with { Units = arithmetic.Units };
        CodeTable.Quantizations(context, mixed: false, TensorType.Int8);
        return Table(context, arithmetic.Method, x => x < 0 ? Expm1(x) : x);
    }

    [Prepares(BuiltinOperator.Exp)]
    public static PreparedOperator Exp(OperatorContext context, FunctionArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, arithmetic.Single ?? UnaryFunction.Exp) with { Units = arithmetic.Units };
        return Function(context, arithmetic, MathF.Exp);
    }

    /// <remarks>What has no logarithm becomes the lowest code.</remarks>
    [Prepares(BuiltinOperator.Log)]
    public static PreparedOperator Log(OperatorContext context, FunctionArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, arithmetic.Single ?? UnaryFunction.Log) with { Units = arithmetic.Units };
        (_, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.Int8, TensorType.Int16);
        float lowest = (context.Output(0).Type.CodeRange()!.Value.Low - output.ZeroPoint) * output.Scale;
        return Function(context, arithmetic, x => x <= 0 ? lowest : MathF.Log(x));
    }

    private static PreparedTable Function(OperatorContext context, FunctionArithmetic arithmetic, Func<float, float> function)
    {
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.Int8, TensorType.Int16);
        if (context.Output(0).Type == TensorType.Int8)
            return Table(context, arithmetic.Method, function);
        if (input.ZeroPoint != 0 || output.ZeroPoint != 0)
            throw new NotComputableException($"int16 needs zero points of 0, found {input.ZeroPoint} and {output.ZeroPoint}");
        return CodeTable.Of(context, CodeTable.Interpolated(input.Scale, input.ZeroPoint, output.Scale, output.ZeroPoint, function));
    }

    internal static PreparedTable Table(OperatorContext context, TableMethod method, Func<float, float> function)
    {
        Quantization input = CodeTable.PerTensor(context.Input(0)), output = CodeTable.PerTensor(context.Output(0));
        (int low, int high) = context.Output(0).Type.CodeRange()!.Value;
        float inverse = 1f / output.Scale;
        return CodeTable.Of(context, code =>
        {
            float y = (float)(function((float)(input.Scale * (code - input.ZeroPoint))) * inverse);
            return (int)Math.Clamp(method switch
            {
                TableMethod.RoundThenShift => FixedPoint.Round((float)(MathF.Round(y, MidpointRounding.AwayFromZero) + output.ZeroPoint), Rounding.Truncate),
                TableMethod.RoundEvenThenShift => (long)FixedPoint.Round(y, Rounding.HalfEven) + output.ZeroPoint,
                _ => FixedPoint.Round((float)(y + output.ZeroPoint), Rounding.HalfEven),
            }, low, high);
        });
    }

    /// <summary>
    /// exp(x) - 1 for x &lt;= 0 as C libraries have computed it in float32 since Sun's fdlibm, glibc before 2.41 among them, and not always rounded right: x = k ln 2 + r, a
    /// quotient for exp(r) - 1 whose polynomial stands in r^2 / 2, and a scaling by 2^k. No operation is fused.
    /// </summary>
    public static float Expm1(float x)
    {
        const float Ln2High = 6.9313812256e-01f, Ln2Low = 9.0580006145e-06f, InverseLn2 = 1.4426950216f, HalfLn2 = 0.34657359f;
        if (x <= -27 * MathF.Log(2))
            return -1;
        if (x > -MathF.ScaleB(1, -25))
            return x;
        int k = x >= -HalfLn2 ? 0 : x > -3 * HalfLn2 ? -1 : (int)(float)((float)(InverseLn2 * x) - 0.5f);
        float high = x - (float)(k * Ln2High), low = k * Ln2Low, r = high - low, lost = (float)(high - r) - low;
        float half = 0.5f * r, square = r * half, polynomial = -2.0109921195e-07f;
        foreach (float coefficient in (ReadOnlySpan<float>)[4.0082177293e-06f, -7.9365076090e-05f, 1.5873016091e-03f, -3.3333335072e-02f, 1])
            polynomial = coefficient + (float)(square * polynomial);
        float t = 3 - (float)(polynomial * half);
        float e = square * (float)((float)(polynomial - t) / (float)(6 - (float)(r * t)));
        if (k == 0)
            return r - (float)((float)(r * e) - square);
        e = (float)((float)(r * (float)(e - lost)) - lost) - square;
        return k == -1 ? (float)(0.5f * (float)(r - e)) - 0.5f : MathF.ScaleB(1 - (float)(e - r), k) - 1;
    }
}
