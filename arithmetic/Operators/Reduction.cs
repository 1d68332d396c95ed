using System.Collections.Immutable;
using System.Numerics;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>What becomes of the elements that are reduced to one.</summary>
public enum ReductionFunction
{
    Sum,
    Product,
    Maximum,
    Minimum,
}

/// <summary>How MEAN and SUM of codes come to the output scale (spec, section 2.14).</summary>
public enum ReductionMethod
{
    /// <summary>The sum less its zero points, times an integer multiplier that for MEAN was divided by the number of elements.</summary>
    Integer,

    /// <summary>The sum times an integer multiplier, plus a constant that stands for both zero points.</summary>
    FoldedZeroPoint,

    /// <summary>The sum times a float32 factor, plus a float32 constant, rounded; then the zero point.</summary>
    Float,

    /// <summary>As <see cref="Float"/>, with the output's zero point in the constant.</summary>
    FloatFolded,

    /// <summary>MEAN: the float32 quotient of sum and number of elements, as the sum in <see cref="Float"/>.</summary>
    FloatQuotient,

    /// <summary>MEAN: the sum less its zero points, times float32 s_in / (s_out * number of elements), rounded half to even; then the zero point.</summary>
    FloatFactor,

    /// <summary>MEAN: the sum less its zero points, times an integer multiplier; then divided by the number of elements, half away from zero.</summary>
    DividedLast,

    /// <summary>Codes as plain numbers: the quotient of MEAN is cut off toward 0, SUM wraps as the codes do.</summary>
    Numbers,
}

/// <summary>How MEAN, SUM and the other reductions are computed.</summary>
/// <param name="Method">Of MEAN and SUM on codes.</param>
public sealed record ReductionArithmetic(ReductionMethod Method) : OperatorArithmetic
{
    /// <summary>From sum to output units where the method is an integer one.</summary>
    public Requantization Requantization { get; init; } = Requantization.Reference;

    /// <summary>Channels after the last whole block of <see cref="TailBlock"/>; null: like all others.</summary>
    public Requantization? TailRequantization { get; init; }

    /// <summary>Channels of one step of a vector body.</summary>
    public int TailBlock { get; init; } = 1;

    /// <summary>int8 codes are read and written as if they were uint8: the reference SUM of LiteRT.</summary>
    public bool ReadsUnsigned { get; init; }

    /// <summary>A code that is out of range wraps, where the others end.</summary>
    public bool Wraps { get; init; }

    /// <summary>REDUCE_PROD of codes over axes of one element copies the codes, although zero point and scale may differ.</summary>
    public bool CopiesSingle { get; init; }

    /// <summary>Of float32 terms in MEAN and SUM.</summary>
    public SumOrder Order { get; init; } = SumOrder.Sequential;
}

/// <summary>Which elements of the input make each element of the output: output element o starts where <paramref name="Kept"/> leads, and takes all of <paramref name="Reduced"/> in row-major order.</summary>
/// <param name="Kept">Axes of the input that the output has too, outermost first.</param>
/// <param name="Reduced">The others.</param>
public sealed record ReductionAxes(ImmutableArray<ViewAxis> Kept, ImmutableArray<ViewAxis> Reduced)
{
    /// <summary>Elements that become one.</summary>
    public int Count => Reduced.Aggregate(1, (count, axis) => count * axis.Size);

    /// <summary>Whether there are several output elements, and each is made of elements that lie together: output element o of the <see cref="Count"/> from o * Count on.</summary>
    public bool AreRows => Kept.Any(axis => axis.Size > 1) && Kept.All(axis => axis.Size == 1 || axis.Stride >= Count);

