using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>How LOG_SOFTMAX is computed.</summary>
/// <param name="Method">On codes: as SOFTMAX, by one of two implementations.</param>
public sealed record LogSoftmaxArithmetic(SoftmaxMethod Method) : OperatorArithmetic
{
    /// <summary>Largest error of an exponential or a logarithm of float32, in units of 2^-24 of it; 0 for the C library's own in the order of the reference kernel.</summary>
    public double FunctionUnits { get; init; }
}

/// <summary>
/// LOG_SOFTMAX over rows of <paramref name="Depth"/> codes: difference - log(sum of exponentials), where difference = code - row maximum, times the input's scale. Tables stand at
/// [-difference], 0..255; those of the other method are empty.
/// </summary>
/// <param name="Differences">FixedPoint: the difference times the scale, F5.</param>
/// <param name="Exponentials">FixedPoint: its exponential, F12; 0 beyond <paramref name="LargestDifference"/>.</param>
/// <param name="LargestDifference">FixedPoint: codes farther below the maximum are left out of the sum, and become the lowest code.</param>
/// <param name="Reverse">FixedPoint: from F5 to differences.</param>
/// <param name="FloatExponentials">FloatTable: expf(-scale * -difference).</param>
public sealed record PreparedLogSoftmax(
    Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth, SoftmaxMethod Method, ImmutableArray<int> Differences, ImmutableArray<int> Exponentials,
    int LargestDifference, ChannelScale Reverse, ImmutableArray<float> FloatExponentials) : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing LOG_SOFTMAX.</summary>
public static class LogSoftmax
{
    private const int IntegerBits = 5;
    private const int SumBits = 12;

    /// <exception cref="NotComputableException">The output's quantization is none that TFLite accepts.</exception>
    [Prepares(BuiltinOperator.LogSoftmax)]
    public static PreparedOperator Prepare(OperatorContext context, LogSoftmaxArithmetic arithmetic)
    {
        if (context.Output(0).Type == TensorType.Float32)
            return OfNumbers(context, arithmetic.FunctionUnits);
        (Quantization from, Quantization to) = CodeTable.Quantizations(context, mixed: false, TensorType.UInt8, TensorType.Int8);
        TensorInfo input = context.Input(0), output = context.Output(0);
        int high = input.Type.CodeRange()!.Value.High;
        if (to.Scale != 16f / 256 || to.ZeroPoint != high)
            throw new NotComputableException($"output scale {to.Scale} and zero point {to.ZeroPoint}, expected 1/16 and {high}");
        int depth = input.Shape!.Last, rows = depth == 0 ? 0 : input.Shape.Elements / depth;
        if (arithmetic.Method == SoftmaxMethod.FloatTable)
        {
            ImmutableArray<float> exponentials = [.. Enumerable.Range(0, 256).Select(difference => MathF.Exp((float)(-from.Scale * difference)))];
            return new PreparedLogSoftmax(context.Operator, input, output, rows, depth, arithmetic.Method, [], [], 255, default, exponentials);
        }
        Multiplier multiplier = Multiplier.From(Math.Min((double)from.Scale * (1 << (31 - IntegerBits)), int.MaxValue));
        if (multiplier.Exponent <= 0)
            throw new NotComputableException($"input scale {from.Scale} is too small for the fixed-point kernel");
        int largest = (int)Math.Min(Math.Floor(((1 << IntegerBits) - 1) * Math.ScaleB(1, 31 - IntegerBits) / Math.ScaleB(1, multiplier.LeftShift)), 255);
        ImmutableArray<int> differences = [.. Enumerable.Range(0, 256).Select(difference =>
            FixedPoint.SaturatingRoundingDoublingHighMultiply(unchecked(-difference << multiplier.LeftShift), multiplier.Mantissa))];
        return new PreparedLogSoftmax(
            context.Operator, input, output, rows, depth, arithmetic.Method, differences,
            [.. differences.Select((scaled, difference) => difference > largest ? 0
                : FixedPoint.RoundingDivideByPowerOfTwo(FixedPoint.ExpOnNegativeValues(scaled, IntegerBits), SumBits))],
            largest, ChannelScale.From(Math.ScaleB(1, 31 - multiplier.LeftShift) / multiplier.Mantissa), []);
    }

    private static PreparedFloatLogSoftmax OfNumbers(OperatorContext context, double units)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.Float32);
        OperatorContext.Shaped(output, input.Shape!);
        int depth = input.Shape!.Last, rows = depth == 0 ? 0 : input.Shape.Elements / depth;
        return new(context.Operator, input, output, rows, depth) { FunctionUnits = units };
    }
}
