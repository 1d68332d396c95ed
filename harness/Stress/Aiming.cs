using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Arithmetic.Profiles;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Stress;

/// <summary>
/// Solves for values at which arithmetics part. Random accumulators come near a tie once in a thousand elements; here the bias, or the codes, are chosen so that the
/// scaled number lands beside a half, a clamp or the end of int32, and among those the ones that known arithmetics take to different codes.
/// </summary>
public static class Aiming
{
    private const int Attempts = 24;
    private const int PairAttempts = 4000;
    private const int EnoughPairs = 32;

    /// <summary>The case with such values; the case itself where nothing is solved for its operator.</summary>
    public static OperatorCase At(OperatorCase one) => At(one, Ways(one));

    /// <summary>As above, with the ways to tell apart.</summary>
    /// <param name="ways">The case's operator in the arithmetics between which it is to decide.</param>
    public static OperatorCase At(OperatorCase one, ImmutableArray<PreparedOperator> ways)
    {
        if (ways.IsEmpty)
            return one;
        OperatorCase given = one.Materialized();
        Random random = new(one.Number ^ 0x71E5);
        return ways[0] switch
        {
            PreparedConvolution => Biased(given, 2, random, [.. ways.OfType<PreparedConvolution>().Select(way => way.Requantizer)], SumsOf(given, (PreparedConvolution)ways[0], random)),
            PreparedWideConvolution => Biased(Silenced(given, 0), 2, random, [.. ways.OfType<PreparedWideConvolution>().Select(way => way.Requantizer)], _ => 0),
            PreparedTransposeConvolution => Biased(
                Silenced(given, 2), 3, random, [.. ways.OfType<PreparedTransposeConvolution>().SelectMany(way => new[] { way.Requantizer, way.Tail })], _ => 0),
            PreparedCombination => Paired(given, random, [.. ways.OfType<PreparedCombination>()]),
            PreparedTable => Coded(given, random, [.. ways.OfType<PreparedTable>()]),
            PreparedQuantize quantize => Halved(given, random, quantize),
            _ => one,
        };
    }

    /// <summary>The operator of a case in every arithmetic that a known profile has for it, each once.</summary>
    public static ImmutableArray<PreparedOperator> Ways(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        OperatorContext context = new(graph, graph.Operators[0]);
        HashSet<OperatorArithmetic> seen = [];
        List<PreparedOperator> ways = [];
        foreach (Profile profile in KnownProfiles.All)
        {
            foreach (bool delegated in new[] { false, true })
            {
                try
                {
                    if (seen.Add(profile.ArithmeticOf(context, delegated)))
                        ways.Add(Preparation.Of(graph, graph.Operators[0], profile, delegated));
                }
                catch (NotComputableException)
                {
                    // That profile does not compute it.
                }
            }
        }
        return [.. ways];
    }

    /// <summary>A bias with which one element of each channel has an accumulator beside a tie, a clamp or the end of its range.</summary>
    /// <param name="sums">The accumulator of that element without bias.</param>
    private static OperatorCase Biased(OperatorCase one, int bias, Random random, ImmutableArray<Requantizer> requantizers, Func<int, int> sums)
    {
        if (one.Inputs.Length <= bias)
            return one;
        CaseTensor tensor = one.Inputs[bias];
        long[] values = [.. Enumerable.Range(0, tensor.Shape.Elements).Select(channel => Accumulator(random, requantizers, channel, tensor.Type == TensorType.Int32) - sums(channel))];
        return one with
        {
            Inputs = one.Inputs.SetItem(bias, tensor.Type == TensorType.Int64
                ? tensor.With<long>(values)
                : tensor.With<int>([.. values.Select(value => unchecked((int)value))])),
        };
    }

    /// <summary>The accumulators of one position of the output, chosen at random, without their bias.</summary>
    private static Func<int, int> SumsOf(OperatorCase one, PreparedConvolution convolution, Random random)
    {
        if (convolution.Window.Positions == 0)
            return _ => 0;
        ScalarSums scalar = new(convolution);
        int position = random.Next(convolution.Window.Positions);
        return channel => unchecked(scalar.At(one.Inputs[0].Value, position, channel) - convolution.Bias[channel]);
    }

    /// <summary>An input of zero point alone, so that the bias is the accumulator.</summary>
    private static OperatorCase Silenced(OperatorCase one, int input)
    {
        CaseTensor silent = one.Inputs[input] with { Value = null, Code = one.Inputs[input].ZeroPoint };
        return one with { Inputs = one.Inputs.SetItem(input, silent with { Value = silent.Values(new Random(0)) }) };
    }

