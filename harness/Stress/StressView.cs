using System.Globalization;
using OffByN.Harness.Reporting;
using Spectre.Console;

namespace OffByN.Harness.Stress;

/// <summary>A stress report for people.</summary>
public static class StressView
{
    private const int MostNamed = 12;

    public static void Write(StressReport report, IAnsiConsole console)
    {
        (string word, string colour) = report.Verdict switch
        {
            Verdict.Pass => ("PASS", "green"),
            Verdict.Fail => ("FAIL", "red"),
            _ => ("NOT COMPARED", "magenta"),
        };
        console.MarkupLineInterpolated($"[{colour} bold]{word}[/]  {Headline(report)}");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"seeds {report.Seed} and up: {Sentences.Count(report.Cases, "case")} in {report.Time.TotalSeconds:f1} s, {report.CasesPerMinute:f0} a minute{(report.IsInterrupted ? "; interrupted" : "")}");
        WriteTable(report, console);
        foreach (IGrouping<string, string> families in report.Families.Where(family => family.CandidateObstacle is not null)
            .GroupBy(family => family.CandidateObstacle!, family => family.Family).Take(MostNamed))
            console.WriteLine($"{report.Candidate} computed nothing of {string.Join(", ", families.Distinct().Take(MostNamed))}: {Sentences.Reason(families.Key)}");
        foreach (StressFailure failure in report.Failures)
            Write(failure, console);
        foreach (CaseOutcome death in report.Deaths.Take(MostNamed))
            console.WriteLine($"the oracle does not survive: {death}");
    }

    private static string Headline(StressReport report)
    {
        long reference = report.Families.Sum(family => family.Reference.Elements), candidate = report.Families.Sum(family => family.Candidate.Elements);
        string compared = $"{Sentences.Count(reference, "element")} of the reference{(report.HasCandidate ? $" and {Sentences.Count(candidate)} of {report.Candidate}" : "")} compared with {report.Oracle}";
        long referenceDiffers = report.Families.Sum(family => family.Reference.Differing), candidateDiffers = report.Families.Sum(family => family.Candidate.Differing);
        return report.Verdict switch
        {
            Verdict.Fail => $"{Sentences.Count(referenceDiffers, "element")} of the reference and {Sentences.Count(candidateDiffers)} of {report.Candidate} differ from {report.Oracle}; {compared}",
            Verdict.NotCompared when report.NotStarted is { } reason => $"{report.Oracle} cannot start: {reason}; {compared}",
            Verdict.NotCompared when report.Deaths.Length > 0 => $"{report.Oracle} does not survive {Sentences.Count(report.Deaths.Length, "case")}; {compared}",
            Verdict.NotCompared when report.NotCompared.Length > 0 => $"nothing to compare in {string.Join(", ", report.NotCompared.Take(MostNamed))}; {compared}",
            _ => compared,
        };
    }

    private static void WriteTable(StressReport report, IAnsiConsole console)
    {
        Table table = new Table().Border(TableBorder.None).AddColumns("family", "flavour");
        foreach (string name in new[] { "cases", "delegated", "refused", "unknown", "elements", "differ", report.HasCandidate ? report.Candidate : "", "differ" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (FamilyTally family in report.Families)
        {
            table.AddRow([.. new[]
            {
                family.Family, family.Flavour.ToString().ToLowerInvariant(), Sentences.Count(family.Cases), Sentences.Count(family.Delegated), Sentences.Count(family.Refused + family.Died),
                Sentences.Count(family.NotComputed), Sentences.Count(family.Reference.Elements), Sentences.Count(family.Reference.Differing),
                report.HasCandidate ? Sentences.Count(family.Candidate.Elements) : "", report.HasCandidate ? Sentences.Count(family.Candidate.Differing) : "",
            }.Select(Markup.Escape)]);
        }
        console.Write(table);
    }

    private static void Write(StressFailure failure, IAnsiConsole console)
    {
        console.WriteLine();
        console.WriteLine($"found:    {failure.Found}");
        console.WriteLine($"smallest: {failure.Smallest}");
        if (failure.Folder is { } folder)
            console.WriteLine($"written:  {folder}");
    }
}
