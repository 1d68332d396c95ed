using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>How a float32 becomes a code (spec, section 2.13).</summary>
public enum QuantizeMethod
{
    /// <summary>round half away(f32{x / scale}): the reference kernel.</summary>
    DivideSingle,

    /// <summary>round half away(f64{x / scale}): the scalar tail of the optimized kernel.</summary>
    DivideDouble,

    /// <summary>round half even(f32{x * f32{1 / scale}}): the vector body of the optimized kernel.</summary>
    MultiplyReciprocal,

    /// <summary>The same clamped before it is rounded: XNNPACK.</summary>
    MultiplyClamped,

    /// <summary>(int)f32{x / scale}. A mistake.</summary>
    DivideTruncated,

    /// <summary>floor(f32{x / scale} + 0.5). A mistake.</summary>
    DivideHalfUp,
}

/// <summary>What the known runtimes disagree about in QUANTIZE. The rest of a vector body is computed by <paramref name="Tail"/>.</summary>
/// <param name="Body">float32 to codes, in whole blocks of 8.</param>
/// <param name="Requantize">Codes of 8 bits to codes of 8 bits, in whole blocks of 16.</param>
/// <param name="FractionBits">Bits after the point of a requantization's factor, with one rounding half up: XNNPACK's 8. Null: 31 bits.</param>
public sealed record QuantizeArithmetic(QuantizeMethod Body, QuantizeMethod Tail, Requantization Requantize, int? FractionBits) : UnaryArithmetic;

/// <summary>float32 to codes, element by element; elements from <paramref name="TailStart"/> on by <paramref name="Tail"/>.</summary>
public sealed record PreparedQuantize(
    Operator Operator, TensorInfo Input, TensorInfo Output, float Scale, int ZeroPoint, int Low, int High, QuantizeMethod Body, QuantizeMethod Tail, int TailStart)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>
    /// The code of a number. What no int32 holds becomes INT_MIN before the zero point is added, as x86 converts; the sum wraps.
    /// </summary>
    public int Code(float x, QuantizeMethod method)
    {
        double rounded = method switch
        {
            QuantizeMethod.DivideSingle => MathF.Round((float)(x / Scale), MidpointRounding.AwayFromZero),
            QuantizeMethod.DivideDouble => Math.Round(x / (double)Scale, MidpointRounding.AwayFromZero),
            QuantizeMethod.DivideTruncated => MathF.Truncate(x / Scale),
            QuantizeMethod.DivideHalfUp => MathF.Floor((float)((float)(x / Scale) + 0.5f)),
            QuantizeMethod.MultiplyReciprocal => MathF.Round((float)(x * (float)(1.0 / Scale)), MidpointRounding.ToEven),
            _ => MathF.Round(Math.Min(Math.Max((float)(x * (1f / Scale)), Low - ZeroPoint), High - ZeroPoint), MidpointRounding.ToEven),
        };
        int integer = rounded is >= int.MinValue and <= int.MaxValue ? (int)rounded : int.MinValue;
        return Math.Min(Math.Max(unchecked(integer + ZeroPoint), Low), High);
    }
}

/// <summary>How DEQUANTIZE multiplies (spec, section 2.13).</summary>
public enum DequantizeMethod
{
    /// <summary>(float)f64{scale * (code - zero point)}.</summary>
    Centred,

    /// <summary>f32{f32{code * scale} + f32{-zero point * scale}}.</summary>
    ProductPlusConstant,
}

/// <summary>What the known runtimes disagree about in DEQUANTIZE.</summary>
/// <param name="Body">In whole blocks of 8 elements; what remains is <see cref="DequantizeMethod.Centred"/>.</param>
public sealed record DequantizeArithmetic(DequantizeMethod Body) : UnaryArithmetic;

/// <summary>What becomes of a float32 that the integer type of a CAST does not hold, which C leaves open. Others are cut off toward 0.</summary>
public enum FloatToInteger
{
    /// <summary>The nearest integer of the type; the largest for NaN.</summary>
    Saturated,

    /// <summary>The lowest integer of int32, of int64 where that is the type, as x86 converts; of narrower types what int32 has in its lower bits.</summary>
    Wrapped,
}

/// <summary>What the known runtimes disagree about in CAST.</summary>
public sealed record CastArithmetic(FloatToInteger Floats) : UnaryArithmetic;

/// <summary>A tensor of numbers of one type to another type, by C's conversions.</summary>
/// <param name="Floats">Of float32 to integers; <see cref="FloatToInteger.Saturated"/> where every number has its place.</param>
public sealed record PreparedCast(Operator Operator, TensorInfo Input, TensorInfo Output, FloatToInteger Floats) : PreparedOperator(Operator, [Input], [Output]);

