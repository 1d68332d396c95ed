using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>SOFTMAX over rows of <paramref name="Depth"/> int16 codes, by tables (spec, section 2.5).</summary>
/// <param name="Exponentials">exp(scale * beta * -difference) with 15 fraction bits at [difference], 0..65535 below the row's maximum.</param>
/// <param name="Reciprocals">1 / (1 + x) with 15 fraction bits at [x * 65535].</param>
public sealed record PreparedWideSoftmax(
    Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth, ImmutableArray<int> Exponentials, ImmutableArray<int> Reciprocals)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>SOFTMAX over rows of <paramref name="Depth"/> numbers, in the order of TFLite's reference kernel: float32 throughout.</summary>
public sealed record PreparedFloatSoftmax(Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth, float Beta)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>As <see cref="SoftmaxArithmetic.ExponentialUnits"/>.</summary>
    public double ExponentialUnits { get; init; }

    public override bool IsExact => ExponentialUnits == 0;

    public override bool CallsLibrary => true;
}

/// <summary>LOG_SOFTMAX over rows of <paramref name="Depth"/> numbers, in float32 throughout: the distance from the row's maximum, less the logarithm of the sum of exponentials.</summary>
public sealed record PreparedFloatLogSoftmax(Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth) : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>As <see cref="LogSoftmaxArithmetic.FunctionUnits"/>.</summary>
    public double FunctionUnits { get; init; }

    public override bool IsExact => FunctionUnits == 0;

    public override bool CallsLibrary => true;
}

internal static class WideSoftmax
{
    private const double Range = ushort.MaxValue;

    private static readonly Func<int, int> Exponential = CodeTable.Interpolated(10 / Range, short.MaxValue, 2 / Range, 0, Math.Exp);

    private static readonly Lazy<ImmutableArray<int>> Reciprocals = new(() =>
    {
        Func<int, int> reciprocal = CodeTable.Interpolated(1 / Range, short.MinValue, 2 / Range, 0, (double x) => 1 / (1 + x));
        return [.. Enumerable.Range(short.MinValue, 1 << 16).Select(reciprocal)];
    });

    /// <summary>SOFTMAX whose input is int16 or float32.</summary>
    public static PreparedOperator Prepare(OperatorContext context, SoftmaxArithmetic arithmetic)
    {
        float beta = context.Options<SoftmaxOptions>().Beta;
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(output, input.Type);
        OperatorContext.Shaped(output, input.Shape!);
        int depth = input.Shape!.Last, rows = depth == 0 ? 0 : input.Shape.Elements / depth;
        if (input.Type == TensorType.Float32)
            return new PreparedFloatSoftmax(context.Operator, input, output, rows, depth, beta) { ExponentialUnits = arithmetic.ExponentialUnits };
        Quantization from = CodeTable.PerTensor(input), to = CodeTable.PerTensor(output);
        if (from.ZeroPoint != 0 || to.ZeroPoint != 0 || to.Scale != 1f / 32768)
            throw new NotComputableException($"int16 needs zero points of 0 and an output scale of 1/32768, found {from.ZeroPoint}, {to.ZeroPoint} and {to.Scale}");
        ChannelScale scale = ChannelScale.From((float)(from.Scale * beta) / (10.0 / 65535.0));
        return new PreparedWideSoftmax(
            context.Operator, input, output, rows, depth,
            [.. Enumerable.Range(0, 1 << 16).Select(difference => Exponential(
                (int)Math.Clamp((long)Requantization.Reference.Apply(-difference, scale) + short.MaxValue, short.MinValue, short.MaxValue)))],
            Reciprocals.Value);
    }
}
