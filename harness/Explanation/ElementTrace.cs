using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Explanation;

/// <summary>One step from inputs to a code. Steps of the same name in two traces face each other.</summary>
/// <param name="How">The formula, with its numbers.</param>
public sealed record TraceStep(string Name, string How, string Value);

/// <summary>How an operator gets to one element, in the arithmetic of a prepared record.</summary>
/// <param name="Taps">The products of the sum, where there is one; in its order.</param>
public sealed record ElementTrace(ImmutableArray<TraceStep> Steps, ImmutableArray<Tap> Taps)
{
    /// <summary>The element's trace; where an operator has no chain of stages, its value alone.</summary>
    /// <param name="inputs">The bytes of the operator's inputs.</param>
    /// <param name="flat">The element of the first output.</param>
    public static ElementTrace Of(PreparedOperator prepared, ImmutableArray<ReadOnlyMemory<byte>> inputs, int flat) => prepared switch
    {
        PreparedConvolution convolution => OfConvolution(convolution, inputs[0].Span, flat),
        PreparedAveragePool pool => OfPool(pool, inputs[0].Span, flat),
        PreparedCombination combination => CodeTraces.OfCombination(combination, inputs, flat),
        PreparedMaxPool pool when !pool.Input.Type.IsFloat() => CodeTraces.OfMaxPool(pool, inputs[0].Span, flat),
        PreparedTable table => CodeTraces.OfTable(table, inputs[0].Span, flat),
        PreparedSoftmax softmax => CodeTraces.OfSoftmax(softmax, inputs[0].Span, flat, (int)ValueOf(prepared, inputs, flat).Integer),
        _ => new([new(prepared.Outputs[0].Quantization is null ? "value" : "code", $"{prepared.Operator.Name} has no chain of stages here; computed whole", ValueOf(prepared, inputs, flat).ToString())], []),
    };

    private static ElementTrace OfConvolution(PreparedConvolution convolution, ReadOnlySpan<byte> input, int flat)
    {
        (int position, int channel) = Math.DivRem(flat, convolution.OutputChannels);
        List<Tap> taps = [];
        int accumulator = new ScalarSums(convolution).At(input, position, channel, taps);
        int sum = new ScalarSums(convolution with { Bias = [.. convolution.Bias.Select(_ => 0)] }).At(input, position, channel);
        Requantizer requantizer = convolution.Requantizer;
        int inside = taps.Count(tap => tap.IsInside);
        return new(
        [
            new("input zero point", "", Text(convolution.InputZeroPoint)),
            new("weight zero point", "", Text(convolution.WeightZeroPoint)),
            new("products", $"{taps.Count - inside} of {taps.Count} outside the image", Text(inside)),
            new("sum", "sum (w - zw)*(x - zi)", Text(sum)),
            new("bias", "", Text(convolution.Bias[channel])),
            new("accumulator", "sum + bias", Text(accumulator)),
            .. OfRequantization(requantizer, accumulator, channel, FormationOf(convolution, channel)),
            new("code", "as it is stored", Text(Stored(requantizer.Trace(accumulator, channel).Code, convolution.Output.Type))),
        ], [.. taps]);
    }

