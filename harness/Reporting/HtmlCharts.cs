using System.Collections.Immutable;
using OffByN.Harness.Comparison;

namespace OffByN.Harness.Reporting;

/// <summary>
/// Charts with a column for each operator output: how many elements are off by which N, alone and cumulatively, and how far the cosine is from 1. They only
/// show what the table of layers says in numbers.
/// </summary>
internal static class HtmlCharts
{
    private const int Gutter = 64;

    /// <summary>Of the columns together on a wide screen; what does not fit is scrolled.</summary>
    private const int FullWidth = 1040;
    private const int NarrowestColumn = 14;
    private const int WidestColumn = 44;
    private const int RowHeight = 16;
    private const int AxisHeight = 22;
    private const int CosineHeight = 150;

    /// <summary>Shares of elements and distances of the cosine are shown down to 10^-Decades.</summary>
    private const int ShareDecades = 6;
    private const int CosineDecades = 14;

    public static Html Of(ImmutableArray<LayerComparison> layers)
    {
        int column = Math.Clamp(FullWidth / layers.Length, NarrowestColumn, WidestColumn);
        return layers.All(layer => layer is { Isolated: null or { Differing: 0 }, Cumulative: null or { Differing: 0 } }) ? Html.None : Html.Of($"""
            <section>
            <h2>Off by N</h2>
            <p class="note">A column for each operator output, a row for each N; the stronger the colour, the larger the share of elements (logarithmic, faintest at one in a million). Orange: actual is above expected; blue: below.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Off-by-N and cosine charts">
            {Heat("Isolated: each operator alone", layers, column, layer => layer.Isolated)}
            {Heat("Cumulative: the candidate's own chain", layers, column, layer => layer.Cumulative)}
            {Cosines(layers, column)}
            </div>
            </section>
            """);
    }

    /// <summary>Rows that some layer needs, from the largest N to the smallest, at least -2 to 2; |N| above 8 shares a row, and so do NaNs that face a number.</summary>
    private static Row[] Rows(Metrics[] all)
    {
        Int128 furthest = all.SelectMany(metrics => metrics.Histogram).Select(bin => Int128.Max(bin.To, -bin.From)).DefaultIfEmpty().Max();
        int exact = (int)Int128.Clamp(furthest, 2, 8);
        bool hasMore = furthest > 8;
        return
        [
            .. all.Any(metrics => metrics.Sums.Unordered > 0) ? [new Row("NaN", "nan", metrics => metrics.Sums.Unordered)] : Array.Empty<Row>(),
            .. hasMore ? [new Row("≥ +9", "above", metrics => Count(metrics, bin => bin.From > 8))] : Array.Empty<Row>(),
            .. Enumerable.Range(1, exact).Reverse().Select(n => new Row($"+{n}", "above", metrics => Count(metrics, bin => bin.From == n))),
            .. Enumerable.Range(1, exact).Select(n => new Row($"−{n}", "below", metrics => Count(metrics, bin => bin.From == -n && bin.To == -n))),
            .. hasMore ? [new Row("≤ −9", "below", metrics => Count(metrics, bin => bin.To < -8))] : Array.Empty<Row>(),
        ];
    }

    private static long Count(Metrics metrics, Func<Bin, bool> isIn) => metrics.Histogram.Where(isIn).Sum(bin => bin.Count);

    private static Html Heat(string title, ImmutableArray<LayerComparison> layers, int column, Func<LayerComparison, Metrics?> side)
    {
        Row[] rows = Rows([.. layers.Select(side).OfType<Metrics>()]);
        int height = rows.Length * RowHeight;
        return Chart(title, height, layers, column, layer => side(layer) is null, Html.Of($"""
            {rows.Select((row, y) => Html.Of($"""<text class="tick" x="{Gutter - 8}" y="{y * RowHeight + 12}" text-anchor="end">{row.Label}</text>"""))}
            {layers.SelectMany((layer, x) => rows.Select((row, y) => HeatCell(layer, side(layer), row, Gutter + x * column, y * RowHeight, column)))}
            """));
    }