/// <summary>DEQUANTIZE of float16: each number as a float32, which holds all of them.</summary>
public sealed record PreparedHalves(Operator Operator, TensorInfo Input, TensorInfo Output) : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing QUANTIZE, DEQUANTIZE and CAST.</summary>
public static class Conversions
{
    private const int FloatBlock = 8;
    private const int CodeBlock = 16;

    [Prepares(BuiltinOperator.Quantize)]
    public static PreparedOperator Quantize(OperatorContext context, QuantizeArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        if (input.Type != TensorType.Float32)
            return Requantize(context, arithmetic);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Shaped(output, input.Shape!);
        Quantization quantization = CodeTable.PerTensor(output);
        (int low, int high) = output.Type.CodeRange()!.Value;
        return new PreparedQuantize(
            context.Operator, input, output, quantization.Scale, quantization.ZeroPoint, low, high, arithmetic.Body, arithmetic.Tail,
            output.Shape!.Elements / FloatBlock * FloatBlock);
    }

    [Prepares(BuiltinOperator.Dequantize)]
    public static PreparedOperator Dequantize(OperatorContext context, DequantizeArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Float16);
        OperatorContext.Typed(output, TensorType.Float32);
        OperatorContext.Shaped(output, input.Shape!);
        if (input.Type == TensorType.Float16)
            return new PreparedHalves(context.Operator, input, output);
        Quantization quantization = CodeTable.PerTensor(input);
        (float scale, int zeroPoint) = (quantization.Scale, quantization.ZeroPoint);
        float constant = (float)(-zeroPoint * (double)scale);
        ImmutableArray<byte> tail = CodeTable.Table(input.Type, code => (float)((double)scale * (code - zeroPoint)));
        ImmutableArray<byte> body = arithmetic.Body == DequantizeMethod.Centred ? tail
            : CodeTable.Table(input.Type, code => (float)((float)(code * scale) + constant));
        return CodeTable.Of(context, body, tail, FloatBlock);
    }

    /// <remarks>The tensors' types decide; the options, and any quantization, are not looked at.</remarks>
    [Prepares(BuiltinOperator.Cast)]
    public static PreparedOperator Cast(OperatorContext context, CastArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        ReadOnlySpan<TensorType> types = [TensorType.Float32, TensorType.Int64, TensorType.Int32, TensorType.Int16, TensorType.UInt8, TensorType.Int8, TensorType.Bool];
        OperatorContext.Typed(input, types);
        OperatorContext.Typed(output, types);
        OperatorContext.Shaped(output, input.Shape!);
        bool mayNotHold = input.Type == TensorType.Float32 && output.Type is not (TensorType.Float32 or TensorType.Bool);
        return new PreparedCast(context.Operator, input, output, mayNotHold ? arithmetic.Floats : FloatToInteger.Saturated);
    }

    private static PreparedTable Requantize(OperatorContext context, QuantizeArithmetic arithmetic)
    {
        TensorInfo codes = context.Input(0), results = context.Output(0);
        OperatorContext.Typed(codes, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(results, codes.Type == TensorType.Int16 ? [TensorType.Int8, TensorType.Int16, TensorType.Int32] : [TensorType.UInt8, TensorType.Int8, TensorType.Int16]);
        OperatorContext.Shaped(results, codes.Shape!);
        (Quantization input, Quantization output) = (CodeTable.PerTensor(codes), CodeTable.PerTensor(results));
        (TensorType from, TensorType to) = (codes.Type, results.Type);
        (int low, int high) = to.CodeRange() ?? (int.MinValue, int.MaxValue);
        if (arithmetic.FractionBits is { } bits)
        {
            int factor = FixedPoint.Round(MathF.ScaleB((float)(input.Scale / output.Scale), bits), Rounding.HalfEven);
            return CodeTable.Of(context, code => (int)Math.Clamp(
                FixedPoint.ShiftRight((long)(code - input.ZeroPoint) * factor, bits, Rounding.HalfUp) + output.ZeroPoint, low, high));
        }
        ChannelScale scale = ChannelScale.From((double)input.Scale / output.Scale);
        ImmutableArray<byte> tail = TableOf(Requantization.Reference, scale);
        bool hasBody = from.Bits() == 8 && to.Bits() == 8;
        return CodeTable.Of(context, hasBody && arithmetic.Requantize != Requantization.Reference ? TableOf(arithmetic.Requantize, scale.InVectors()) : tail, tail, CodeBlock);

        ImmutableArray<byte> TableOf(Requantization requantization, ChannelScale factor) => CodeTable.Table(
            from, to, code => Math.Min(Math.Max(unchecked(requantization.Apply(code - input.ZeroPoint, factor) + output.ZeroPoint), low), high));
    }
}
