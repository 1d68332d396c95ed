using System.Globalization;
using OffByN.Harness.Reporting;
using Spectre.Console;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>A fingerprint for people: what each operator follows, and what it does not.</summary>
public static class FingerprintView
{
    public static void Write(Fingerprint fingerprint, string name, IAnsiConsole console)
    {
        FingerprintLine[] unlike = [.. fingerprint.Lines.Where(line => line.IsUnlikeAny)];
        int unknown = fingerprint.Lines.Count(line => line.Follows.IsEmpty && line.RuledOut.IsEmpty);
        console.MarkupLineInterpolated($"[bold]{name}[/]  {fingerprint.Runtime.Runtime} {fingerprint.Runtime.Version}, library {fingerprint.Runtime.LibrarySha256[..16]}");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"{fingerprint.Lines.Length} combinations of operator, type, flavour and delegation: {fingerprint.Lines.Length - unlike.Length - unknown} follow a known profile, {unlike.Length} are unlike all, of {unknown} no profile computes anything");
        Table table = new Table().Border(TableBorder.None).AddColumns("operator", "type", "flavour", "elements", "follows", "arithmetic", "differs from");
        foreach (FingerprintLine line in fingerprint.Lines)
        {
            string follows = line.Follows.IsEmpty ? line.IsUnlikeAny ? "UNLIKE ALL" : "no profile computes it" : string.Join(' ', line.Follows.Select(profile => line.Bounded.Contains(profile) ? $"{profile} (bounded)" : profile));
            table.AddRow([.. new[]
            {
                line.Operator, line.Type, line.Flavour + (line.Delegated ? " delegated" : ""), Sentences.Count(line.Elements), follows, line.Arithmetic,
                string.Join(' ', line.RuledOut.Select(other => $"{other.Key} ({Sentences.Count(other.Value)})")),
            }.Select(Markup.Escape)]);
        }
        console.Write(table);
    }
}
