using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference;

namespace OffByN.Harness.Diagnosis;

/// <summary>
/// The hypotheses of one operator on one input, scored. All of them are tried on a sample of elements, the differing ones first; those that do well there are
/// scored on every element, and others when they are asked for.
/// </summary>
public sealed class OperatorDiagnosis
{
    private const int DifferingSample = 192, EqualSample = 64, LeastSample = 48;
    private const int SampleProducts = 250_000;
    private const int Runners = 10;
    private const int MostPairs = 24;

    private readonly OperatorCase one;
    private readonly Recomputation recomputation;
    private readonly ILookup<string, Hypothesis> byId;
    private readonly ConcurrentDictionary<string, Score?> scores = new();
    private readonly long informative;

    private OperatorDiagnosis(OperatorCase one)
    {
        this.one = one;
        recomputation = Recomputation.Of(one.Expected, one.Inputs);
        ImmutableArray<int> elements = SampleOf(one, out long differing);
        Differing = differing;
        informative = InformativeOf(one);
        Func<PreparedOperator, byte[]> sample = recomputation.At(elements);
        ImmutableArray<Hypothesis> singles = [.. Hypotheses.Singles(one), .. ParameterSolver.Of(one, elements)];
        ImmutableArray<Hypothesis> throughout = Throughout.Of(one);
        byId = singles.Concat(throughout).ToLookup(hypothesis => hypothesis.Id);
        Evaluate(Promising(singles, elements, sample, Runners).Concat(Throughout.Affordable(one, throughout)));
        if (throughout.IsEmpty && !scores.Values.Any(score => score is { IsExact: true }))
        {
            Hypothesis[] pairs = [.. Promising(Hypotheses.Pairs(one, singles), elements, sample, Runners).Take(MostPairs)];
            byId = singles.Concat(pairs).ToLookup(hypothesis => hypothesis.Id);
            Evaluate(pairs);
        }
    }

    public OperatorCase Case => one;

    /// <summary>Elements in which the candidate departs from the expected.</summary>
    public long Differing { get; }

    /// <summary>Every hypothesis that was scored on all elements.</summary>
    public IEnumerable<Score> Scores => scores.Values.OfType<Score>();

    /// <summary>Null where the candidate's output is the expected one.</summary>
    public static OperatorDiagnosis? Of(OperatorCase one) =>
        one.ExpectedCodes.Span.SequenceEqual(one.ActualCodes.Span) ? null : new(one);

    /// <summary>The score of the hypothesis of that name, computed when it is not known; null where it does not apply to the operator.</summary>
    public Score? ScoreOf(string id) => scores.GetOrAdd(id, _ => byId[id].Select(ScoreOf).MinBy(score => score.Wrong));

    private void Evaluate(IEnumerable<Hypothesis> hypotheses) =>
        Parallel.ForEach(hypotheses.Select(hypothesis => hypothesis.Id).Distinct(), id => ScoreOf(id));

    /// <summary>Those that reproduce the whole sample, the best of the others, and whatever is legitimate.</summary>
    private Hypothesis[] Promising(IEnumerable<Hypothesis> hypotheses, ImmutableArray<int> elements, Func<PreparedOperator, byte[]> sample, int others)
    {
        (Hypothesis Hypothesis, int Explained, int Wrong)[] tried =
        [
            .. hypotheses.AsParallel().AsOrdered().Select(hypothesis =>
            {
                (int explained, int wrong) = Try(elements, sample(hypothesis.Prepared));
                return (hypothesis, explained, wrong);
            }),
        ];
        return
        [
            .. tried.Where(entry => entry.Explained > 0 && entry.Wrong == 0)
                .Concat(tried.Where(entry => entry.Explained > 0 && entry.Wrong > 0)
                    .OrderByDescending(entry => (double)entry.Explained / (entry.Explained + entry.Wrong)).Take(others))
                .Concat(tried.Where(entry => entry.Hypothesis.IsLegitimate))
                .Select(entry => entry.Hypothesis),
        ];
    }