    /// <exception cref="NotComputableException">An axis is out of range, or the output has another shape.</exception>
    public static ReductionAxes Of(OperatorContext context, bool keepsDimensions)
    {
        Shape input = context.Input(0).Shape!;
        HashSet<int> reduced = [.. context.IntegersOf(1).Select(axis => OperatorContext.Axis(axis, input.Count))];
        OperatorContext.Shaped(context.Output(0), keepsDimensions
            ? [.. input.Select((size, axis) => reduced.Contains(axis) ? 1 : size)]
            : [.. input.Where((_, axis) => !reduced.Contains(axis))]);
        TensorView view = TensorView.Of(input);
        return new([.. view.Axes.Where((_, axis) => !reduced.Contains(axis))], [.. view.Axes.Where((_, axis) => reduced.Contains(axis))]);
    }
}

/// <summary>A reduction of plain numbers, or of codes where their quantization plays no part. Integer sums and products wrap.</summary>
/// <param name="Divisor">What the result is divided by, an integer toward 0; 1 for all but MEAN.</param>
public sealed record PreparedReduction(
    Operator Operator, TensorInfo Input, TensorInfo Output, ReductionAxes Axes, ReductionFunction Function, long Divisor)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>Of float32 terms in MEAN and SUM; <see cref="SumOrder.VectorRows"/> only where the axes are rows.</summary>
    public SumOrder Order { get; init; } = SumOrder.Sequential;

    public override bool IsExact => Order != SumOrder.Unknown;
}

/// <summary>
/// MEAN or SUM of codes. The sum of the raw codes, less <paramref name="Subtracted"/>, is requantized by <paramref name="Requantizer"/> (channels are positions of
/// the output's last axis), or by <paramref name="Line"/> where that is given.
/// </summary>
/// <param name="ReadAs">The type that the codes are read and written as.</param>
public sealed record PreparedCodeSum(
    Operator Operator, TensorInfo Input, TensorInfo Output, ReductionAxes Axes, TensorType ReadAs, int Subtracted, Requantizer Requantizer, FloatLine? Line)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>What follows <see cref="Requantizer"/>, which then adds no zero point and clamps nothing; null where it is the last step.</summary>
    public CodeDivision? Last { get; init; }

    /// <summary>How the sum is divided by the number of elements before it is requantized; null for TFLite's, which rounds once. A mistake.</summary>
    public Rounding? DividedFirst { get; init; }
}

/// <summary>f32{f32{f32{x / divisor} * factor} + constant}, rounded, plus a zero point.</summary>
public sealed record FloatLine(float Factor, float Constant, Rounding Rounding, int ZeroPoint)
{
    public int Divisor { get; init; } = 1;

    /// <summary>A code out of range is left to wrap when it is stored.</summary>
    public bool Wraps { get; init; }

    public int Code(int x, int low, int high)
    {
        long code = (long)FixedPoint.Round((float)((float)((float)((float)x / Divisor) * Factor) + Constant), Rounding) + ZeroPoint;
        return Wraps ? unchecked((int)code) : (int)Math.Clamp(code, low, high);
    }
}

/// <summary>x / divisor, rounded half away from zero, plus a zero point; then clamped.</summary>
public sealed record CodeDivision(int Divisor, int ZeroPoint, int Low, int High)
{
    public int Code(int x) => (int)Math.Clamp((long)FixedPoint.Divide(x, Divisor, Rounding.HalfAway) + ZeroPoint, Low, High);
}

/// <summary>
/// REDUCE_PROD of codes: the first code less its zero point, times each following one and the factor, rounded every time; at the end times the factor once more.
/// </summary>
public sealed record PreparedCodeProduct(
    Operator Operator, TensorInfo Input, TensorInfo Output, ReductionAxes Axes, int InputZeroPoint, Requantizer Requantizer) : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing reductions.</summary>
public static class Reductions
{
    [Prepares(BuiltinOperator.ReduceMax)]
    public static PreparedOperator Maximum(OperatorContext context, ReductionArithmetic arithmetic) => Extremum(context, ReductionFunction.Maximum);

    [Prepares(BuiltinOperator.ReduceMin)]
    public static PreparedOperator Minimum(OperatorContext context, ReductionArithmetic arithmetic) => Extremum(context, ReductionFunction.Minimum);

