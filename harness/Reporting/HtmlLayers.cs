using System.Globalization;
using OffByN.Harness.Comparison;
using OffByN.Model;

namespace OffByN.Harness.Reporting;

/// <summary>The HTML report's table of layers, and a closer look at each layer that is not equal.</summary>
internal static class HtmlLayers
{
    public static Html Table(RunReport run) => Html.Of($"""
        <section>
        <h2>Layers</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Layers">
        <table class="layers">
        <thead>
        <tr><th scope="col" rowspan="2" class="n">#</th><th scope="col" rowspan="2">operator</th><th scope="col" rowspan="2">shape</th><th scope="colgroup" colspan="2">isolated</th><th scope="colgroup" colspan="3">cumulative</th><th scope="col" rowspan="2">verdict</th></tr>
        <tr><th scope="col" class="n">max |N|</th><th scope="col" class="n">differing</th><th scope="col" class="n">max |N|</th><th scope="col" class="n">differing</th><th scope="col" class="n">cosine</th></tr>
        </thead>
        <tbody>
        {run.Layers.Select(Row)}
        </tbody>
        </table>
        </div>
        {Extra(run)}
        </section>
        """);

    /// <summary>Layers that are equal need none. The first that diverges is open.</summary>
    public static Html Details(RunReport run)
    {
        LayerComparison[] shown = [.. run.Layers.Where(layer => layer.Verdict != LayerVerdict.Equal)];
        LayerComparison? first = shown.FirstOrDefault(layer => layer.Verdict == LayerVerdict.Diverges);
        return shown.Length == 0 ? Html.None : Html.Of($"""
            <section>
            <h2>Layer by layer</h2>
            <p class="note">Layers that are not listed are equal in every element.</p>
            {shown.Select(layer => Detail(layer, layer == first))}
            </section>
            """);
    }

    private static Html Row(LayerComparison layer)
    {
        bool hasDetail = layer.Verdict != LayerVerdict.Equal;
        Html name = hasDetail ? Html.Of($"""<a href="#{HtmlReport.Anchor(layer)}">{Sentences.Kind(layer)}</a>""") : Html.Of($"{Sentences.Kind(layer)}");
        Html anchor = hasDetail ? Html.None : Html.Of($""" id="{HtmlReport.Anchor(layer)}" """);
        return Html.Of($"""
            <tr class="{HtmlReport.Class(layer.Verdict)}"{anchor}><td class="n">{layer.Layer}</td><th scope="row">{name}</th><td>{Sentences.Shape(layer)}</td><td class="n">{Sentences.Furthest(layer.Isolated)}</td><td class="n">{Sentences.Differing(layer.Isolated)}</td><td class="n">{Sentences.Furthest(layer.Cumulative)}</td><td class="n">{Sentences.Differing(layer.Cumulative)}</td><td class="n">{Sentences.Cosine(layer.Cumulative)}</td><td><i class="{HtmlReport.Class(layer.Verdict)}" aria-hidden="true">{HtmlReport.Mark(layer.Verdict)}</i> {Judgement(layer)}</td></tr>

            """);
    }

    private static string Judgement(LayerComparison layer) => Sentences.Judgement(layer)
        + (layer.ComputedBy == ComputedBy.Candidate ? "" : $" (computed by the {layer.ComputedBy.ToString().ToLowerInvariant()})");

    private static Html Extra(RunReport run)
    {
        NotComparedTensor[] extra = [.. run.Coverage.NotCompared.Where(tensor => tensor.Layer is null)];
        return extra.Length == 0 ? Html.None : Html.Of($"""
            <p>Tensors that the model does not know:</p>
            <ul>{extra.Select(tensor => Html.Of($"<li>{Sentences.Name(tensor.Tensor)}: {Sentences.Reason(tensor.Reason)}</li>"))}</ul>
            """);
    }

    private static Html Detail(LayerComparison layer, bool isOpen) => Html.Of($"""
        <details{(isOpen ? Html.Raw(" open") : Html.None)}>
        <summary><i class="{HtmlReport.Class(layer.Verdict)}" aria-hidden="true">{HtmlReport.Mark(layer.Verdict)}</i> <b>{layer.Layer} {Sentences.Kind(layer)}</b> <span>{Judgement(layer)}</span></summary>
        <div class="detail" id="{HtmlReport.Anchor(layer)}">
        <p class="note">{Sentences.Tensor(layer)}: {layer.Tensor.Type.Lower()} {Sentences.Shape(layer)}{Quantization(layer.Tensor.Quantization)}</p>
        {(layer.Reason is null || layer.Verdict == LayerVerdict.NotCompared ? Html.None : Html.Of($"<p>{Sentences.Reason(layer.Reason)}</p>"))}
        {Causes(layer)}
        <div class="columns">
        {Column("Isolated: the operator alone", layer.Isolated)}
        {Column("Cumulative: the candidate's own chain", layer.Cumulative)}
        </div>
        {(layer.Map is { } map ? HtmlErrorMap.Of(map) : Html.None)}
        </div>
        </details>

        """);