    /// <param name="requantizer">From accumulators to codes.</param>
    /// <param name="accumulator">What it is applied to.</param>
    /// <param name="channel">Whose factor it takes.</param>
    /// <param name="formation">How that factor came about.</param>
    internal static IEnumerable<TraceStep> OfRequantization(Requantizer requantizer, int accumulator, int channel, string formation)
    {
        if (channel >= requantizer.UnwrittenFrom)
        {
            yield return new("channel", "not computed", Text(channel));
            yield break;
        }
        Requantization requantization = requantizer.Of(channel);
        ChannelScale scale = requantizer.Scales[channel];
        Multiplier multiplier = scale.Multiplier;
        RequantizerTrace trace = requantizer.Trace(accumulator, channel);
        RequantizationSteps steps = trace.Steps;
        yield return new("factor M", formation, scale.Real.ToString("R", CultureInfo.InvariantCulture));
        if (trace.Accumulator != accumulator)
            yield return new("scaled value", "accumulator + zero point", Text(trace.Accumulator));
        switch (requantization.Product)
        {
            case Product.Float32 or Product.Float64:
                if (requantization.Product == Product.Float32)
                    yield return new("float32 factor", "(float)M", Real(scale.Single));
                yield return new("product", requantization.Product == Product.Float32 ? "f32(acc * M)" : "f64(acc * M)", steps.Real.ToString("R", CultureInfo.InvariantCulture));
                yield return new("rounded", Words(requantization.Rounding), Text(steps.Rounded));
                break;
            case Product.Whole or Product.Mantissa16:
                yield return new("multiplier m", requantization.Product == Product.Whole ? "31 bits of M" : "15 bits of M", Text(multiplier.Mantissa));
                yield return new("shift", "one right shift of the whole product", Text((requantization.Product == Product.Whole ? 31 : 15) - multiplier.Exponent));
                yield return new("product", "acc * m", Text(steps.Product));
                yield return new("remainder", "what the shift drops", Text(steps.Remainder));
                yield return new("rounded", Words(requantization.Rounding), Text(steps.Rounded));
                break;
            default:
                yield return new("multiplier m", "31 bits of M", Text(multiplier.Mantissa));
                yield return new("exponent", multiplier.LeftShift > 0 ? $"left shift {multiplier.LeftShift} before" : $"right shift n = {multiplier.RightShift} after", Text(multiplier.Exponent));
                if (multiplier.LeftShift > 0)
                    yield return new("shifted", $"acc << {multiplier.LeftShift}", Text(steps.Shifted));
                yield return new("product", "acc * m", Text(steps.Product));
                yield return new("nudge", Nudge(requantization.Product), "");
                yield return new("high multiply", HighMultiply(requantization.Product), Text(steps.High));
                yield return new("remainder", $"the lowest {multiplier.RightShift} bits, a tie is {(multiplier.RightShift == 0 ? 0 : 1L << (multiplier.RightShift - 1))}", Text(steps.Remainder));
                yield return new("rounded", $">> {multiplier.RightShift}, {Words(requantization.Rounding)}", Text(steps.Rounded));
                break;
        }
        if (!requantizer.LateBias.IsEmpty)
            yield return new("late bias", "added after the rounding", Text(requantizer.LateBias[channel]));
        yield return new("plus zero point", requantizer.ZeroPointPlace == ZeroPointPlace.AfterRounding ? $"rounded + {requantizer.ZeroPoint}" : "added before", Text(trace.Shifted));
        yield return new("clamp", requantizer.Clamping switch
        {
            Clamping.AfterZeroPoint => $"to {requantizer.Low}..{requantizer.High}",
            Clamping.BeforeZeroPoint => $"to {requantizer.Low}..{requantizer.High}, before the zero point",
            _ => "none",
        }, Text(trace.Code));
    }

    private static ElementTrace OfPool(PreparedAveragePool pool, ReadOnlySpan<byte> input, int flat)
    {
        ImmutableArray<Tap> taps = CodeTraces.TapsOf(pool.Window, pool.Channels, pool.Input.Type, input, flat);
        int sum = taps.Sum(tap => tap.Code), average = pool.Average(sum, taps.Length), clamped = Math.Min(Math.Max(average, pool.Low), pool.High);
        return new(
        [
            new("sum", "codes inside the image", Text(sum)),
            new("divisor", pool.Arithmetic.CountInsideOnly ? "taps inside the image" : "all taps of the window", Text(pool.Arithmetic.CountInsideOnly ? taps.Length : pool.Window.Taps)),
            new("average", Words(pool.Arithmetic.Rounding), Text(average)),
            new("clamp", $"to {pool.Low}..{pool.High}", Text(clamped)),
            new("code", "as it is stored", Text(clamped)),
        ], taps);
    }

