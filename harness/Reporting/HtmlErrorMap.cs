using System.Globalization;
using OffByN.Harness.Comparison;

namespace OffByN.Harness.Reporting;

/// <summary>Where in a tensor elements differ, drawn: a bar for each channel, and a grid of rows and columns.</summary>
internal static class HtmlErrorMap
{
    private const int MostBars = 256;
    private const int BarHeight = 100;

    /// <summary>Steps of colour; cells of one step are one path, which keeps the file small.</summary>
    private const int Steps = 8;

    public static Html Of(ErrorMap map) => Html.Of($"""
        <h3>Where the {(map.IsIsolated ? "isolated" : "cumulative")} value differs</h3>
        <div class="columns">
        {(map.Channels.Length > 1 ? Channels(map) : Html.None)}
        {(map.Height * map.Width > 1 ? Positions(map) : Html.None)}
        </div>
        """);

    private static Html Channels(ErrorMap map)
    {
        int together = (map.Channels.Length + MostBars - 1) / MostBars;
        long[] bars = [.. map.Channels.Chunk(together).Select(chunk => chunk.Max())];
        long most = map.Channels.Max();
        int worst = map.Channels.IndexOf(most);
        string text = $"{Sentences.Count(map.Channels.Count(count => count > 0))} of {Sentences.Count(map.Channels.Length, "channel")} differ somewhere"
            + (most == 0 ? "" : $", most in channel {worst}: {Sentences.Count(most, "element")}")
            + (together == 1 ? "" : $"; a bar is the largest of {together} channels");
        IEnumerable<string> path = bars.Select((count, i) => count == 0 ? "" : $"M{i} {BarHeight}h1v{-Math.Max(2, BarHeight * count / most)}h-1z");
        return Html.Of($"""
            <figure>
            <figcaption>By channel: {text}.</figcaption>
            <svg class="map bars" viewBox="0 0 {bars.Length} {BarHeight}" preserveAspectRatio="none" role="img" aria-label="Differing elements by channel: {text}">
            <rect class="ground" width="{bars.Length}" height="{BarHeight}"/>
            <path class="hot" d="{string.Concat(path)}"/>
            </svg>
            </figure>
            """);
    }

    private static Html Positions(ErrorMap map)
    {
        double[] shares = [.. map.Cells.Select((count, i) => (double)count / map.ElementsOf(i / map.GridWidth, i % map.GridWidth))];
        double most = shares.Max();
        int worst = Array.IndexOf(shares, most);
        string text = $"{map.Height} rows, {map.Width} columns"
            + (map.CellSize == 1 ? "" : $", {map.CellSize} x {map.CellSize} a cell")
            + string.Create(CultureInfo.InvariantCulture, $"; at most {100 * most:G3}% of a cell, at row {worst / map.GridWidth * map.CellSize}, column {worst % map.GridWidth * map.CellSize}");
        ILookup<int, int> steps = Enumerable.Range(0, shares.Length).Where(i => shares[i] > 0).ToLookup(i => (int)Math.Ceiling(Steps * shares[i] / most));
        return Html.Of($"""
            <figure>
            <figcaption>By position: {text}.</figcaption>
            <svg class="map" viewBox="0 0 {map.GridWidth} {map.GridHeight}" role="img" aria-label="Differing elements by position: {text}">
            <rect class="ground" width="{map.GridWidth}" height="{map.GridHeight}"/>
            {steps.Select(step => Html.Of($"""<path class="hot" fill-opacity="{(double)step.Key / Steps}" d="{string.Concat(step.Select(i => $"M{i % map.GridWidth} {i / map.GridWidth}h1v1h-1z"))}"/>"""))}
            </svg>
            </figure>
            """);
    }
}
