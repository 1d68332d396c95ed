using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Comparison;
using OffByN.Harness.Reporting;

namespace OffByN.Harness.Exploration;

/// <summary>One operator: how far it is off, by how much, in which channels and where in the image.</summary>
public static class LayerView
{
    private const int MostChannels = 8;
    private const int WidestBar = 40;

    /// <param name="layer">The operator's output.</param>
    /// <param name="map">Where it differs; null where that is not known.</param>
    /// <param name="width">Characters of a line.</param>
    /// <param name="unicode">Whether shades and blocks can be shown; else letters stand for them.</param>
    public static ImmutableArray<Line> Of(LayerComparison layer, ErrorMap? map, int width, bool unicode)
    {
        Metrics? metrics = MetricsOf(layer);
        ImmutableArray<Line>.Builder lines = ImmutableArray.CreateBuilder<Line>();
        lines.Add(new($"{Sentences.Operator(layer)}, {Sentences.KindAndTensor(layer)}, {Sentences.Shape(layer)}: {Sentences.Judgement(layer)}", layer.Verdict == LayerVerdict.Equal ? Tone.Good : Tone.Bad));
        if (!layer.IsReproducible)
            lines.Add(new("two runs on the same inputs differ: a race, or memory that nobody wrote", Tone.Strong));
        foreach ((int rank, Diagnosis.Cause cause) in layer.Causes.Index())
            lines.Add(new(rank == 0 ? CauseSentences.Of(cause) : $"next best: {CauseSentences.Rival(cause)}", rank == 0 ? Tone.Strong : Tone.Plain));
        lines.AddRange(layer.Pattern.Select(pattern => new Line(pattern)));
        if (layer.Verdict == LayerVerdict.NotCompared && metrics is not { Elements: > 0 })
            return lines.DrainToImmutable();
        if (metrics is null || metrics.Differing == 0)
            return [.. lines, new("nothing differs here", Tone.Quiet)];
        lines.Add(new(FormattableString.Invariant($"{Sentences.Share(metrics)} ({(layer.Isolated is { Differing: > 0 } ? "isolated" : "cumulative")}), cosine {Sentences.Cosine(metrics)}, RMSE {metrics.Rmse:G4}")));
        if (Sentences.Element(metrics) is { } worst)
            lines.Add(new($"worst element: {worst}"));
        return [.. lines, Line.Empty, .. Histogram(metrics, width, unicode), .. map is null ? [] : Map(map, width, unicode)];
    }

    /// <summary>The column that differs: the operator alone, else its place in the chain.</summary>
    public static Metrics? MetricsOf(LayerComparison layer) => layer.Isolated is { Differing: > 0 } ? layer.Isolated : layer.Cumulative ?? layer.Isolated;

    private static IEnumerable<Line> Histogram(Metrics metrics, int width, bool unicode)
    {
        yield return new($"by how much (actual - expected, in {(metrics.Unit == Unit.Code ? "codes" : "ulp")})", Tone.Strong);
        // Equal elements would leave no room for the others.
        Bin[] bins = [.. metrics.Histogram.Where(bin => bin.From != 0 || bin.To != 0)];
        int widest = bins.Length == 0 ? 0 : bins.Max(bin => Name(bin).Length), counts = bins.Length == 0 ? 0 : bins.Max(bin => Sentences.Count(bin.Count).Length);
        foreach (Bin bin in bins)
            yield return new($"  {Name(bin).PadLeft(widest)} {Sentences.Count(bin.Count).PadLeft(counts)} {Bar(bin.Count, bins.Max(other => other.Count), width - widest - counts - 5, unicode)}");

        static string Name(Bin bin) => bin.From == bin.To ? Signed(bin.From) : $"{Signed(bin.From)}..{Signed(bin.To)}";

        static string Signed(Int128 number) => (number > 0 ? "+" : "") + number.ToString(CultureInfo.InvariantCulture);
    }

    private static IEnumerable<Line> Map(ErrorMap map, int width, bool unicode)
    {
        long total = map.Channels.Sum();
        if (map.Channels.Length > 1)
        {
            yield return Line.Empty;
            yield return new($"by channel: {map.Channels.Count(count => count > 0)} of {Sentences.Count(map.Channels.Length, "channel")} differ somewhere", Tone.Strong);
            yield return new($"  0 {Strip(map.Channels, Math.Max(8, Math.Min(width - 10, 64)), unicode)} {map.Channels.Length - 1}");
            (int Channel, long Count)[] worst = [.. map.Channels.Index().Where(entry => entry.Item > 0).OrderByDescending(entry => entry.Item).ThenBy(entry => entry.Index).Take(MostChannels)];
            foreach ((int channel, long count) in worst)
                yield return new($"  {channel,5} {Sentences.Count(count),9} {Bar(count, worst[0].Count, width - 19, unicode)}");
        }
        if (map.Height * map.Width > 1)
        {
            yield return Line.Empty;
            yield return new($"by position: {map.Height} rows, {map.Width} columns{(map.CellSize == 1 ? "" : $", a cell is {map.CellSize} of each")}; {Sentences.Count(total)} in all", Tone.Strong);
            double most = Cells(map).Max();
            int twice = map.GridWidth * 2 + 4 <= width ? 2 : 1;
            for (int row = 0; row < map.GridHeight; row++)
                yield return new(("  " + string.Concat(Enumerable.Range(0, map.GridWidth).Select(column => new string(Shade(Density(map, row, column), most, unicode), twice)))).TrimEnd());
            yield return new(FormattableString.Invariant($"  blank: none differs; {Shade(most, most, unicode)}: {most:P1} of a cell's elements"), Tone.Quiet);
        }
    }

    private static IEnumerable<double> Cells(ErrorMap map) =>
        from row in Enumerable.Range(0, map.GridHeight) from column in Enumerable.Range(0, map.GridWidth) select Density(map, row, column);

    private static double Density(ErrorMap map, int row, int column) => (double)map.Cells[row * map.GridWidth + column] / map.ElementsOf(row, column);

    /// <summary>Channels side by side, several in a character where they are many.</summary>
    private static string Strip(ImmutableArray<long> channels, int width, bool unicode)
    {
        int together = (channels.Length + width - 1) / width;
        long[] cells = [.. channels.Chunk(together).Select(chunk => chunk.Max())];
        return string.Concat(cells.Select(count => Shade(count, cells.Max(), unicode) is ' ' ? '.' : Shade(count, cells.Max(), unicode)));
    }

    /// <summary>Blank for none at all; anything else shows.</summary>
    private static char Shade(double value, double most, bool unicode)
    {
        string shades = unicode ? " ░▒▓█" : " -+*#";
        return value <= 0 ? ' ' : shades[Math.Clamp((int)Math.Ceiling(value / most * 4), 1, 4)];
    }

    private static string Bar(long count, long most, int width, bool unicode) =>
        new(unicode ? '█' : '#', (int)Math.Max(1, Math.Round((double)count / most * Math.Clamp(width, 1, WidestBar))));
}
