using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The report as GitHub-flavoured Markdown, for a job summary or a comment: never longer than <see cref="Limit"/> bytes. Text out of models and workers
/// stands in code or is escaped, so it cannot format, link or mention.
/// </summary>
public static partial class MarkdownReport
{
    /// <summary>Bytes of UTF-8: what a comment may hold.</summary>
    public const int Limit = 64 * 1024;

    /// <summary>Left for the line that says what was left out.</summary>
    private const int Reserve = 200;

    public static void Write(VerificationReport report, TextWriter destination)
    {
        StringBuilder text = new();
        text.Append($"**{Sentences.Word(report.Verdict)}** {Escape(CauseSentences.Headline(report))}\n\n");
        if (Decisive.Of(report) is { } decisive)
        {
            RunReport run = decisive.Worst;
            string[] causes = [.. CauseSentences.Of(run)];
            if (causes.Length > 0)
                text.Append($"* outcome: {Escape(Sentences.Outcome(report))}\n");
            foreach (string cause in causes.Skip(1))
                text.Append($"* also: {Escape(cause)}\n");
            if (Sentences.WorstElement(run) is { } worst)
                text.Append($"* worst element: {Escape(worst)}\n");
            if (Sentences.InheritedElement(run) is { } inherited)
                text.Append($"* furthest element: {Escape(inherited)}\n");
            text.Append($"* coverage: {Escape(Sentences.CoverageOf(run))}\n");
            foreach (string line in Sentences.GateOf(report, run))
                text.Append($"* {Escape(line)}\n");
            text.Append($"* model {Code(run.Model.Path)}, candidate {Code(run.Candidate.Kind)} ({Escape(Sentences.Name(run.Candidate.Description))}), oracle {Escape(Sentences.OracleAndNote(run))}, input {Code(run.InputName)}\n");
            ListedRuns listed = ListedRuns.Of(report);
            foreach (string count in listed.Counts)
                text.Append($"* {Escape(count)}\n");
            Table(text, Runs(report, listed), "runs");
            if (listed.Rest is { } rest)
                text.Append($"\n{Escape(rest)}\n");
            Table(text, Layers(run), "layers");
        }
        destination.Write(text.ToString());
    }

    /// <summary>A name as code. Backticks, pipes and backslashes cannot be escaped in a code span inside a table: such a name is spelled in character references.</summary>
    private static string Code(string name)
    {
        string shown = Sentences.Name(name);
        return shown.Length == 0 || shown.AsSpan().ContainsAny('`', '|', '\\') ? $"<code>{References(shown, _ => true)}</code>" : $"`{shown}`";
    }

    /// <summary>Running text without meaning to Markdown, HTML or GitHub. A character reference never counts as markup.</summary>
    private static string Escape(string text) => InsideWord().Replace(
        References(text, character => "\\`*_[]<>|~&@#!$:".Contains(character, StringComparison.Ordinal))
            .Replace("&#58; ", ": ", StringComparison.Ordinal).Replace("www.", "www&#46;", StringComparison.OrdinalIgnoreCase),
        "_");

    /// <summary>An underscore that emphasizes nothing: CONV_2D.</summary>
    [GeneratedRegex("(?<=[A-Za-z0-9])&#95;(?=[A-Za-z0-9])")]
    private static partial Regex InsideWord();

    private static string References(string text, Func<char, bool> isSpecial)
    {
        StringBuilder escaped = new();
        foreach (char character in text)
        {
            if (char.IsAscii(character) && !char.IsAsciiLetterOrDigit(character) && character != ' ' && isSpecial(character))
                escaped.Append(CultureInfo.InvariantCulture, $"&#{(int)character};");
            else
                escaped.Append(character);
        }
        return escaped.ToString();
    }

    private static ImmutableArray<string> Runs(VerificationReport report, ListedRuns listed) => report.Runs.Length < 2 || listed.Runs.IsEmpty
        ? []
        : [
            "| flavour | input | verdict | compared | outcome |",
            "|---|---|---|---:|---|",
            .. listed.Runs.Select(run =>
                $"| {Sentences.Word(run.Oracle.Flavour)} | {Code(run.InputName)} | {Sentences.Word(run.Verdict)} | {run.Coverage.Compared}/{run.Coverage.Total} | {Escape(Sentences.Outcome(run))} |"),
        ];

    private static ImmutableArray<string> Layers(RunReport run) => run.Layers.IsEmpty
        ? []
        : [
            "| # | operator | shape | isolated max | differ | cumulative max | differ | cosine | verdict |",
            "|---:|---|---|---:|---:|---:|---:|---:|---|",
            .. run.Layers.Select(layer => string.Create(
                CultureInfo.InvariantCulture,
                $"| {layer.Layer} | {Code(layer.Operator.Name)} | {Sentences.Shape(layer)} | {Sentences.Furthest(layer.Isolated)} | {Sentences.Differing(layer.Isolated)} | {Sentences.Furthest(layer.Cumulative)} | {Sentences.Differing(layer.Cumulative)} | {Escape(Sentences.Cosine(layer.Cumulative))} | {Verdict(layer)} |")),
        ];

    private static string Verdict(LayerComparison layer)
    {
        string text = Escape(Sentences.Judgement(layer));
        return layer.Verdict is LayerVerdict.Diverges or LayerVerdict.NotCompared ? $"**{text}**" : text;
    }

    /// <summary>As many rows as fit; how many did not is said.</summary>
    private static void Table(StringBuilder text, ImmutableArray<string> lines, string noun)
    {
        if (lines.IsEmpty)
            return;
        text.Append('\n');
        int bytes = Encoding.UTF8.GetByteCount(text.ToString());
        for (int i = 0; i < lines.Length; i++)
        {
            bytes += Encoding.UTF8.GetByteCount(lines[i]) + 1;
            if (bytes > Limit - Reserve)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n{lines.Length - i} more {noun} do not fit here; the JSON report has them.\n");
                return;
            }
            text.Append(lines[i]).Append('\n');
        }
    }
}
