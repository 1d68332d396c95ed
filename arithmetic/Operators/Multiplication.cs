using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How MUL is computed on codes (spec, section 2.10).</summary>
/// <param name="Requantization">From product to output units.</param>
public sealed record ProductArithmetic(Requantization Requantization) : PairArithmetic;

/// <summary>Preparing MUL.</summary>
public static class Multiplication
{
    [Prepares(BuiltinOperator.Mul)]
    public static PreparedOperator Prepare(OperatorContext context, ProductArithmetic arithmetic)
    {
        Activation activation = context.Options<MulOptions>().Activation;
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        if (output.Type.CodeRange() is null)
            return Numbers.Of(context, NumberFunction.Multiply, activation, arithmetic.ClampsInfinity, TensorType.Float32, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(first, output.Type);
        OperatorContext.Typed(second, output.Type);
        Quantization result = CodeTable.PerTensor(output);
        float scale = (float)ScaleFormation.FloatQuotient.Of(CodeTable.PerTensor(first).Scale, CodeTable.PerTensor(second).Scale, result.Scale);
        Broadcast broadcast = Broadcast.Of(output, first, second);
        VectorBody? body = arithmetic.BodyOf(broadcast);
        Terms tail = new(TermTables.Centred(first), TermTables.Centred(second), Narrowing.None);
        (int low, int high) = ActivationRange.Of(activation, output.Type, result, arithmetic.Bounds);
        return new PreparedCombination(
            context.Operator, first, second, output, broadcast, Combination.Product, body is null ? tail : tail with { Narrowing = body.Narrowing }, tail, body?.Block ?? 1,
            new([ChannelScale.From(scale)], result.ZeroPoint, low, high, arithmetic.Requantization, arithmetic.Requantization, 1));
    }
}
