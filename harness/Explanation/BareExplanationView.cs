using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using Spectre.Console;

namespace OffByN.Harness.Explanation;

/// <summary>Prints a bare-number explanation: the finding, the numbers, then every variant with its intermediates.</summary>
public static class BareExplanationView
{
    private const int Gap = 2;

    /// <summary>In words, which may be broken to less than their width.</summary>
    private const int LeastName = 20, LeastFormula = 40;

    public static void Print(BareNumbers numbers, IAnsiConsole console)
    {
        ImmutableArray<VariantTrace> traces = BareExplanation.Of(numbers);
        ChannelScale factor = numbers.Factors.Own[0];
        Multiplier multiplier = factor.Multiplier;
        console.MarkupLineInterpolated($"[bold]{BareExplanation.Finding(numbers, traces)}[/]");
        console.WriteLine();
        console.WriteLine(Invariant($"accumulator {numbers.Accumulator}, factor {factor.Real:G17}"));
        console.WriteLine(Invariant($"mantissa m = {multiplier.Mantissa}, exponent {multiplier.Exponent} (left shift {multiplier.LeftShift}, right shift n = {multiplier.RightShift}), as float32 {numbers.Factors.In(ScaleFormation.FloatQuotient)[0].Single:G9}"));
        console.WriteLine(Invariant($"exact product {numbers.Accumulator * factor.Real:F7}, zero point {numbers.ZeroPoint}, clamp {Bounds(numbers)}"));
        console.WriteLine();
        console.Write(Table(numbers, traces, console.Profile.Width));
    }

    private static Table Table(BareNumbers numbers, ImmutableArray<VariantTrace> traces, int width)
    {
        Table table = new Table().Border(TableBorder.None);
        Column[] columns = Fitting(
        [
            new("#", 0, null, IsNumber: false, trace => trace.Mistake.Catalogue),
            new("arithmetic", 0, LeastName, IsNumber: false, trace => NameOf(trace, traces)),
            new("formula", 1, LeastFormula, IsNumber: false, trace => trace.Mistake.Change),
            new("product", 4, null, IsNumber: true, Product),
            new("high", 3, null, IsNumber: true, High),
            new("remainder", 2, null, IsNumber: true, Remainder),
            new("rounded", 0, null, IsNumber: true, trace => Invariant($"{trace.Steps.Rounded}")),
            new("code", 0, null, IsNumber: true, trace => Invariant($"{trace.Code}")),
            new("", 0, null, IsNumber: false, trace => Marks(numbers, trace)),
        ], traces, width);
        foreach (Column column in columns)
        {
            TableColumn added = new TableColumn(new Text(column.Header)) { Padding = new Padding(0, 0, Gap, 0), NoWrap = column.LeastWidth is null };
            table.AddColumn(column.IsNumber ? added.RightAligned() : added);
        }
        foreach (VariantTrace trace in traces)
        {
            Style style = trace.Gives(numbers.Expected) ? new Style(Color.Green) : trace.Gives(numbers.Actual) ? new Style(Color.Yellow) : Style.Plain;
            table.AddRow([.. columns.Select(column => new Text(column.Cell(trace), style))]);
        }
        return table;
    }

    /// <summary>Those that a width has room for: intermediates go before the result does.</summary>
    private static Column[] Fitting(Column[] columns, ImmutableArray<VariantTrace> traces, int width)
    {
        while (columns.Max(column => column.Rank) > 0 && columns.Sum(column => column.Width(traces) + Gap) > width)
        {
            int least = columns.Where(column => column.Rank > 0).Min(column => column.Rank);
            columns = [.. columns.Where(column => column.Rank != least)];
        }
        return columns;
    }

    /// <param name="Rank">0 for what is always there; of the others the lowest goes first.</param>
    /// <param name="LeastWidth">Of words that may be broken; null for what may not.</param>
    private sealed record Column(string Header, int Rank, int? LeastWidth, bool IsNumber, Func<VariantTrace, string> Cell)
    {
        public int Width(ImmutableArray<VariantTrace> traces) => Math.Min(traces.Select(Cell).Append(Header).Max(text => text.Length), LeastWidth ?? int.MaxValue);
    }

    /// <summary>With its parameter where several variants of a mistake are listed.</summary>
    private static string NameOf(VariantTrace trace, ImmutableArray<VariantTrace> traces) =>
        trace.Parameter is not null && traces.Count(other => other.Mistake == trace.Mistake) > 1 ? $"{trace.Mistake.Name} ({trace.Parameter})" : trace.Mistake.Name;

    private static string Product(VariantTrace trace) => trace.Requantization.Product is Arithmetic.Product.Float32 or Arithmetic.Product.Float64
        ? Invariant($"{trace.Steps.Real:G9}")
        : Invariant($"{trace.Steps.Product}");

    private static string High(VariantTrace trace) => IsTwoStage(trace) ? Invariant($"{trace.Steps.High}") : "";

    private static string Remainder(VariantTrace trace) => trace.Requantization.Product is Arithmetic.Product.Float32 or Arithmetic.Product.Float64
        ? ""
        : Invariant($"{trace.Steps.Remainder}");

    private static bool IsTwoStage(VariantTrace trace) => trace.Requantization.Product
        is not (Arithmetic.Product.Float32 or Arithmetic.Product.Float64 or Arithmetic.Product.Whole or Arithmetic.Product.Mantissa16);

    private static string Marks(BareNumbers numbers, VariantTrace trace) =>
        (trace.Gives(numbers.Expected), trace.Gives(numbers.Actual)) switch
        {
            (true, true) => "both",
            (true, false) => "expected",
            (false, true) => "actual",
            _ => "",
        };

    private static string Bounds(BareNumbers numbers) => numbers.Low is null ? "none" : Invariant($"{numbers.Low}..{numbers.High}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