    private static long Accumulator(Random random, ImmutableArray<Requantizer> requantizers, int channel, bool isNarrow)
    {
        Requantizer first = requantizers[random.Next(requantizers.Length)];
        double factor = first.Scales[channel].Real;
        if (isNarrow && random.Next(16) == 0)
            return random.Next(2) == 0 ? int.MaxValue - random.Next(3) : int.MinValue + random.Next(3);
        long found = random.Next(-1000, 1000);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int code = random.Next(8) switch
            {
                0 => first.Low - random.Next(2),
                1 => first.High + random.Next(2) - 1,
                _ => random.Next(first.Low, first.High + 1),
            };
            double centre = (code - first.ZeroPoint + 0.5) / factor;
            if (!(Math.Abs(centre) < (isNarrow ? int.MaxValue - 8.0 : 1L << 40)))
                continue;
            for (int step = -2; step <= 2; step++)
            {
                found = (long)Math.Round(centre) + step;
                if (Differ(requantizers, requantizer => requantizer.Code(found, channel)))
                    return found;
            }
            found = (long)Math.Round(centre) + random.Next(-1, 2);
        }
        return found;
    }

    /// <summary>Pairs of codes that the ways combine to different codes, and such that are just clamped, in half of the elements.</summary>
    private static OperatorCase Paired(OperatorCase one, Random random, ImmutableArray<PreparedCombination> ways)
    {
        PreparedCombination way = ways[0];
        if (!way.Broadcast.IsPlain)
            return one;
        (int low, int high) = way.First.Type.CodeRange()!.Value;
        int mask = high - low;
        List<(int First, int Second)> pairs = [];
        for (int attempt = 0; attempt < PairAttempts && pairs.Count < EnoughPairs; attempt++)
        {
            (int first, int second) = (random.Next(low, high + 1), random.Next(low, high + 1));
            if (Differ(ways, at => at.Code(at.Body.First[first & mask], at.Body.Second[second & mask], at.Body.Narrowing))
                || Differ(ways, at => at.Code(at.Tail.First[first & mask], at.Tail.Second[second & mask], at.Tail.Narrowing))
                || (way.Body != way.Tail && way.Code(way.Body.First[first & mask], way.Body.Second[second & mask], way.Body.Narrowing)
                    != way.Code(way.Tail.First[first & mask], way.Tail.Second[second & mask], way.Tail.Narrowing)))
                pairs.Add((first, second));
        }
        if (pairs.Count == 0)
            return one;
        (CaseTensor a, CaseTensor b) = (one.Inputs[0], one.Inputs[1]);
        byte[] firsts = [.. a.Value!], seconds = [.. b.Value!];
        for (int i = 0; i < a.Shape.Elements; i++)
        {
            if (random.Next(2) == 0)
                continue;
            (int first, int second) = pairs[random.Next(pairs.Count)];
            Store(firsts, i, first, a.Type);
            Store(seconds, i, second, b.Type);
        }
        return one with { Inputs = [a with { Value = firsts }, b with { Value = seconds }, .. one.Inputs.Skip(2)] };
    }

    /// <summary>Codes of which the ways have different results, in half of the elements.</summary>
    private static OperatorCase Coded(OperatorCase one, Random random, ImmutableArray<PreparedTable> ways)
    {
        CaseTensor input = one.Inputs[0];
        (int low, int high) = input.Range is var (from, to) ? ((int)from, (int)to) : input.Type.CodeRange()!.Value;
        int mask = input.Type.CodeRange()!.Value is var (least, most) ? most - least : 0;
        int bytes = ways[0].Tail.Length / (mask + 1);
        ImmutableArray<ImmutableArray<byte>> tables = [.. ways.SelectMany(way => new[] { way.Body, way.Tail }).Distinct()];
        int[] codes =
        [
            .. Enumerable.Range(low, high - low + 1).Where(code => tables.Any(table =>
                !table.AsSpan((code & mask) * bytes, bytes).SequenceEqual(tables[0].AsSpan((code & mask) * bytes, bytes)))),
        ];
        if (codes.Length == 0)
            return one;
        byte[] values = [.. input.Value!];
        for (int i = 0; i < input.Shape.Elements; i++)
        {
            if (random.Next(2) == 0)
                Store(values, i, codes[random.Next(codes.Length)], input.Type);
        }
        return one with { Inputs = one.Inputs.SetItem(0, input with { Value = values }) };
    }

    /// <summary>Numbers on, just above and just below the middle between two codes, also beside the clamps.</summary>
    private static OperatorCase Halved(OperatorCase one, Random random, PreparedQuantize quantize)
    {
        float[] values = MemoryMarshal.Cast<byte, float>(one.Inputs[0].Value).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            int code = random.Next(8) == 0 ? (random.Next(2) == 0 ? quantize.Low - 1 : quantize.High) : random.Next(quantize.Low - 1, quantize.High + 1);
            float middle = (float)((code - quantize.ZeroPoint + 0.5) * quantize.Scale);
            values[i] = random.Next(4) switch
            {
                0 => MathF.BitIncrement(middle),
                1 => MathF.BitDecrement(middle),
                _ => middle,
            };
        }
        return one with { Inputs = one.Inputs.SetItem(0, one.Inputs[0].With<float>(values)) };
    }

    private static bool Differ<T>(ImmutableArray<T> ways, Func<T, int> code)
    {
        int first = code(ways[0]);
        for (int i = 1; i < ways.Length; i++)
        {
            if (code(ways[i]) != first)
                return true;
        }
        return false;
    }

    private static void Store(byte[] data, int at, int code, TensorType type)
    {
        if (type == TensorType.Int16)
            MemoryMarshal.Cast<byte, short>(data.AsSpan())[at] = (short)code;
        else
            data[at] = unchecked((byte)code);
    }
}
