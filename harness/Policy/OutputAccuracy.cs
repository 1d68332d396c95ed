using System.Collections.Immutable;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Policy;

/// <summary>A flip and the input that it happened on.</summary>
public sealed record InputFlip(string InputName, Flip Flip);

/// <summary>How many of the labelled inputs each side gets right.</summary>
public sealed record RightAnswers(int Labelled, int Expected, int Actual);

/// <summary>One model output in one flavour, over all inputs.</summary>
/// <param name="Right">Null without labels, and for an output that ranks more than once an input.</param>
public sealed record OutputAccuracy(Flavour Flavour, string Output, int Rankings, int Top1, int Top5, ImmutableArray<InputFlip> Flips, RightAnswers? Right)
{
    private const int MaxFlips = 100;

    /// <param name="runs">The runs of a report; those of one flavour are in the order of the inputs.</param>
    /// <param name="labels">The right class of each input; empty without.</param>
    public static ImmutableArray<OutputAccuracy> Of(ImmutableArray<RunReport> runs, ImmutableArray<int> labels) =>
    [
        .. from flavour in runs.GroupBy(run => run.Oracle.Flavour)
           from output in flavour.SelectMany((run, input) => run.Rankings.Select(ranking => (Run: run, Input: input, Ranking: ranking))).GroupBy(item => item.Ranking.Output)
           select new OutputAccuracy(
               flavour.Key,
               output.Key,
               output.Sum(item => item.Ranking.Rankings),
               output.Sum(item => item.Ranking.Top1),
               output.Sum(item => item.Ranking.Top5),
               [.. output.SelectMany(item => item.Ranking.Flips.Select(flip => new InputFlip(item.Run.InputName, flip))).Take(MaxFlips)],
               RightOf([.. output.Where(item => item.Input < labels.Length && item.Ranking.Only is not null).Select(item => (labels[item.Input], item.Ranking.Only!.Value))])),
    ];

    private static RightAnswers? RightOf(ImmutableArray<(int Label, (int Expected, int Actual) Found)> answers) => answers.IsEmpty
        ? null
        : new(answers.Length, answers.Count(answer => answer.Label == answer.Found.Expected), answers.Count(answer => answer.Label == answer.Found.Actual));
}
