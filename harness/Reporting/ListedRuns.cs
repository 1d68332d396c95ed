using System.Collections.Immutable;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Reporting;

/// <summary>The runs that a report for people lists: all of a few; of many those that do not pass, the furthest from the oracle first, and how many there are of each kind.</summary>
/// <param name="Runs">In the order of the report where all are listed.</param>
/// <param name="Counts">A line for each flavour; empty where all are listed.</param>
/// <param name="Rest">What is not listed, and where it is; null where all are listed.</param>
internal sealed record ListedRuns(ImmutableArray<RunReport> Runs, ImmutableArray<string> Counts, string? Rest)
{
    private const int Most = 20;

    public static ListedRuns Of(VerificationReport report)
    {
        if (report.Runs.Length <= Most)
            return new(report.Runs, [], null);
        ImmutableArray<RunReport> worst = [.. Decisive.FurthestFirst(report.Runs.Where(run => run.Verdict != Verdict.Pass)).Take(Most)];
        return new(
            worst,
            [.. report.Runs.GroupBy(run => run.Oracle.Flavour).Select(group => Count(group.Key, [.. group]))],
            $"{Sentences.Count(report.Runs.Length - worst.Length, "more run")} {(report.Runs.Length - worst.Length == 1 ? "is" : "are")} not listed here; --json FILE has them all");
    }

    /// <summary><c>ref: 2,001 inputs, 1,990 pass, 8 fail, 3 not compared; the furthest from the oracle first</c>.</summary>
    private static string Count(Flavour flavour, ImmutableArray<RunReport> runs)
    {
        string[] kinds =
        [
            .. new[] { (Verdict.Pass, "pass"), (Verdict.Fail, "fail"), (Verdict.NotCompared, "not compared") }
                .Select(kind => (Count: runs.Count(run => run.Verdict == kind.Item1), Word: kind.Item2)).Where(kind => kind.Count > 0)
                .Select(kind => $"{Sentences.Count(kind.Count)} {kind.Word}"),
        ];
        return $"{Sentences.Word(flavour)}: {Sentences.Count(runs.Length, "input")}, {string.Join(", ", kinds)}{(runs.All(run => run.Verdict == Verdict.Pass) ? "" : "; the furthest from the oracle first")}";
    }
}
