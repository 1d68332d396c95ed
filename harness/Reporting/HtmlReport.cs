using System.Text;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The report as one HTML file that loads nothing: the outcome, the divergence along the graph, the charts, the table of layers, and a closer look at each layer
/// that is not equal. It works without scripts, by keyboard, on a phone, in light and dark.
/// </summary>
public static class HtmlReport
{
    private static readonly Html Style = Html.Raw(ReadStyle());

    /// <summary>Writes the run that decides the verdict in full, <see cref="Decisive.Worst"/>, and the others in a table.</summary>
    public static void Write(VerificationReport report, Stream destination)
    {
        RunReport? run = Decisive.Of(report)?.Worst;
        string model = Path.GetFileName(run?.Model.Path) is { Length: > 0 } file ? Sentences.Name(file) : "verification";
        Html page = Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <link rel="icon" href="data:,">
            <title>{Sentences.Word(report.Verdict)}: {model}</title>
            <style>{Style}</style>
            </head>
            <body>
            {Header(report, run, model)}
            <main>
            {Runs(report)}
            {(run is null ? Html.None : Layers(run))}
            </main>
            </body>
            </html>

            """);
        destination.Write(Encoding.UTF8.GetBytes(page.ToString()));
    }

    /// <summary>The class that colours a verdict.</summary>
    internal static string Class(LayerVerdict verdict) => verdict switch
    {
        LayerVerdict.NotCompared => "omitted",
        _ => Sentences.Word(verdict),
    };

    /// <summary>What says the same without colour.</summary>
    internal static string Mark(LayerVerdict verdict) => verdict switch
    {
        LayerVerdict.Equal => "=",
        LayerVerdict.Within => "≈",
        LayerVerdict.Diverges => "≠",
        LayerVerdict.Inherited => "↓",
        _ => "?",
    };

    internal static string Anchor(LayerComparison layer) => layer.Output == 0 ? $"layer-{layer.Layer}" : $"layer-{layer.Layer}-{layer.Output}";

    private static string Class(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "equal",
        Verdict.Fail => "diverges",
        _ => "omitted",
    };

    private static Html Header(VerificationReport report, RunReport? run, string model) => Html.Of($"""
        <header>
        <p class="model">{model}</p>
        <h1><span class="badge {Class(report.Verdict)}">{Sentences.Word(report.Verdict)}</span> {CauseSentences.Headline(report)}</h1>
        {(run is null ? Html.None : Facts(report, run))}
        </header>
        """);

    private static Html Facts(VerificationReport report, RunReport run) => Html.Of($"""
        <dl class="lead">
        {(CauseSentences.Best(report) is null ? Html.None : Fact("outcome", Sentences.Outcome(report)))}
        {CauseSentences.Of(run).Skip(1).Select(sentence => Fact("also", sentence))}
        {Fact("worst element", Sentences.WorstElement(run))}
        {Fact("furthest element", Sentences.InheritedElement(run))}
        </dl>
        <dl class="facts">
        {Sentences.GateOf(report, run).Select(line => Fact("gate", line))}
        {Fact("coverage", Sentences.CoverageOf(run))}
        {Fact("oracle", Sentences.Oracle(run))}
        {Fact("profile", run.Oracle.Profile is { } profile ? Sentences.Name(profile.Name) : "unknown")}
        {Fact("candidate", $"{Sentences.Name(run.Candidate.Kind)}: {Sentences.Name(run.Candidate.Description)}")}
        {Fact("input", Sentences.Name(run.InputName))}
        {Hash("model sha256", run.Model.Sha256)}
        {Hash("input sha256", run.InputSha256)}
        </dl>
        """);

    private static Html Fact(string term, string? text) => text is null ? Html.None : Html.Of($"<div><dt>{term}</dt><dd>{text}</dd></div>\n");

    private static Html Hash(string term, string hash) => Html.Of($"""<div><dt>{term}</dt><dd class="hash">{hash}</dd></div>""");

    private static Html Runs(VerificationReport report) => report.Runs.Length < 2 ? Html.None : Html.Of($"""
        <section>
        <h2>Runs</h2>
        {Flavours(report)}
        <div class="scroll" tabindex="0" role="region" aria-label="Runs">
        <table>
        <thead><tr><th scope="col">verdict</th><th scope="col">flavour</th><th scope="col">input</th><th scope="col" class="n">compared</th><th scope="col">outcome</th></tr></thead>
        <tbody>
        {report.Runs.Select(Row)}
        </tbody>
        </table>
        </div>
        </section>
        """);

    private static Html Flavours(VerificationReport report)
    {
        if (report.Runs.Select(run => run.Oracle.Flavour).Distinct().Count() < 2)
            return Html.None;
        string matches = report.Matches.IsEmpty ? "The candidate matches no flavour." : $"The candidate matches {string.Join(", ", report.Matches.Select(Sentences.Word))}.";
        string disagreements = report.Disagreements.IsEmpty
            ? ""
            : $" The oracle's own flavours differ in {Sentences.Count(report.Disagreements.Length, "operator")}: {string.Join(", ", report.Disagreements)}.";
        return Html.Of($"<p>{matches}{disagreements}</p>");
    }

    private static Html Row(RunReport run) => Html.Of($"""
        <tr><td><span class="badge {Class(run.Verdict)}">{Sentences.Word(run.Verdict)}</span></td><td>{Sentences.Word(run.Oracle.Flavour)}</td><td>{Sentences.Name(run.InputName)}</td><td class="n">{run.Coverage.Compared}/{run.Coverage.Total}</td><td>{Sentences.Outcome(run)}</td></tr>

        """);

    private static Html Layers(RunReport run) => run.Layers.IsEmpty ? Html.None : Html.Of($"""
        <section>
        <h2>Along the graph</h2>
        <p class="note">{Sentences.Oracle(run)} on {Sentences.Name(run.InputName)}. Each box is an operator output, in the order of the model: its number, its verdict, and the largest |N| that its cumulative value is off by (N = actual − expected).</p>
        <ol class="strip" aria-label="Operator outputs in the order of the model">
        {run.Layers.Select(Cell)}
        </ol>
        <p class="legend">{Enum.GetValues<LayerVerdict>().Select(Legend)}</p>
        </section>
        {HtmlCharts.Of(run.Layers)}
        {HtmlLayers.Table(run)}
        {HtmlLayers.Details(run)}
        """);

    private static Html Cell(LayerComparison layer)
    {
        string label = $"{Sentences.Operator(layer)}: {Sentences.Judgement(layer)}";
        string off = layer.Cumulative is { Differing: > 0 } metrics ? Sentences.Furthest(metrics) : "";
        return Html.Of($"""
            <li><a class="{Class(layer.Verdict)}{Depth(layer)}" href="#{Anchor(layer)}" title="{label}" aria-label="{label}"><b>{layer.Layer}</b><span>{Mark(layer.Verdict)} {off}</span></a></li>

            """);
    }

    /// <summary>What is inherited is darker the further it is off.</summary>
    private static string Depth(LayerComparison layer)
    {
        Int128 distance = Decisive.Distance(layer.Cumulative);
        return layer.Verdict != LayerVerdict.Inherited || distance <= 1 ? "" : distance <= 4 ? " far" : " farther";
    }

    private static Html Legend(LayerVerdict verdict) => Html.Of($"""<span><i class="{Class(verdict)}">{Mark(verdict)}</i> {Sentences.Word(verdict)}</span> """);

    private static string ReadStyle()
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
