using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// PRELU on codes, element by element: from zero point on the input is rescaled, below it its product with the slope (spec, section 2.8).
/// </summary>
/// <param name="InputTerms">code - zero point at [bit pattern] of the input.</param>
/// <param name="SlopeTerms">The same of the slopes, which are int8 beside an int16 input.</param>
/// <param name="Requantizer">"Channel" 0 for an input, 1 for a product.</param>
public sealed record PreparedPrelu(
    Operator Operator, TensorInfo Input, TensorInfo Slopes, TensorInfo Output, Broadcast Broadcast, ImmutableArray<int> InputTerms, ImmutableArray<int> SlopeTerms,
    Requantizer Requantizer) : PreparedOperator(Operator, [Input, Slopes], [Output]);

/// <summary>Preparing PRELU.</summary>
public static class Prelu
{
    [Prepares(BuiltinOperator.Prelu)]
    public static PreparedOperator Prepare(OperatorContext context, PairArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), slopes = context.Input(1), output = context.Output(0);
        OperatorContext.Shaped(output, input.Shape!);
        if (output.Type == TensorType.Float32)
            return Numbers.Of(context, NumberFunction.Prelu, Activation.None, clampsInfinity: false, TensorType.Float32);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(input, output.Type);
        OperatorContext.Typed(slopes, output.Type == TensorType.Int16 ? TensorType.Int8 : output.Type);
        Quantization from = CodeTable.PerTensor(input), slope = CodeTable.PerTensor(slopes), to = CodeTable.PerTensor(output);
        (int low, int high) = output.Type.CodeRange()!.Value;
        ChannelScale identity = ChannelScale.From((float)(from.Scale / to.Scale));
        ChannelScale product = ChannelScale.From(ScaleFormation.FloatQuotient.Of(from.Scale, slope.Scale, to.Scale));
        return new PreparedPrelu(
            context.Operator, input, slopes, output, Broadcast.Of(output, input, slopes), TermTables.Centred(input), TermTables.Centred(slopes),
            new([identity, product], to.ZeroPoint, low, high, Requantization.Reference, Requantization.Reference, 2));
    }
}
