using System.Collections.Immutable;
using Spectre.Console;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The report for a person at a terminal. The first line is the outcome, the second the element to look at; a table of the layers follows. Colour only
/// repeats what words say.
/// </summary>
public static class TerminalReport
{
    /// <summary>Up to here every layer has its row.</summary>
    private const int FoldFrom = 40;
    private const int FoldedRows = 3;

    private static readonly Style Quiet = new(decoration: Decoration.Dim);

    /// <summary>Writes to <paramref name="console"/> in its width. Long models show neighbouring equal layers as one row, unless <paramref name="allLayers"/>.</summary>
    public static void Write(VerificationReport report, IAnsiConsole console, bool allLayers = false)
    {
        WriteOutcome(report, console);
        if (Decisive.Of(report) is not { } decisive)
            return;
        RunReport run = decisive.Worst;
        foreach (string sentence in CauseSentences.Of(run).Skip(1))
            Line(console, sentence);
        if (Sentences.InheritedElement(run) is { } inherited)
            Line(console, $"furthest element: {inherited}", new Style(Color.Yellow));
        Line(console, $"coverage: {Sentences.CoverageOf(run)}");
        Line(console, $"candidate {Sentences.Name(run.Candidate.Kind)} ({Sentences.Name(run.Candidate.Description)}), oracle {Sentences.OracleAndNote(run)}, input {Sentences.Name(run.InputName)}", Quiet);
        foreach (string line in Sentences.GateOf(report, run))
            Line(console, line, new Style(Color.Yellow));
        if (report.Runs.Length > 1)
            WriteRuns(report, console, run);
        if (run.Layers.IsEmpty || run.Reason is not null)
            return;
        console.WriteLine();
        console.Write(LayerTable.Of(Rows(run.Layers, allLayers), console.Profile.Width));
        foreach (NotComparedTensor extra in run.Coverage.NotCompared.Where(tensor => tensor.Layer is null))
            Line(console, $"not in the model: {Sentences.Name(extra.Tensor)}: {Sentences.Reason(extra.Reason)}");
    }

    /// <summary>The first lines alone: the outcome, and the element to look at.</summary>
    public static void WriteOutcome(VerificationReport report, IAnsiConsole console)
    {
        Line(console, $"{Sentences.Word(report.Verdict)}  {Sentences.Outcome(report)}", StyleOf(report.Verdict));
        if (Decisive.Of(report) is not { } decisive)
            return;
        if (CauseSentences.Of(decisive.Worst).FirstOrDefault() is { } cause)
            Line(console, cause, new Style(decoration: Decoration.Bold));
        if (Sentences.WorstElement(decisive.Worst) is { } frontier)
            Line(console, $"worst element: {frontier}");
    }

    internal static Style StyleOf(Verdict verdict) => verdict switch
    {
        Verdict.Pass => new Style(Color.Green, decoration: Decoration.Bold),
        Verdict.Fail => new Style(Color.Red, decoration: Decoration.Bold),
        _ => new Style(Color.Magenta, decoration: Decoration.Bold),
    };

    private static void WriteRuns(VerificationReport report, IAnsiConsole console, RunReport shown)
    {
        console.WriteLine();
        ListedRuns listed = ListedRuns.Of(report);
        foreach (string count in listed.Counts)
            Line(console, count);
        foreach (RunReport run in listed.Runs)
            Line(console, $"{Sentences.Word(run.Verdict)}  {Sentences.Word(run.Oracle.Flavour)}, {Sentences.Name(run.InputName)}: {Sentences.Outcome(run)} [{run.Coverage.Compared}/{run.Coverage.Total}]", StyleOf(run.Verdict));
        if (listed.Rest is { } rest)
            Line(console, rest, Quiet);
        if (report.Runs.Select(run => run.Oracle.Flavour).Distinct().Count() > 1)
        {
            Line(console, report.Matches.IsEmpty ? "matches no flavour" : $"matches: {string.Join(", ", report.Matches.Select(Sentences.Word))}");
            if (!report.Disagreements.IsEmpty)
                Line(console, $"the oracle's flavours differ among themselves in {Sentences.Count(report.Disagreements.Length, "operator")}: {string.Join(", ", report.Disagreements)}");
        }
        Line(console, $"layers of {Sentences.Word(shown.Oracle.Flavour)}, {Sentences.Name(shown.InputName)}:");
    }

    private static IEnumerable<LayerTable.Row> Rows(ImmutableArray<LayerComparison> layers, bool allLayers)
    {
        bool folds = !allLayers && layers.Length > FoldFrom;
        for (int i = 0; i < layers.Length;)
        {
            int equal = layers.Skip(i).TakeWhile(layer => layer.Verdict == LayerVerdict.Equal).Count();
            if (folds && equal >= FoldedRows)
            {
                yield return LayerTable.Row.Folded(equal);
                i += equal;
            }
            else
            {
                yield return LayerTable.Row.Of(layers[i++]);
            }
        }
    }

    private static void Line(IAnsiConsole console, string text, Style? style = null)
    {
        console.Write(new Text(text, style));
        console.WriteLine();
    }
}
