using System.Numerics;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>DIV of codes, element by element: the reciprocal of the divisor in fixed point, then two high multiplies (spec, section 2.10).</summary>
/// <param name="Factor">first scale / (second scale * output scale).</param>
public sealed record PreparedDivision(
    Operator Operator, TensorInfo First, TensorInfo Second, TensorInfo Output, Broadcast Broadcast, int FirstZeroPoint, int SecondZeroPoint,
    Multiplier Factor, int ZeroPoint, int Low, int High) : PreparedOperator(Operator, [First, Second], [Output])
{
    /// <summary>The code of a quotient. TFLite refuses a divisor that is 0; here the quotient is then 0.</summary>
    public int Code(int first, int second)
    {
        (int dividend, int divisor) = (first - FirstZeroPoint, second - SecondZeroPoint);
        if (divisor < 0)
            (dividend, divisor) = (-dividend, -divisor);
        if (divisor == 0)
            return Math.Clamp(ZeroPoint, Low, High);
        (int reciprocal, int bitsOverUnit) = FixedPoint.Reciprocal(divisor, 31);
        // Sign bits beyond the one that is needed.
        int headroom = BitOperations.LeadingZeroCount((uint)(dividend < 0 ? ~dividend : dividend)) - 1;
        int quotient = FixedPoint.SaturatingRoundingDoublingHighMultiply(dividend << headroom, reciprocal);
        int scaled = FixedPoint.SaturatingRoundingDoublingHighMultiply(quotient, Factor.Mantissa);
        int shift = bitsOverUnit + headroom - Factor.Exponent;
        // Small dividends over large divisors ask for shifts of 32 and more. TFLite shifts all the same, and x86 takes the lower 5 bits: the results are wrong, and so they are here.
        int rounded = shift <= 31 ? FixedPoint.RoundingDivideByPowerOfTwo(scaled, Math.Max(shift, 0)) : (scaled >> shift) + (scaled >= 0 ? 1 : 0);
        return Math.Min(Math.Max(unchecked(rounded + ZeroPoint), Low), High);
    }
}

/// <summary>Preparing DIV.</summary>
public static class Division
{
    [Prepares(BuiltinOperator.Div)]
    public static PreparedOperator Prepare(OperatorContext context, PairArithmetic arithmetic)
    {
        Activation activation = context.Options<DivOptions>().Activation;
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        if (output.Type.CodeRange() is null)
            return Numbers.Of(context, NumberFunction.Divide, activation, arithmetic.ClampsInfinity, TensorType.Float32, TensorType.Int32);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(first, output.Type);
        OperatorContext.Typed(second, output.Type);
        Quantization dividend = CodeTable.PerTensor(first), divisor = CodeTable.PerTensor(second), result = CodeTable.PerTensor(output);
        (int low, int high) = ActivationRange.Of(activation, output.Type, result, arithmetic.Bounds);
        float factor = (float)(dividend.Scale / (float)(divisor.Scale * result.Scale));
        // More would shift left after the last multiply, which TFLite leaves undefined.
        if (!float.IsFinite(factor) || factor >= 1 << 14)
            throw new NotComputableException($"the output scale {result.Scale} is too small for TFLite's kernel: factor {factor}, expected less than 2^14");
        return new PreparedDivision(
            context.Operator, first, second, output, Broadcast.Of(output, first, second), dividend.ZeroPoint, divisor.ZeroPoint, Multiplier.From(factor),
            result.ZeroPoint, low, high);
    }
}