    [Prepares(BuiltinOperator.Sum)]
    public static PreparedOperator Sum(OperatorContext context, ReductionArithmetic arithmetic) => IsOfNumbers(context, arithmetic)
        ? SumOfNumbers(context, arithmetic)
        : SumOfCodes(context, arithmetic, isMean: false);

    [Prepares(BuiltinOperator.Mean)]
    public static PreparedOperator Mean(OperatorContext context, ReductionArithmetic arithmetic)
    {
        if (!IsOfNumbers(context, arithmetic))
            return SumOfCodes(context, arithmetic, isMean: true);
        PreparedReduction sum = SumOfNumbers(context, arithmetic);
        return sum with { Divisor = sum.Axes.Count };
    }

    [Prepares(BuiltinOperator.ReduceProd)]
    public static PreparedOperator Product(OperatorContext context, ReductionArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        if (output.Type.CodeRange() is not { } range)
            return Plain(context, ReductionFunction.Product, 1, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(output, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(input, output.Type);
        ReductionAxes axes = NotEmpty(ReductionAxes.Of(context, context.Options<ReducerOptions>().KeepDims));
        if (axes.Count == 1 && arithmetic.CopiesSingle)
            return Copies.Prepare(context, [input], [output], CopyBlock.Of(0, TensorView.Of([input.Shape!.Elements]), 0, TensorView.Of([output.Shape!.Elements])));
        Quantization from = OperatorContext.Quantized(input), to = OperatorContext.Quantized(output);
        ChannelScale scale = ChannelScale.From(from.Scale / Math.Pow(to.Scale, 1.0 / axes.Count));
        return new PreparedCodeProduct(
            context.Operator, input, output, axes, from.ZeroPoint,
            new([scale], to.ZeroPoint, range.Low, range.High, Requantization.Wide, Requantization.Wide, 1));
    }

    private static bool IsOfNumbers(OperatorContext context, ReductionArithmetic arithmetic) =>
        context.Output(0).Type.CodeRange() is null || arithmetic.Method == ReductionMethod.Numbers;

    private static PreparedReduction SumOfNumbers(OperatorContext context, ReductionArithmetic arithmetic)
    {
        PreparedReduction sum = Plain(
            context, ReductionFunction.Sum, 1, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Float32);
        return sum.Output.Type switch
        {
            TensorType.Int32 or TensorType.Int64 => sum,
            TensorType.Float32 => sum with
            {
                Order = arithmetic.Order == SumOrder.VectorRows && !sum.Axes.AreRows ? SumOrder.Sequential : arithmetic.Order,
                Axes = NotEmpty(sum.Axes),
            },
            _ => sum with { Axes = NotEmpty(sum.Axes) },
        };
    }

    /// <remarks>Of bools, which are 0 and 1, the largest.</remarks>
    [Prepares(BuiltinOperator.ReduceAny)]
    public static PreparedOperator Any(OperatorContext context, ReductionArithmetic arithmetic) => OfBools(context, ReductionFunction.Maximum);

    /// <remarks>Of bools, which are 0 and 1, the smallest.</remarks>
    [Prepares(BuiltinOperator.ReduceAll)]
    public static PreparedOperator All(OperatorContext context, ReductionArithmetic arithmetic) => OfBools(context, ReductionFunction.Minimum);

    private static PreparedReduction OfBools(OperatorContext context, ReductionFunction function)
    {
        PreparedReduction reduction = Plain(context, function, 1, TensorType.Bool);
        return reduction with { Axes = NotEmpty(reduction.Axes) };
    }

    private static PreparedReduction Extremum(OperatorContext context, ReductionFunction function)
    {
        PreparedReduction reduction = Plain(
            context, function, 1, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Float32);
        return reduction with { Axes = NotEmpty(reduction.Axes) };
    }

    private static PreparedReduction Plain(OperatorContext context, ReductionFunction function, long divisor, params ReadOnlySpan<TensorType> types)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(output, types);
        OperatorContext.Typed(input, output.Type);
        return new(context.Operator, input, output, ReductionAxes.Of(context, context.Options<ReducerOptions>().KeepDims), function, divisor);
    }

    private static PreparedCodeSum SumOfCodes(OperatorContext context, ReductionArithmetic arithmetic, bool isMean)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(input, output.Type);
        if (arithmetic.ReadsUnsigned && output.Type == TensorType.Int16)
            throw new NotComputableException("LiteRT's reference SUM reads int16 as uint8 and leaves half of the output unwritten");
        ReductionAxes axes = NotEmpty(ReductionAxes.Of(context, context.Options<ReducerOptions>().KeepDims));
        Quantization from = OperatorContext.Quantized(input), to = OperatorContext.Quantized(output);
        TensorType readAs = arithmetic.ReadsUnsigned ? TensorType.UInt8 : output.Type;
        (int low, int high) = readAs.CodeRange()!.Value;
        int count = axes.Count, channels = Math.Max(1, output.Shape!.Last);
        int subtracted = unchecked(from.ZeroPoint * count);
        int divisor = isMean ? count : 1;
        FloatLine? line = null;
        CodeDivision? last = null;
        ChannelScale scale = ChannelScale.From((double)from.Scale / to.Scale);
        int zeroPoint = to.ZeroPoint;
        switch (arithmetic.Method)
        {
            case ReductionMethod.Integer when isMean:
                scale = ChannelScale.From(Divided(scale.Multiplier, count));
                break;
            case ReductionMethod.FoldedZeroPoint:
                float shift = (float)((float)(from.ZeroPoint * from.Scale) / to.Scale);
                zeroPoint -= (int)(shift > 0 ? shift + 0.5 : shift - 0.5);
                scale = ChannelScale.From((float)(from.Scale / (float)(count * to.Scale)));
                subtracted = 0;
                break;
            case ReductionMethod.Float:
                float factor = from.Scale / to.Scale;
                line = new(factor, (float)((float)(-from.ZeroPoint * factor) * count), Rounding.HalfAway, to.ZeroPoint) { Wraps = arithmetic.Wraps };
                subtracted = 0;
                break;
            case ReductionMethod.FloatQuotient:
                float ratio = from.Scale / to.Scale;
                line = new(ratio, -from.ZeroPoint * ratio, Rounding.HalfAway, to.ZeroPoint) { Divisor = divisor, Wraps = arithmetic.Wraps };
                subtracted = 0;
                break;
            case ReductionMethod.FloatFactor:
                line = new(from.Scale / (float)(to.Scale * divisor), 0, Rounding.HalfEven, to.ZeroPoint);
                break;
            case ReductionMethod.DividedLast:
                last = new(divisor, zeroPoint, low, high);
                (zeroPoint, low, high) = (0, int.MinValue, int.MaxValue);
                break;
            case ReductionMethod.FloatFolded:
                float single = from.Scale / to.Scale;
                if (isMean)
                    single *= (float)(1f / count);
                line = new(single, (float)(to.ZeroPoint - (float)((float)subtracted * single)), Rounding.HalfEven, 0);
                subtracted = 0;
                break;
        }
        return new(
            context.Operator, input, output, axes, readAs, subtracted,
            new([.. Enumerable.Repeat(scale, channels)], zeroPoint, low, high, arithmetic.Requantization,
                arithmetic.TailRequantization ?? arithmetic.Requantization, channels / arithmetic.TailBlock * arithmetic.TailBlock), line)
        {
            Last = last,
        };
    }

    /// <summary>The multiplier over a number of elements, with as many more bits as that number has, as far as there is room.</summary>
    private static Multiplier Divided(Multiplier multiplier, int count)
    {
        int bits = Math.Min(Math.Min(63 - BitOperations.LeadingZeroCount((ulong)count), 32), 31 + multiplier.Exponent);
        return new(unchecked((int)(((long)multiplier.Mantissa << bits) / count)), multiplier.Exponent - bits);
    }

    private static ReductionAxes NotEmpty(ReductionAxes axes) => axes.Count > 0 ? axes : throw new NotComputableException("there are no elements to reduce");
}
