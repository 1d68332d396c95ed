using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How ADD and SUB bring codes of two scales together (spec, section 2.9).</summary>
public enum AdditionMethod
{
    /// <summary>Both to half of the coarser input scale with 20 more bits (15 in int16), then to the output scale: TFLite's own kernels.</summary>
    CommonScale,

    /// <summary>Both to the output scale by integer factors of 21 bits, one rounding half up: XNNPACK.</summary>
    OutputScale,
}

/// <summary>How ADD, SUB and SQUARED_DIFFERENCE are computed on codes.</summary>
public sealed record AdditionArithmetic(AdditionMethod Method) : PairArithmetic;

/// <summary>Preparing ADD, SUB and SQUARED_DIFFERENCE.</summary>
public static class Addition
{
    [Prepares(BuiltinOperator.Add)]
    public static PreparedOperator Add(OperatorContext context, AdditionArithmetic arithmetic)
    {
        AddOptions options = context.Options<AddOptions>();
        return Prepare(context, arithmetic, NumberFunction.Add, options.Activation, options.PotScaleInt16);
    }

    [Prepares(BuiltinOperator.Sub)]
    public static PreparedOperator Sub(OperatorContext context, AdditionArithmetic arithmetic)
    {
        SubOptions options = context.Options<SubOptions>();
        return Prepare(context, arithmetic, NumberFunction.Subtract, options.Activation, options.PotScaleInt16);
    }