    private (int Explained, int Wrong) Try(ImmutableArray<int> elements, byte[] codes)
    {
        ReadOnlySpan<byte> expected = one.ExpectedCodes.Span, actual = one.ActualCodes.Span;
        int bytes = codes.Length / elements.Length, explained = 0, wrong = 0;
        for (int i = 0; i < elements.Length; i++)
        {
            ReadOnlySpan<byte> found = actual.Slice(elements[i] * bytes, bytes);
            if (!found.SequenceEqual(codes.AsSpan(i * bytes, bytes)))
                wrong++;
            else if (!found.SequenceEqual(expected.Slice(elements[i] * bytes, bytes)))
                explained++;
        }
        return (explained, wrong);
    }

    /// <summary>Any hypothesis of the operator, scored on every element.</summary>
    public Score ScoreOf(Hypothesis hypothesis)
    {
        byte[] codes = hypothesis.Before.IsEmpty ? recomputation.Run(hypothesis.Prepared) : Throughout.Run(one, hypothesis);
        ReadOnlySpan<byte> expected = one.ExpectedCodes.Span, actual = one.ActualCodes.Span;
        int bytes = (int)one.Output.Type.Bytes(1);
        long explained = 0, wrong = 0, discriminating = 0;
        for (int i = 0; i < codes.Length; i += bytes)
        {
            bool fits = true, departs = false;
            for (int b = i; b < i + bytes; b++)
            {
                fits &= codes[b] == actual[b];
                departs |= codes[b] != expected[b];
            }
            wrong += fits ? 0 : 1;
            discriminating += departs ? 1 : 0;
            explained += fits && departs ? 1 : 0;
        }
        return new(hypothesis, explained, wrong, discriminating, informative, Convert.ToHexString(SHA256.HashData(codes)));
    }

    /// <summary>Elements that are not the most frequent code of their channel; where a channel has one element, of the whole tensor.</summary>
    private static long InformativeOf(OperatorCase one)
    {
        ReadOnlySpan<byte> actual = one.ActualCodes.Span;
        int bytes = (int)one.Output.Type.Bytes(1), elements = actual.Length / bytes, last = one.Output.Shape!.Last;
        int channels = elements > last ? last : 1;
        int[] counts = new int[channels * 256];
        for (int i = 0; i < elements; i++)
            counts[i % channels * 256 + actual[i * bytes]]++;
        long frequent = 0;
        for (int channel = 0; channel < channels; channel++)
            frequent += counts.AsSpan(channel * 256, 256).ToArray().Max();
        return elements - frequent;
    }

    /// <summary>Elements spread over all that differ, then over all that do not.</summary>
    private static ImmutableArray<int> SampleOf(OperatorCase one, out long differing)
    {
        ReadOnlySpan<byte> expected = one.ExpectedCodes.Span, actual = one.ActualCodes.Span;
        int bytes = (int)one.Output.Type.Bytes(1);
        List<int> different = [], equal = [];
        for (int i = 0; i < expected.Length / bytes; i++)
            (expected.Slice(i * bytes, bytes).SequenceEqual(actual.Slice(i * bytes, bytes)) ? equal : different).Add(i);
        differing = different.Count;
        int depth = one.Expected is PreparedConvolution convolution ? convolution.Window.Taps * (convolution.IsDepthwise ? 1 : convolution.ChannelsPerGroup) : 1;
        int most = Math.Max(SampleProducts / depth, LeastSample);
        SplitMix64 random = new(1);
        return [.. Some(different, Math.Min(DifferingSample, most * 3 / 4), ref random), .. Some(equal, Math.Min(EqualSample, most / 4), ref random)];
    }

    private static int[] Some(List<int> elements, int count, ref SplitMix64 random)
    {
        if (elements.Count <= count)
            return [.. elements];
        HashSet<int> chosen = [];
        while (chosen.Count < count)
            chosen.Add(elements[(int)(random.Next() % (ulong)elements.Count)]);
        return [.. chosen.Order()];
    }
}