    private static Number ValueOf(PreparedOperator prepared, ImmutableArray<ReadOnlyMemory<byte>> inputs, int flat) =>
        ValueAt(Recomputation.Of(prepared, inputs).Run(prepared), prepared.Outputs[0].Type, flat);

    /// <summary>An element of any type that has numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type has none.</exception>
    internal static Number ValueAt(ReadOnlySpan<byte> data, TensorType type, int flat) =>
        (ElementComparison.Of(type) ?? throw new ArgumentOutOfRangeException(nameof(type), type, "has no numbers")).ElementAt(data, flat);

    /// <summary>The code of an element of up to four bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is not one of codes.</exception>
    internal static int CodeAt(ReadOnlySpan<byte> data, TensorType type, int flat) => type switch
    {
        TensorType.UInt8 or TensorType.Bool => data[flat],
        TensorType.Int16 => BitConverter.ToInt16(data[(flat * 2)..]),
        TensorType.Int32 => BitConverter.ToInt32(data[(flat * 4)..]),
        TensorType.Int8 or TensorType.Int4 => (sbyte)data[flat],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "has no codes of up to four bytes"),
    };

    private static int Stored(int code, TensorType type) => type == TensorType.Int8 ? (sbyte)code : (byte)code;

    private static string FormationOf(PreparedConvolution convolution, int channel)
    {
        ImmutableArray<float> weights = convolution.Weights.Quantization!.Scales;
        (float input, float weight, float output) = (convolution.Input.Quantization!.Scale, weights[weights.Length == 1 ? 0 : channel], convolution.Output.Quantization!.Scale);
        return $"{Formation((input, weight, output), convolution.Requantizer.Scales[channel].Real)}: {Real(input)} * {Real(weight)} / {Real(output)}";
    }

    private static string Formation((float Input, float Weight, float Output) scales, double factor)
    {
        foreach ((ScaleFormation formation, string words) in new[]
        {
            (ScaleFormation.Double, "in double"), (ScaleFormation.FloatProduct, "product in float32, quotient in double"), (ScaleFormation.FloatQuotient, "in float32"),
        })
        {
            if (formation.Of(scales.Input, scales.Weight, scales.Output) == factor)
                return words;
        }
        return "not the model's si*sw/so";
    }

    private static string Nudge(Product product) => product switch
    {
        Product.HighMultiply => "2^30, then an arithmetic shift",
        Product.HighMultiplyNudgedUp => "2^30, then a truncating division",
        _ => "none",
    };

    private static string HighMultiply(Product product) => product switch
    {
        Product.HighMultiplyFloor => "product >> 31",
        Product.HighMultiplyTruncate => "product / 2^31",
        Product.HighMultiplyUndoubled => "product >> 32",
        Product.HighMultiplyOverflowing => "((int)product + 2^30) >> 31",
        Product.HighMultiplyIn24Bits => "(mul24(acc, m) + 2^30) >> 31",
        Product.HighMultiplyFloat => "(int)f32(acc * (m / 2^31))",
        Product.HighMultiplyNudgedUp => "(product + 2^30) / 2^31",
        _ => "(product + 2^30) >> 31",
    };

    private static string Words(Rounding rounding) => rounding switch
    {
        Rounding.HalfAway => "to nearest, ties away from zero",
        Rounding.HalfUp => "to nearest, ties up",
        Rounding.HalfEven => "to nearest, ties to even",
        Rounding.Floor => "down",
        Rounding.Truncate => "toward zero",
        Rounding.TruncateAfterHalf => "half added, then toward zero",
        Rounding.LowThreshold => "to nearest, remainder compared with >=",
        _ => "half added, also for a shift of 0",
    };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Real(float value) => value.ToString("R", CultureInfo.InvariantCulture);
}
