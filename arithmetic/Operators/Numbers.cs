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
}

/// <summary>
/// Two tensors combined element by element as plain numbers: float32, integers, or codes where the quantization plays no part. Integers wrap.
/// </summary>
/// <param name="Low">Smallest result that the clamp lets through; -infinity without one.</param>
/// <param name="High">Largest result that the clamp lets through; +infinity without one.</param>
public sealed record PreparedNumbers(
    Operator Operator, TensorInfo First, TensorInfo Second, TensorInfo Output, Broadcast Broadcast, NumberFunction Function, double Low, double High)
    : PreparedOperator(Operator, [First, Second], [Output]);

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