    private static Html Causes(LayerComparison layer) => layer.Causes is not [var best, .. var rivals] ? Html.None : Html.Of($"""
        <p><b>{CauseSentences.Of(best)}</b></p>
        {(rivals.IsEmpty ? Html.None : Html.Of($"<ul>{rivals.Select(rival => Html.Of($"<li>{CauseSentences.Rival(rival)}</li>"))}</ul>"))}
        """);

    private static string Quantization(Quantization? quantization) => quantization switch
    {
        null => "",
        { IsPerChannel: true } => string.Create(CultureInfo.InvariantCulture, $", {quantization.Scales.Length} scales"),
        _ => string.Create(CultureInfo.InvariantCulture, $", scale {quantization.Scale}, zero point {quantization.ZeroPoint}"),
    };

    private static Html Column(string title, Metrics? metrics) => metrics is null
        ? Html.Of($"<div><h3>{title}</h3><p>could not be compared</p></div>")
        : Html.Of($"""
            <div>
            <h3>{title}</h3>
            {(metrics.Worst is null ? Html.Of($"<p>Equal in all {Sentences.Count(metrics.Elements, "element")}.</p>") : Differences(metrics))}
            </div>
            """);

    private static Html Differences(Metrics metrics) => Html.Of($"""
        <p class="worst"><span>worst element</span> {Sentences.Element(metrics)}</p>
        <dl class="facts">
        {Fact("differing", $"{Sentences.Count(metrics.Differing)} of {Sentences.Count(metrics.Elements)} ({Percent(metrics.Differing, metrics.Elements)})")}
        {Fact("largest |N|", Sentences.Distance(metrics))}
        {Fact("cosine", metrics.Cosine.ToString("G12", CultureInfo.InvariantCulture))}
        {Fact("SQNR", double.IsFinite(metrics.SqnrDb) ? $"{metrics.SqnrDb.ToString("F2", CultureInfo.InvariantCulture)} dB" : metrics.SqnrDb.ToString(CultureInfo.InvariantCulture))}
        {Fact("RMSE", $"{metrics.Rmse.ToString("G4", CultureInfo.InvariantCulture)}{(metrics.RmseReal is { } real && metrics.Unit == Unit.Code ? $" codes, {real.ToString("G4", CultureInfo.InvariantCulture)} real" : "")}")}
        </dl>
        {Histogram(metrics)}
        """);

    private static Html Fact(string term, string text) => Html.Of($"<div><dt>{term}</dt><dd>{text}</dd></div>\n");

    private static Html Histogram(Metrics metrics)
    {
        double longest = Math.Log(1 + metrics.Histogram.Select(bin => bin.Count).DefaultIfEmpty().Max());
        return Html.Of($"""
            <table class="histogram">
            <caption>Elements by N = actual − expected; bars are logarithmic</caption>
            <thead><tr><th scope="col" class="n">N</th><th scope="col"><span class="hidden">bar</span></th><th scope="col" class="n">elements</th></tr></thead>
            <tbody>
            {metrics.Histogram.Select(bin => Bar(bin, longest))}
            </tbody>
            </table>
            """);
    }

    private static Html Bar(Bin bin, double longest) => Html.Of($"""
        <tr><th scope="row" class="n">{Ends(bin)}</th><td><span class="bar {(bin.From > 0 ? "above" : bin.To < 0 ? "below" : "same")}" style="width:{100 * Math.Log(1 + bin.Count) / longest}%"></span></td><td class="n">{Sentences.Count(bin.Count)}</td></tr>

        """);

    private static string Ends(Bin bin) => bin.From == bin.To ? Signed(bin.From) : $"{Signed(bin.From)} to {Signed(bin.To)}";

    private static string Signed(Int128 distance) => distance > 0 ? $"+{Sentences.Count(distance)}" : Sentences.Count(distance).Replace('-', '−');

    /// <summary>Two digits that count; never 0% of something, never 100% of less than all.</summary>
    private static string Percent(long part, long whole) => (100.0 * part / whole) switch
    {
        > 99.9 when part < whole => ">99.9%",
        < 0.001 when part > 0 => "<0.001%",
        double percent => string.Create(CultureInfo.InvariantCulture, $"{percent:G3}%"),
    };
}