    /// <remarks>Both terms get 7 more bits; the square of their difference, with 14, cannot overflow (spec, section 2.10).</remarks>
    [Prepares(BuiltinOperator.SquaredDifference)]
    public static PreparedOperator SquaredDifference(OperatorContext context, AdditionArithmetic arithmetic)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        if (output.Type != TensorType.Int8)
            return Numbers.Of(context, NumberFunction.SquaredDifference, Activation.None, clampsInfinity: false, TensorType.Float32, TensorType.Int32);
        OperatorContext.Typed(first, TensorType.Int8);
        OperatorContext.Typed(second, TensorType.Int8);
        Quantization result = CodeTable.PerTensor(output);
        double common = CommonScale(first, second);
        ChannelScale scale = SmallerThanOne(common * common / ((1 << 14) * result.Scale));
        Terms terms = new(Rescaled(first, common, 7, 1, TermShift.Rounded), Rescaled(second, common, 7, -1, TermShift.Rounded), Narrowing.None);
        return new PreparedCombination(
            context.Operator, first, second, output, Broadcast.Of(output, first, second), Combination.SquareOfSum, terms, terms, 1,
            new([scale], result.ZeroPoint, sbyte.MinValue, sbyte.MaxValue, Requantization.Reference, Requantization.Reference, 1));
    }

    private static PreparedOperator Prepare(
        OperatorContext context, AdditionArithmetic arithmetic, NumberFunction function, Activation activation, bool powersOfTwo)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        if (output.Type.CodeRange() is null)
            return Numbers.Of(context, function, activation, arithmetic.ClampsInfinity, TensorType.Float32, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        OperatorContext.Typed(first, output.Type);
        OperatorContext.Typed(second, output.Type);
        Broadcast broadcast = Broadcast.Of(output, first, second);
        int sign = function == NumberFunction.Add ? 1 : -1;
        Quantization result = CodeTable.PerTensor(output);
        (int low, int high) = ActivationRange.Of(activation, output.Type, result, arithmetic.Bounds);
        if (output.Type == TensorType.Int16 && powersOfTwo && new[] { first, second, output }.All(IsPowerOfTwo))
            return Shifted(context, broadcast, sign, low, high);
        if (arithmetic.Method == AdditionMethod.OutputScale)
            return ToOutputScale(context, broadcast, sign, low, high);
        int bits = output.Type == TensorType.Int16 ? 15 : 20;
        double common = CommonScale(first, second);
        double factor = common / ((1 << bits) * result.Scale);
        ChannelScale scale = function == NumberFunction.Add ? SmallerThanOne(factor) : ChannelScale.From(factor);
        if (scale.Multiplier.Exponent > 0)
            throw new NotComputableException($"the output scale {result.Scale} is too small beside the inputs' for TFLite's kernels");
        VectorBody? body = arithmetic.BodyOf(broadcast);
        Terms tail = TermsOf(TermShift.Rounded, Narrowing.None);
        return new PreparedCombination(
            context.Operator, first, second, output, broadcast, Combination.Sum, body is null ? tail : TermsOf(body.Shift, body.Narrowing), tail, body?.Block ?? 1,
            new([scale], result.ZeroPoint, low, high, Requantization.Reference, Requantization.Reference, 1));

        Terms TermsOf(TermShift shift, Narrowing narrowing) =>
            new(Rescaled(first, common, bits, 1, shift), Rescaled(second, common, bits, sign, shift), narrowing);
    }

    /// <summary>XNNPACK: sum of code * integer factor, over a power of two.</summary>
    private static PreparedCombination ToOutputScale(OperatorContext context, Broadcast broadcast, int sign, int low, int high)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        Quantization result = CodeTable.PerTensor(output);
        float firstRatio = CodeTable.PerTensor(first).Scale / result.Scale, secondRatio = CodeTable.PerTensor(second).Scale / result.Scale;
        int shift = 20 - Math.ILogB(Math.Max(firstRatio, secondRatio));
        if (shift is < 12 or > 30)
            throw new NotComputableException($"scale ratios {firstRatio} and {secondRatio} are beyond what XNNPACK adds");
        Terms terms = new(Scaled(first, firstRatio, 1), Scaled(second, secondRatio, sign), Narrowing.None);
        return new(
            context.Operator, first, second, output, broadcast, Combination.Sum, terms, terms, 1,
            new([ChannelScale.From(new Multiplier(1, 31 - shift))], result.ZeroPoint, low, high, Requantization.Single, Requantization.Single, 1));

        ImmutableArray<int> Scaled(TensorInfo input, float ratio, int factorSign)
        {
            int factor = factorSign * FixedPoint.Round(Math.ScaleB(ratio, shift), Rounding.HalfEven);
            int zeroPoint = CodeTable.PerTensor(input).ZeroPoint;
            return TermTables.Of(input.Type, code => (code - zeroPoint) * factor);
        }
    }

    /// <summary>int16 with scales that are powers of two: one input has the output's scale, the other is shifted to it.</summary>
    private static PreparedCombination Shifted(OperatorContext context, Broadcast broadcast, int sign, int low, int high)
    {
        TensorInfo first = context.Input(0), second = context.Input(1), output = context.Output(0);
        if (sign > 0 && !broadcast.IsPlain)
            throw new NotComputableException("TFLite's ADD for int16 with power-of-two scales aborts when its inputs have different shapes");
        int firstShift = Exponent(first) - Exponent(output), secondShift = Exponent(second) - Exponent(output);
        if (firstShift > 0 || secondShift > 0 || (firstShift != 0 && secondShift != 0))
            throw new NotComputableException("with power-of-two scales one input must have the output's scale and the other a smaller one");
        Terms terms = new(
            TermTables.Of(first.Type, code => FixedPoint.RoundingDivideByPowerOfTwo(code, Math.Min(-firstShift, 31))),
            TermTables.Of(second.Type, code => sign * FixedPoint.RoundingDivideByPowerOfTwo(code, Math.Min(-secondShift, 31))), Narrowing.None);
        return new(
            context.Operator, first, second, output, broadcast, Combination.Sum, terms, terms, 1,
            new([ChannelScale.From(1.0)], 0, low, high, Requantization.Reference, Requantization.Reference, 1));
    }

    private static double CommonScale(TensorInfo first, TensorInfo second) =>
        2 * Math.Max(CodeTable.PerTensor(first).Scale, CodeTable.PerTensor(second).Scale);

    /// <summary>(code - zero point) * 2^bits * scale / common.</summary>
    private static ImmutableArray<int> Rescaled(TensorInfo input, double common, int bits, int sign, TermShift shift)
    {
        Quantization quantization = CodeTable.PerTensor(input);
        Multiplier multiplier = Multiplier.From(quantization.Scale / common);
        if (shift == TermShift.Merged && bits + multiplier.Exponent >= 0)
            (bits, multiplier) = (bits + multiplier.Exponent, multiplier with { Exponent = 0 });
        Requantization requantization = shift == TermShift.Rounded ? Requantization.Reference : Requantization.Reference with { Rounding = Rounding.Floor };
        ChannelScale scale = ChannelScale.From(multiplier);
        return TermTables.Of(input.Type, code => sign * requantization.Apply((code - quantization.ZeroPoint) << bits, scale));
    }

    /// <summary>TFLite aborts on a factor of 1 or more.</summary>
    private static ChannelScale SmallerThanOne(double factor) => factor < 1 ? ChannelScale.From(factor)
        : throw new NotComputableException($"the output scale is too small beside the inputs' for TFLite's kernels: factor {factor}, expected less than 1");

    private static bool IsPowerOfTwo(TensorInfo tensor) => PowerOfTwo.Exponent(CodeTable.PerTensor(tensor).Scale) is not null;

    private static int Exponent(TensorInfo tensor) => PowerOfTwo.Exponent(CodeTable.PerTensor(tensor).Scale)!.Value;
}
