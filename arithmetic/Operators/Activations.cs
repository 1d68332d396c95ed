using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>What the known runtimes disagree about in operators of one quantized input.</summary>
public record UnaryArithmetic : OperatorArithmetic
{
    /// <summary>
    /// How far a float32 function may be from the reference's result, in units of 2^-24 of that result (of GELU: of its argument; of sines: of 1): a runtime's approximation of it and
    /// the reference's own roundings. 0: not at all.
    /// </summary>
    public double Units { get; init; }
}

/// <summary>How LEAKY_RELU scales (spec, section 2.8).</summary>
/// <param name="FractionBits">Bits after the point of the two factors, with one rounding half up: XNNPACK's 8. Null: factors of 31 bits, as TFLite's own kernel has.</param>
public sealed record LeakyReluArithmetic(int? FractionBits) : UnaryArithmetic;

/// <summary>How HARD_SWISH of float32 is computed: in whole blocks, and what remains.</summary>
public sealed record HardSwishArithmetic(UnaryFunction Body, UnaryFunction Tail) : UnaryArithmetic
{
    /// <summary>Elements of one step of a vector body.</summary>
    public const int Block = 4;
}

/// <summary>Preparing the activations that are operators of their own and have integer arithmetic.</summary>
public static class Activations
{
    [Prepares(BuiltinOperator.Relu)]
    public static PreparedOperator Relu(OperatorContext context, UnaryArithmetic arithmetic) =>
        Clamped(context, UnaryFunction.Relu, 0, null, TensorType.UInt8, TensorType.Int8, TensorType.Int16);

    [Prepares(BuiltinOperator.Relu6)]
    public static PreparedOperator Relu6(OperatorContext context, UnaryArithmetic arithmetic) =>
        Clamped(context, UnaryFunction.Relu6, 0, 6, TensorType.UInt8, TensorType.Int8, TensorType.Int16);

    [Prepares(BuiltinOperator.ReluN1To1)]
    public static PreparedOperator ReluN1To1(OperatorContext context, UnaryArithmetic arithmetic) =>
        Clamped(context, UnaryFunction.ReluN1To1, -1, 1, TensorType.UInt8, TensorType.Int8);

    [Prepares(BuiltinOperator.Relu0To1)]
    public static PreparedOperator Relu0To1(OperatorContext context, UnaryArithmetic arithmetic) =>
        Clamped(context, UnaryFunction.Relu0To1, 0, 1, TensorType.UInt8, TensorType.Int8);

