using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>A function of two numbers of one type.</summary>
public enum NumberFunction
{
    Add,
    Subtract,
    Multiply,

    /// <summary>Truncates for integers.</summary>
    Divide,

    /// <summary>floor of the float64 quotient, saturated.</summary>
    FloorDivide,
    Maximum,
    Minimum,
    SquaredDifference,

    /// <summary>first where it is at least 0, else first * second.</summary>
    Prelu,

    /// <summary>What remains of the quotient that is floored: its sign is the divisor's.</summary>
    FloorModulo,
    ExclusiveOr,

    /// <summary>first / 2^second, floored; second is clamped to 0 and the bits of the type less 1.</summary>
    ShiftRight,

    /// <summary>powf of float32. For integers what overflows is the smallest one, as it is in a conversion from float64.</summary>
    Power,

    /// <summary>
    /// A power whose exponent is one number for all: where that is a positive integer (<see cref="Numbers.WholeExponent"/>), products of products; else as <see cref="Power"/>.
    /// </summary>
    PowerOfOne,

    /// <summary>atan2f.</summary>
    ArcTangent,
}

/// <summary>
/// Two tensors combined element by element as plain numbers: float32, integers, or codes where the quantization plays no part. Integers wrap.
/// </summary>
/// <param name="Low">Smallest result that the clamp lets through; -infinity without one.</param>
/// <param name="High">Largest result that the clamp lets through; +infinity without one.</param>
public sealed record PreparedNumbers(
    Operator Operator, TensorInfo First, TensorInfo Second, TensorInfo Output, Broadcast Broadcast, NumberFunction Function, double Low, double High)
    : PreparedOperator(Operator, [First, Second], [Output])
{
    public override bool CallsLibrary => Function == NumberFunction.ArcTangent
        || (Output.Type == TensorType.Float32 && Function is NumberFunction.Power or NumberFunction.PowerOfOne && !IsPowerOfProducts);

    private bool IsPowerOfProducts =>
        Function == NumberFunction.PowerOfOne && Second.IsConstant && Numbers.WholeExponent(BitConverter.ToSingle(Second.Data.Span)) is not null;
}

/// <summary>Preparing operators on plain numbers.</summary>
public static class Numbers
{
    [Prepares(BuiltinOperator.Maximum)]
    public static PreparedOperator Maximum(OperatorContext context, PairArithmetic arithmetic) => Extremum(context, NumberFunction.Maximum);

    [Prepares(BuiltinOperator.Minimum)]
    public static PreparedOperator Minimum(OperatorContext context, PairArithmetic arithmetic) => Extremum(context, NumberFunction.Minimum);

    /// <remarks>On int8 and int16 it divides codes, whatever their quantization.</remarks>
    [Prepares(BuiltinOperator.FloorDiv)]
    public static PreparedOperator FloorDiv(OperatorContext context, PairArithmetic arithmetic) => Of(
        context, NumberFunction.FloorDivide, Activation.None, clampsInfinity: false, TensorType.Float32, TensorType.Int32, TensorType.Int16, TensorType.Int8);

    /// <remarks>On int8 and int16 it divides codes, whatever their quantization.</remarks>
    [Prepares(BuiltinOperator.FloorMod)]
    public static PreparedOperator FloorMod(OperatorContext context, PairArithmetic arithmetic) => Of(
        context, NumberFunction.FloorModulo, Activation.None, clampsInfinity: false,
        TensorType.Float32, TensorType.Int64, TensorType.Int32, TensorType.Int16, TensorType.Int8);

    /// <remarks>Of bools, which are 0 and 1, the smaller one.</remarks>
    [Prepares(BuiltinOperator.LogicalAnd)]
    public static PreparedOperator LogicalAnd(OperatorContext context, PairArithmetic arithmetic) =>
        Of(context, NumberFunction.Minimum, Activation.None, clampsInfinity: false, TensorType.Bool);

    /// <remarks>Of bools, which are 0 and 1, the larger one.</remarks>
    [Prepares(BuiltinOperator.LogicalOr)]
    public static PreparedOperator LogicalOr(OperatorContext context, PairArithmetic arithmetic) =>
        Of(context, NumberFunction.Maximum, Activation.None, clampsInfinity: false, TensorType.Bool);

    [Prepares(BuiltinOperator.BitwiseXor)]
    public static PreparedOperator BitwiseXor(OperatorContext context, PairArithmetic arithmetic) => Of(
        context, NumberFunction.ExclusiveOr, Activation.None, clampsInfinity: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32);

    [Prepares(BuiltinOperator.RightShift)]
    public static PreparedOperator RightShift(OperatorContext context, PairArithmetic arithmetic) => Of(
        context, NumberFunction.ShiftRight, Activation.None, clampsInfinity: false, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32);

    /// <remarks>TFLite refuses negative exponents of integers; here their powers are 0.</remarks>
    [Prepares(BuiltinOperator.Pow)]
    public static PreparedOperator Pow(OperatorContext context, PairArithmetic arithmetic)
    {
        Shape bases = context.Input(0).Shape!, exponents = context.Input(1).Shape!;
        bool isOne = exponents.Elements == 1 && !exponents.Equals(bases);
        return Of(context, isOne ? NumberFunction.PowerOfOne : NumberFunction.Power, Activation.None, clampsInfinity: false, TensorType.Float32, TensorType.Int32);
    }

    [Prepares(BuiltinOperator.Atan2)]
    public static PreparedOperator Atan2(OperatorContext context, PairArithmetic arithmetic)
    {
        OperatorContext.Shaped(context.Input(1), context.Input(0).Shape!);
        return Of(context, NumberFunction.ArcTangent, Activation.None, clampsInfinity: false, TensorType.Float32);
    }

    /// <summary>The integer, 1 at least, from which a float32 exponent is less than 1e-5 apart; null without such.</summary>
    public static int? WholeExponent(float exponent) =>
        exponent is > 0.5f and < 2147483648f && Math.Abs((float)(exponent - MathF.Round(exponent, MidpointRounding.AwayFromZero))) < 1e-5f
            ? (int)MathF.Round(exponent, MidpointRounding.AwayFromZero) : null;

    /// <summary>Codes are compared as they are: the quantizations are taken to be equal, and are not looked at.</summary>
    private static PreparedNumbers Extremum(OperatorContext context, NumberFunction function) => Of(
        context, function, Activation.None, clampsInfinity: false,
        TensorType.Float32, TensorType.Int32, TensorType.Int64, TensorType.UInt8, TensorType.Int8, TensorType.Int16);

    internal static PreparedNumbers Of(
        OperatorContext context, NumberFunction function, Activation activation, bool clampsInfinity, params ReadOnlySpan<TensorType> types)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(output, types);
        OperatorContext.Typed(first, output.Type);
        OperatorContext.Typed(second, output.Type);
        (double low, double high) = RealActivation.Range(activation, clampsInfinity && output.Type == TensorType.Float32);
        return new(context.Operator, first, second, output, Broadcast.Of(output, first, second), function, low, high);
    }
}
