using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing functions of one number that TFLite has for plain numbers alone. Sines are the host's C library's, as in TFLite.</summary>
public static class Pointwise
{
    [Prepares(BuiltinOperator.Floor)]
    public static PreparedOperator Floor(OperatorContext context, UnaryArithmetic arithmetic) => Unary.Of(context, UnaryFunction.Floor);

    [Prepares(BuiltinOperator.Ceil)]
    public static PreparedOperator Ceil(OperatorContext context, UnaryArithmetic arithmetic) => Unary.Of(context, UnaryFunction.Ceiling);

    [Prepares(BuiltinOperator.Round)]
    public static PreparedOperator Round(OperatorContext context, UnaryArithmetic arithmetic) => Unary.Of(context, UnaryFunction.Round);

    [Prepares(BuiltinOperator.Square)]
    public static PreparedOperator Square(OperatorContext context, UnaryArithmetic arithmetic) => Unary.Of(context, UnaryFunction.Square);

    [Prepares(BuiltinOperator.Sign)]
    public static PreparedOperator Sign(OperatorContext context, UnaryArithmetic arithmetic) =>
        Unary.Of(context, UnaryFunction.Sign, 0, TensorType.Float32, TensorType.Int32);

    [Prepares(BuiltinOperator.Sin)]
    public static PreparedOperator Sin(OperatorContext context, UnaryArithmetic arithmetic) => Unary.Of(context, UnaryFunction.Sine) with { Units = arithmetic.Units };

    [Prepares(BuiltinOperator.Cos)]
    public static PreparedOperator Cos(OperatorContext context, UnaryArithmetic arithmetic) => Unary.Of(context, UnaryFunction.Cosine) with { Units = arithmetic.Units };

    /// <remarks>A copy of bytes of which 0 becomes 1, and every other 0.</remarks>
    [Prepares(BuiltinOperator.LogicalNot)]
    public static PreparedOperator LogicalNot(OperatorContext context, UnaryArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0);
        OperatorContext.Typed(input, TensorType.Bool);
        PreparedCopy copy = Copies.Prepare(context, TensorView.Of(input.Shape!), input.Shape!);
        ImmutableArray<byte> inverse = [1, .. Enumerable.Repeat((byte)0, 255)];
        return copy with { Blocks = [.. copy.Blocks.Select(block => block with { Codes = inverse })] };
    }
}