    [Prepares(BuiltinOperator.LeakyRelu)]
    public static PreparedOperator LeakyRelu(OperatorContext context, LeakyReluArithmetic arithmetic)
    {
        float alpha = context.Options<LeakyReluOptions>().Alpha;
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, arithmetic.FractionBits is null ? UnaryFunction.LeakyRelu : UnaryFunction.LeakyReluFlushed, alpha);
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        (int low, int high) = context.Output(0).Type.CodeRange()!.Value;
        float identity = input.Scale / output.Scale;
        if (arithmetic.FractionBits is { } bits)
        {
            int positive = FixedPoint.Round((float)MathF.ScaleB(identity, bits), Rounding.HalfEven);
            int negative = FixedPoint.Round((float)MathF.ScaleB(identity * alpha, bits), Rounding.HalfEven);
            return CodeTable.Of(context, code =>
            {
                int centred = code - input.ZeroPoint;
                return (int)Math.Clamp(FixedPoint.ShiftRight((long)centred * (centred >= 0 ? positive : negative), bits, Rounding.HalfUp) + output.ZeroPoint, low, high);
            });
        }
        ChannelScale scale = ChannelScale.From(identity);
        // A negative slope's sign is set aside: the multiplier is taken to be positive.
        double slope = (float)((float)(input.Scale * alpha) / output.Scale);
        ChannelScale slopeScale = ChannelScale.From(Math.Abs(slope));
        int sign = slope < 0 ? -1 : 1;
        return CodeTable.Of(context, code =>
        {
            int centred = code - input.ZeroPoint;
            int scaled = centred >= 0 ? Requantization.Reference.Apply(centred, scale) : sign * Requantization.Reference.Apply(centred, slopeScale);
            return Math.Clamp(scaled + output.ZeroPoint, low, high);
        });
    }

    /// <remarks>Products of 16 bits throughout (spec, section 2.8).</remarks>
    [Prepares(BuiltinOperator.HardSwish)]
    public static PreparedOperator HardSwish(OperatorContext context, UnaryArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
        {
            HardSwishArithmetic floats = arithmetic as HardSwishArithmetic ?? new(UnaryFunction.HardSwish, UnaryFunction.HardSwish);
            return Unary.Of(context, floats.Body) with { Tail = floats.Tail, TailStart = context.Output(0).Shape!.Elements / HardSwishArithmetic.Block * HardSwishArithmetic.Block };
        }
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8);
        (int low, int high) = context.Output(0).Type.CodeRange()!.Value;
        float fineScale = (1f / 128) * input.Scale;
        (short outputFactor, int outputExponent) = Multiplier16((float)(fineScale / output.Scale));
        (short gateFactor, int gateExponent) = Multiplier16((float)(fineScale / (3f / 32768)));
        if (outputExponent > 0)
            throw new NotComputableException($"HARD_SWISH needs an output scale above 1/128 of the input's, found {output.Scale} and {input.Scale}");
        return CodeTable.Of(context, code =>
        {
            short fine = unchecked((short)((code - input.ZeroPoint) * 128));
            short scaled = FixedPoint.SaturatingRoundingDoublingHighMultiply16(fine, outputFactor);
            short gate = fine;
            if (gateExponent > 0)
                gate = FixedPoint.SaturatingShiftLeft16(gate, gateExponent - 1);
            gate = FixedPoint.SaturatingRoundingDoublingHighMultiply16(gate, gateFactor);
            gate = gateExponent > 0 ? FixedPoint.SaturatingShiftLeft16(gate, 1)
                : (short)FixedPoint.RoundingDivideByPowerOfTwo(gate, Math.Min(-gateExponent, 31));
            gate = (short)((gate + (1 << 15)) >> 1);
            // The gate is not negative, so the doubling product cannot saturate; it is truncated.
            int product = gate * scaled / (1 << 15);
            return Math.Clamp(FixedPoint.RoundingDivideByPowerOfTwo(product, Math.Min(-outputExponent, 31)) + output.ZeroPoint, low, high);
        });
    }

    private static (short Mantissa, int Exponent) Multiplier16(float factor)
    {
        Multiplier multiplier = Multiplier.From(factor);
        return ((short)(multiplier.Mantissa >= int.MaxValue - (1 << 15) ? short.MaxValue : (multiplier.Mantissa + (1 << 15)) >> 16), multiplier.Exponent);
    }

    private static PreparedOperator Clamped(
        OperatorContext context, UnaryFunction function, float lowest, float? highest, params ReadOnlySpan<TensorType> types)
    {
        if (context.Output(0).Type == TensorType.Float32)
            return Unary.Of(context, function);
        (Quantization input, Quantization output) = CodeTable.Quantizations(context, mixed: false, types);
        (int low, int high) = context.Output(0).Type.CodeRange()!.Value;
        (low, high) = (Math.Max(low, Code(lowest)), highest is { } bound ? Math.Min(high, Code(bound)) : high);
        ChannelScale scale = ChannelScale.From((float)(input.Scale / output.Scale));
        return CodeTable.Of(context, code =>
            Math.Min(Math.Max(Requantization.Reference.Apply(code - input.ZeroPoint, scale) + output.ZeroPoint, low), high));

        int Code(float bound) => (int)Math.Clamp(output.ZeroPoint + (long)FixedPoint.Round((float)(bound / output.Scale), Rounding.HalfAway), int.MinValue, int.MaxValue);
    }
}