    private static Html HeatCell(LayerComparison layer, Metrics? metrics, Row row, int x, int y, int column)
    {
        if (metrics is null || row.Count(metrics) is not (> 0 and long count))
            return Html.None;
        double strength = Math.Clamp(1 + Math.Log10((double)count / metrics.Elements) / ShareDecades, 0, 1);
        return Html.Of($"""
            <rect class="{row.Class}" fill-opacity="{0.25 + 0.75 * strength}" x="{x + 1}" y="{y + 1}" width="{column - 2}" height="{RowHeight - 2}"><title>{Sentences.Operator(layer)}: {Sentences.Count(count)} of {Sentences.Count(metrics.Elements, "element")} off by {row.Label}</title></rect>

            """);
    }

    private static Html Cosines(ImmutableArray<LayerComparison> layers, int column) => Chart(
        "1 − cosine, logarithmic: lower is closer. Discs cumulative, squares isolated; on the base line nothing differs",
        CosineHeight, layers, column, layer => layer is { Isolated: null, Cumulative: null }, Html.Of($"""
            {Enumerable.Range(0, CosineDecades / 2 + 1).Select(i => Tick(2 * i))}
            {layers.Select((layer, x) => Html.Of($"{Stem(layer.Cumulative, Gutter + (x + 0.5) * column)}{Square(layer, Gutter + (x + 0.5) * column)}{Disc(layer, Gutter + (x + 0.5) * column)}"))}
            """));

    private static Html Tick(int decade) => Html.Of($"""
        <line class="grid" x1="{Gutter}" x2="100%" y1="{Height(decade)}" y2="{Height(decade)}"/><text class="tick" x="{Gutter - 8}" y="{Height(decade) + 4}" text-anchor="end">{(decade == 0 ? "1" : $"1e−{decade}")}</text>

        """);

    private static Html Stem(Metrics? metrics, double x) => metrics is null or { Differing: 0 }
        ? Html.None
        : Html.Of($"""<line class="stem" x1="{x}" x2="{x}" y1="{Height(metrics)}" y2="{CosineHeight}"/>""");

    private static Html Disc(LayerComparison layer, double x) => layer.Cumulative is not { } metrics
        ? Html.None
        : Html.Of($"""<circle class="{(metrics.Differing == 0 ? "still" : "mark")}" cx="{x}" cy="{Height(metrics)}" r="4"><title>{Sentences.Operator(layer)}, cumulative: cosine {Sentences.Cosine(metrics)}</title></circle>""");

    private static Html Square(LayerComparison layer, double x) => layer.Isolated is not { Differing: > 0 } metrics
        ? Html.None
        : Html.Of($"""<rect class="alone" x="{x - 5}" y="{Height(metrics) - 5}" width="10" height="10"><title>{Sentences.Operator(layer)}, isolated: cosine {Sentences.Cosine(metrics)}</title></rect>""");

    private static double Height(Metrics metrics) => metrics switch
    {
        { Differing: 0 } => CosineHeight,
        { Cosine: double.NaN } => Height(0),
        _ => Height(Math.Clamp(-Math.Log10(Math.Max(1 - metrics.Cosine, double.Epsilon)), 0, CosineDecades)),
    };

    /// <summary>Of 10^-decade; the base line below the last decade is for what is equal.</summary>
    private static double Height(double decade) => 8 + (CosineHeight - 24) * decade / CosineDecades;

    private static Html Chart(string title, int height, ImmutableArray<LayerComparison> layers, int column, Func<LayerComparison, bool> isOmitted, Html content)
    {
        int width = Gutter + layers.Length * column, every = column < 20 ? 5 : 1;
        return Html.Of($"""
            <figure>
            <figcaption>{title}</figcaption>
            <svg class="chart" width="{width}" height="{height + AxisHeight}" viewBox="0 0 {width} {height + AxisHeight}" role="img" aria-label="{title}; the table of layers has the numbers">
            <rect class="ground" x="{Gutter}" width="{width - Gutter}" height="{height}"/>
            {layers.Select((layer, x) => isOmitted(layer) ? Html.Of($"""<rect class="omitted" x="{Gutter + x * column}" width="{column}" height="{height}"><title>{Sentences.Operator(layer)}: not compared</title></rect>""") : Html.None)}
            {content}
            <line class="axis" x1="{Gutter}" x2="{width}" y1="{height}" y2="{height}"/>
            {layers.Select((layer, x) => x % every == 0 ? Html.Of($"""<text class="tick" x="{Gutter + (x + 0.5) * column}" y="{height + 16}" text-anchor="middle">{layer.Layer}</text>""") : Html.None)}
            </svg>
            </figure>
            """);
    }

    private sealed record Row(string Label, string Class, Func<Metrics, long> Count);
}
