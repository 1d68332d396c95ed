namespace OffByN.Harness.Reporting;

/// <summary>
/// Workflow commands that GitHub Actions shows beside a run: an error for a verdict that fails and for each operator that diverges, a warning for what was not
/// compared. GitHub shows ten of each kind and step, so no more are written.
/// </summary>
public static class GitHubAnnotations
{
    private const int Most = 10;

    /// <summary>True in a step of GitHub Actions, which reads these lines from standard output.</summary>
    public static bool AreRead => Environment.GetEnvironmentVariable("GITHUB_ACTIONS") == "true";

    public static void Write(VerificationReport report, TextWriter destination)
    {
        if (report.Verdict == Verdict.Pass)
            return;
        string kind = report.Verdict == Verdict.Fail ? "error" : "warning";
        RunReport? run = Decisive.Of(report)?.Worst;
        string[] operators =
        [
            .. (run?.Layers ?? []).Where(layer => layer.Verdict == LayerVerdict.Diverges)
                .Select(layer => Sentences.Worst(layer, layer.Isolated ?? layer.Cumulative)).OfType<string>(),
        ];
        string[] omitted = [.. (run?.Coverage.NotCompared ?? []).Select(tensor => $"{Sentences.Name(tensor.Tensor)}: {Sentences.Reason(tensor.Reason)}")];
        WriteLine(destination, kind, Sentences.Word(report.Verdict), CauseSentences.Best(report) is { } cause ? $"{cause}\n{Sentences.Outcome(report)}" : Sentences.Outcome(report));
        foreach (string diverging in operators.Take(Most - 1))
            WriteLine(destination, "error", "DIVERGES", diverging);
        foreach (string reason in omitted.Take(Most - 1))
            WriteLine(destination, "warning", "NOT COMPARED", reason);
    }

    private static void WriteLine(TextWriter destination, string kind, string title, string message) =>
        destination.Write($"::{kind} title=offbyn {EscapeProperty(title)}::{Escape(message)}\n");

    private static string Escape(string text) => text
        .Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string EscapeProperty(string text) => Escape(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
