using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.Policy;

/// <summary>A ranking whose first class is not the oracle's.</summary>
/// <param name="Row">Which ranking of the tensor.</param>
/// <param name="Expected">The oracle's first class.</param>
/// <param name="Actual">The candidate's.</param>
/// <param name="Margin">By how much the oracle prefers its class to the candidate's, in codes; in real units for floats. 0: it was a tie.</param>
public sealed record Flip(int Row, int Expected, int Actual, double Margin);

/// <summary>
/// How a candidate ranks the classes of one model output on one input, beside the oracle. The output of a classifier is [classes], [N, classes], or has a 1 on every axis
/// between those two, as [N, 1, 1, classes]: N rankings. Maps, boxes and whatever else has more places are none. Of equal scores the lowest class is first; a NaN is last.
/// </summary>
/// <param name="Output">The tensor's name.</param>
/// <param name="Rankings">How many there are.</param>
/// <param name="Top1">Of these, those with the oracle's first class as the first.</param>
/// <param name="Top5">Those with the oracle's first class among the first five.</param>
/// <param name="Flips">The first of the others, in order.</param>
/// <param name="Only">Both first classes, expected then actual, where there is one ranking; null where there are several.</param>
public sealed record OutputRanking(string Output, int Rankings, int Top1, int Top5, ImmutableArray<Flip> Flips, (int Expected, int Actual)? Only)
{
    private const int MaxFlips = 20;
    private const int Few = 5;

    /// <summary>Of every model output that ranks at least two classes and that both gave; the sorted boxes, classes and scores of a custom operator do not.</summary>
    public static ImmutableArray<OutputRanking> Of(CandidateContext context, CandidateTensors candidate) =>
    [
        .. context.Graph.Outputs.Distinct().Except(context.Graph.Operators.Where(op => op.Code == BuiltinOperator.Custom).SelectMany(op => op.Outputs)).Select(output =>
            context.Oracle.TryGet(output, out TensorValue? expected) && candidate.Cumulative.TryGet(output, out TensorValue? actual)
            && expected.Type == actual.Type && expected.Shape.Equals(actual.Shape)
                ? Of(context.Graph[output].Name, expected, actual)
                : null).OfType<OutputRanking>(),
    ];

    /// <summary>Null for a tensor that ranks nothing.</summary>
    public static OutputRanking? Of(string output, TensorValue expected, TensorValue actual)
    {
        if (!IsClassifier(expected.Shape) || expected.Shape.Last is not (>= 2 and int classes) || expected.Shape.Elements == 0 || Scores(expected) is not { } ours || Scores(actual) is not { } theirs)
            return null;
        int rows = expected.Shape.Elements / classes, top1 = 0, top5 = 0;
        ImmutableArray<Flip>.Builder flips = ImmutableArray.CreateBuilder<Flip>();
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> oracle = ours.AsSpan(row * classes, classes), candidate = theirs.AsSpan(row * classes, classes);
            (int first, int found) = (First(oracle), First(candidate));
            top1 += first == found ? 1 : 0;
            top5 += RankOf(candidate, first) < Few ? 1 : 0;
            if (first != found && flips.Count < MaxFlips)
                flips.Add(new(row, first, found, oracle[first] - oracle[found]));
        }
        return new(output, rows, top1, top5, flips.ToImmutable(), rows == 1 ? (First(ours), First(theirs)) : null);
    }

    private static bool IsClassifier(Shape shape) => shape.Count > 0 && shape.Skip(1).SkipLast(1).All(size => size == 1);

    private static int First(ReadOnlySpan<double> scores)
    {
        int first = 0;
        for (int i = 1; i < scores.Length; i++)
            first = scores[i] > scores[first] ? i : first;
        return first;
    }

    private static int RankOf(ReadOnlySpan<double> scores, int index)
    {
        int before = 0;
        for (int i = 0; i < scores.Length; i++)
            before += scores[i] > scores[index] || (scores[i] == scores[index] && i < index) ? 1 : 0;
        return before;
    }

    private static double[]? Scores(TensorValue value) => value.Type switch
    {
        TensorType.UInt8 => Widened<byte>(value, x => x),
        TensorType.Int8 => Widened<sbyte>(value, x => x),
        TensorType.Int16 => Widened<short>(value, x => x),
        TensorType.Int32 => Widened<int>(value, x => x),
        TensorType.Float16 => Widened<Half>(value, x => Ordered((double)x)),
        TensorType.Float32 => Widened<float>(value, x => Ordered(x)),
        _ => null,
    };

    private static double Ordered(double score) => double.IsNaN(score) ? double.NegativeInfinity : score;

    private static double[] Widened<T>(TensorValue value, Func<T, double> widen)
        where T : unmanaged
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(value.Data.Span);
        double[] scores = new double[elements.Length];
        for (int i = 0; i < scores.Length; i++)
            scores[i] = widen(elements[i]);
        return scores;
    }
}
