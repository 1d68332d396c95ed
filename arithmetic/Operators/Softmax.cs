using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Which of TFLite's two 8-bit implementations (spec, section 2.5).</summary>
public enum SoftmaxMethod
{
    /// <summary>gemmlowp fixed point: the reference kernel.</summary>
    FixedPoint,

    /// <summary>A float32 table of exponentials: the optimized kernel.</summary>
    FloatTable,
}

/// <summary>How SOFTMAX is computed.</summary>
public sealed record SoftmaxArithmetic(SoftmaxMethod Method) : OperatorArithmetic
{
    /// <summary>Largest error of an exponential of float32, in units of 2^-24 of it; 0 for the C library's own in the order of the reference kernel.</summary>
    public double ExponentialUnits { get; init; }
}

/// <summary>
/// SOFTMAX over rows of <paramref name="Depth"/> 8-bit codes, to codes of 8 or 16 bits. Both methods start from difference = row maximum - code, 0..255, and look up its exponential.
/// </summary>
/// <param name="Exponentials">
/// FixedPoint: exp(-scale * beta * difference) as F0 at [difference], for differences up to <paramref name="LargestDifference"/>.
/// </param>
/// <param name="FloatExponentials">FloatTable: expf(-scale * beta * difference) at [difference]; empty for FixedPoint.</param>
/// <param name="LargestDifference">FixedPoint: codes farther below the maximum become the lowest code and are left out of the sum.</param>
public sealed record PreparedSoftmax(
    Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth, SoftmaxMethod Method,
    ImmutableArray<int> Exponentials, ImmutableArray<float> FloatExponentials, int LargestDifference)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>FloatTable: the probability of one code. The fixed-point method takes it for 1/256, or 1/65536 of int16, whatever the file says.</summary>
    public float OutputScale { get; init; } = Output.Quantization!.Scale;

    /// <summary>FloatTable: how a probability becomes a code; null for TFLite's own, which is half away, but (int)(p + 0.5f) for uint8.</summary>
    public Rounding? Rounding { get; init; }
}

/// <summary>Preparing SOFTMAX.</summary>
public static class Softmax
{
    private const int IntegerBits = 5;

    /// <summary>What TFLite allows an int8 output scale to be off, of it.</summary>
    private const float Tolerance = 0.001f;

    /// <exception cref="NotComputableException">The output's quantization is none that TFLite accepts.</exception>
    [Prepares(BuiltinOperator.Softmax)]
    public static PreparedOperator Prepare(OperatorContext context, SoftmaxArithmetic arithmetic)
    {
        float beta = context.Options<SoftmaxOptions>().Beta;
        TensorInfo input = context.Input(0), output = context.Output(0);
        if (input.Type is TensorType.Int16 or TensorType.Float32)
            return WideSoftmax.Prepare(context, arithmetic);
        OperatorContext.Typed(input, TensorType.UInt8, TensorType.Int8);
        OperatorContext.Typed(output, input.Type, TensorType.Int16);
        OperatorContext.Shaped(output, input.Shape!);
        Quantization result = OperatorContext.Quantized(output);
        (int low, int high) = output.Type.CodeRange()!.Value;
        float expected = 1f / (high - low + 1);
        if (Math.Abs(result.Scale - expected) > Tolerance * expected || result.ZeroPoint != low)
            throw new NotComputableException($"output scale {result.Scale} and zero point {result.ZeroPoint}, expected {expected} and {low}");
        float scale = OperatorContext.Quantized(input).Scale;
        int depth = input.Shape!.Last, rows = depth == 0 ? 0 : input.Shape.Elements / depth;
        if (arithmetic.Method == SoftmaxMethod.FloatTable)
            return new PreparedSoftmax(context.Operator, input, output, rows, depth, arithmetic.Method, [], FloatTable(scale, beta), 255);
        (ImmutableArray<int> table, int largest) = FixedPointTable(scale, beta);
        return new PreparedSoftmax(context.Operator, input, output, rows, depth, arithmetic.Method, table, [], largest);
    }

    /// <summary>The same operator by the float table, whatever method was asked for.</summary>
    public static PreparedSoftmax InFloat(PreparedSoftmax softmax) => softmax.Method == SoftmaxMethod.FloatTable ? softmax : softmax with
    {
        Method = SoftmaxMethod.FloatTable,
        FloatExponentials = FloatTable(softmax.Input.Quantization!.Scale, ((SoftmaxOptions)softmax.Operator.Options!).Beta),
    };

    /// <summary>The same operator, by the same method, with another beta.</summary>
    /// <exception cref="NotComputableException">The fixed-point method does not take it.</exception>
    public static PreparedSoftmax WithBeta(PreparedSoftmax softmax, float beta)
    {
        float scale = softmax.Input.Quantization!.Scale;
        if (softmax.Method == SoftmaxMethod.FloatTable)
            return softmax with { FloatExponentials = FloatTable(scale, beta) };
        (ImmutableArray<int> table, int largest) = FixedPointTable(scale, beta);
        return softmax with { Exponentials = table, LargestDifference = largest };
    }

    /// <summary>The host's expf, which is the C library's own, as in TFLite.</summary>
    private static ImmutableArray<float> FloatTable(float scale, float beta)
    {
        float factor = -scale * beta;
        return [.. Enumerable.Range(0, 256).Select(difference => MathF.Exp(factor * difference))];
    }

    private static (ImmutableArray<int> Table, int LargestDifference) FixedPointTable(float scale, float beta)
    {
        Multiplier multiplier = Multiplier.From(Math.Min((double)beta * scale * (1 << (31 - IntegerBits)), int.MaxValue));
        if (multiplier.Exponent < 0)
            throw new NotComputableException($"input scale {scale} with beta {beta} is too small for the fixed-point kernel");
        double radius = ((1 << IntegerBits) - 1) * Math.ScaleB(1, 31 - IntegerBits) / Math.ScaleB(1, multiplier.LeftShift);
        int largest = (int)Math.Min(Math.Floor(radius), 255);
        return ([.. Enumerable.Range(0, 256).Select(difference => difference > largest ? 0 : FixedPoint.ExpOnNegativeValues(
            FixedPoint.SaturatingRoundingDoublingHighMultiply(unchecked(-difference << multiplier.LeftShift), multiplier.Mantissa), IntegerBits))], largest);
    }
}
