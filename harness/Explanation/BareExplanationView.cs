using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using Spectre.Console;

namespace OffByN.Harness.Explanation;

/// <summary>Prints a bare-number explanation: the finding, the numbers, then every variant with its intermediates.</summary>
public static class BareExplanationView
{
    private const int WidthWithFormula = 140;

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
        console.Write(Table(numbers, traces, console.Profile.Width >= WidthWithFormula));
    }

    private static Table Table(BareNumbers numbers, ImmutableArray<VariantTrace> traces, bool withFormula)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("#").AddColumn("arithmetic");
        if (withFormula)
            table.AddColumn("formula");
        table.AddColumn(new TableColumn("product").RightAligned())
            .AddColumn(new TableColumn("high").RightAligned()).AddColumn(new TableColumn("remainder").RightAligned())
            .AddColumn(new TableColumn("rounded").RightAligned()).AddColumn(new TableColumn("code").RightAligned()).AddColumn("");
        foreach (VariantTrace trace in traces)
        {
            string colour = trace.Gives(numbers.Expected) ? "green" : trace.Gives(numbers.Actual) ? "yellow" : "default";
            string[] cells =
            [
                trace.Mistake.Catalogue, NameOf(trace, traces), .. withFormula ? [trace.Mistake.Change] : Array.Empty<string>(), Product(trace), High(trace), Remainder(trace),
                Invariant($"{trace.Steps.Rounded}"), Invariant($"{trace.Code}"), Marks(numbers, trace),
            ];
            table.AddRow([.. cells.Select(cell => new Markup($"[{colour}]{Markup.Escape(cell)}[/]"))]);
        }
        return table;
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
