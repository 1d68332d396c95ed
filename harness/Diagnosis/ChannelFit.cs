using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Diagnosis;

/// <summary>
/// The numbers of one output channel with which the expected rounding gives every element that the candidate has: whether the candidate may have computed rightly with
/// a wrong number.
/// </summary>
/// <param name="Elements">Elements of the channel that were looked at.</param>
/// <param name="Mantissas">All mantissas that fit with the model's exponent; null for none.</param>
/// <param name="Exponents">All exponents that fit with the model's mantissa.</param>
/// <param name="Biases">What may be added to the accumulator; null for nothing that fits.</param>
public sealed record ChannelFit(
    int Channel, int Elements, Multiplier Model, (int Low, int High)? Mantissas, ImmutableArray<int> Exponents, (int Low, int High)? Biases)
{
    private const int MostPositions = 20_000;
    private const int LargestBias = 1 << 26;

    /// <summary>Null for an operator without an integer multiplier.</summary>
    public static ChannelFit? Of(OperatorCase one, int channel)
    {
        if (one.Expected is not PreparedConvolution convolution || convolution.Requantizer.Of(channel).Product is not (Product.HighMultiply or Product.Whole))
            return null;
        ScalarSums scalar = new(convolution);
        int positions = Math.Min(convolution.Window.Positions, MostPositions);
        (int Sum, byte Code)[] elements = [.. Enumerable.Range(0, positions).Select(position =>
            (scalar.At(one.Inputs[0].Span, position, channel), one.ActualCodes.Span[position * convolution.OutputChannels + channel]))];
        Requantizer requantizer = convolution.Requantizer;
        Multiplier model = requantizer.Scales[channel].Multiplier;
        Requantizer own = One(requantizer, channel, model);
        bool signed = convolution.Output.Type == TensorType.Int8;
        return new(
            channel, positions, model,
            Interval(1, int.MaxValue, elements, (element, mantissa) => One(requantizer, channel, model with { Mantissa = mantissa }).Code(element, 0), signed),
            [.. Enumerable.Range(-31, 40).Where(exponent => Array.TrueForAll(elements, element => (byte)One(requantizer, channel, model with { Exponent = exponent }).Code(element.Sum, 0) == element.Code))],
            Interval(-LargestBias, LargestBias, elements, (element, bias) => own.Code(unchecked(element + bias), 0), signed));
    }

    private static Requantizer One(Requantizer requantizer, int channel, Multiplier multiplier) => requantizer with
    {
        Scales = [ChannelScale.From(multiplier)],
        Body = requantizer.Of(channel),
        TailStart = 1,
    };

    /// <summary>The values of a number between low and high that give every element, where the code never falls, or never rises, as the number grows.</summary>
    private static (int Low, int High)? Interval(int low, int high, (int Sum, byte Code)[] elements, Func<int, int, int> code, bool signed)
    {
        foreach ((int sum, byte stored) in elements)
        {
            int wanted = signed ? (sbyte)stored : stored, atLow = code(sum, low), atHigh = code(sum, high);
            if (atLow == wanted && atHigh == wanted)
                continue;
            int direction = atHigh >= atLow ? 1 : -1;
            int first = First(low, high, value => direction * (code(sum, value) - wanted) >= 0), past = First(low, high, value => direction * (code(sum, value) - wanted) > 0);
            (low, high) = (first, past - 1);
            if (low > high)
                return null;
        }
        return (low, high);
    }

    /// <summary>The first value that holds, where all after it hold too; high + 1 for none.</summary>
    private static int First(int low, int high, Func<int, bool> holds)
    {
        long from = low, to = (long)high + 1;
        while (from < to)
        {
            long middle = from + (to - from) / 2;
            if (holds((int)middle))
                to = middle;
            else
                from = middle + 1;
        }
        return (int)Math.Min(from, int.MaxValue);
    }
}
