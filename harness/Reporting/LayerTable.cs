using System.Collections.Immutable;
using OffByN.Model;
using Spectre.Console;
using Padding = Spectre.Console.Padding;

namespace OffByN.Harness.Reporting;

/// <summary>The terminal's table of layers. Where the width does not do, the columns that say least are left out; the verdict always stays and may wrap.</summary>
internal static class LayerTable
{
    private const int Gap = 2;

    /// <summary>As wide as the longest builtin operator of common models; custom operators may be called anything.</summary>
    private const int NameWidth = 24;

    /// <summary>What the verdict asks for at most, as wide as "inherited from operator 12"; longer reasons wrap.</summary>
    private const int VerdictWidth = 26;

    /// <summary>What it makes do with, as wide as the name of a profile, before a column up to <see cref="Telling"/> is left out for it.</summary>
    private const int NarrowVerdict = 16;

    /// <summary>The greatest rank of columns that say how far a layer is off.</summary>
    private const int Telling = 4;

    /// <summary>
    /// In the order in which they are shown; the greatest rank is left out first, so a column without a heading of its own ranks after the one that heads it.
    /// </summary>
    private static readonly ImmutableArray<Column> Columns =
    [
        new("#", 0, IsNumber: true, row => row.Index),
        new("operator", 0, IsNumber: false, row => row.Layer is { } layer ? Printable.Of(layer.Operator.Name, NameWidth) : row.Note),
        new("shape", 5, IsNumber: false, row => row.Layer is { } layer ? Sentences.Shape(layer) : ""),
        new("isolated\nmax", 1, IsNumber: true, row => row.Layer is { } layer ? Sentences.Furthest(layer.Isolated) : ""),
        new("\ndiffer", 3, IsNumber: true, row => row.Layer is { } layer ? Sentences.Differing(layer.Isolated) : ""),
        new("cumulative\nmax", 2, IsNumber: true, row => row.Layer is { } layer ? Sentences.Furthest(layer.Cumulative) : ""),
        new("\ndiffer", 4, IsNumber: true, row => row.Layer is { } layer ? Sentences.Differing(layer.Cumulative) : ""),
        new("\ncosine", 6, IsNumber: true, row => row.Layer is { } layer ? Sentences.Cosine(layer.Cumulative) : ""),
    ];

    public static Table Of(IEnumerable<Row> rows, int width)
    {
        Row[] shown = [.. rows];
        int verdict = shown.Max(row => Math.Min(row.Verdict.Length, VerdictWidth));
        Column[] columns = Fitting(shown, width, verdict);
        Table table = new Table().Border(TableBorder.None);
        foreach (Column column in columns)
        {
            TableColumn added = new TableColumn(new Text(column.Header)) { Padding = new Padding(0, 0, Gap, 0), NoWrap = true };
            table.AddColumn(column.IsNumber ? added.RightAligned() : added);
        }
        table.AddColumn(new TableColumn(new Text("verdict")) { Padding = new Padding(0, 0, 0, 0) });
        foreach (Row row in shown)
            table.AddRow([.. columns.Select(column => column.Cell(row)).Append(row.Verdict).Select(cell => new Text(cell, row.Style))]);
        return table;
    }

    private static Column[] Fitting(Row[] rows, int width, int verdict)
    {
        Column[] columns = [.. Columns];
        while (columns.Max(column => column.Rank) is > 0 and int least
            && columns.Sum(column => column.Width(rows) + Gap) + (least > Telling ? verdict : Math.Min(verdict, NarrowVerdict)) > width)
            columns = [.. columns.Where(column => column.Rank != least)];
        return columns;
    }

    /// <summary>A layer, or several that are equal (<see cref="Layer"/> null).</summary>
    internal sealed record Row(LayerComparison? Layer, string Index, string Note, string Verdict, Style Style)
    {
        public static Row Of(LayerComparison layer) => new(
            layer,
            layer.Verdict switch { LayerVerdict.Diverges => "> ", LayerVerdict.NotCompared => "? ", _ => "" } + layer.Layer + (layer.IsState ? " state" : layer.Output == 0 ? "" : $":{layer.Output}"),
            "",
            Sentences.Judgement(layer) + (layer.ComputedBy == ComputedBy.Candidate ? "" : $" (computed by the {layer.ComputedBy.ToString().ToLowerInvariant()})"),
            StyleOf(layer.Verdict));

        public static Row Folded(int equal) => new(null, "", $"... {equal} equal", "", new Style(decoration: Decoration.Dim));

        private static Style StyleOf(LayerVerdict verdict) => verdict switch
        {
            LayerVerdict.Diverges => new Style(Color.Red, decoration: Decoration.Bold),
            LayerVerdict.Inherited => new Style(Color.Yellow),
            LayerVerdict.Within => new Style(Color.Cyan),
            LayerVerdict.NotCompared => new Style(Color.Magenta),
            _ => Style.Plain,
        };
    }

    private sealed record Column(string Header, int Rank, bool IsNumber, Func<Row, string> Cell)
    {
        public int Width(Row[] rows) => Header.Split('\n').Concat(rows.Select(Cell)).Max(text => text.Length);
    }
}
