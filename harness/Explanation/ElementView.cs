using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Reporting;
using OffByN.Reference.Operators;
using Spectre.Console;

namespace OffByN.Harness.Explanation;

/// <summary>Prints an element's arithmetic: the finding, the causes, the steps side by side.</summary>
public static class ElementView
{
    public static void Print(ElementExplanation explanation, bool withTaps, IAnsiConsole console)
    {
        LayerComparison layer = explanation.Layer;
        string element = $"{Sentences.Operator(layer)}, tensor {Sentences.Tensor(layer)} [{string.Join(',', explanation.Element)}]";
        Line(console, $"{element}: expected {explanation.ExpectedValue}, actual {explanation.ActualValue}", new Style(decoration: Decoration.Bold));
        if (layer.Verdict != LayerVerdict.Diverges)
            Line(console, $"this output does not diverge by itself ({Sentences.Judgement(layer)}): both columns are the expected arithmetic");
        if (layer is { Verdict: LayerVerdict.Inherited, Cumulative.Worst: { } inherited } && inherited.Index.SequenceEqual(explanation.Element))
            Line(console, $"in the candidate's own chain {Sentences.Element(layer.Cumulative)}, {Sentences.Origin(layer)}");
        foreach ((int rank, Diagnosis.Cause cause) in layer.Causes.Index())
            Line(console, rank == 0 ? CauseSentences.Of(cause) : $"next best: {CauseSentences.Rival(cause)}");
        if (explanation.Best is { } best)
            Line(console, $"actual column: {CauseSentences.Name(best)}, {string.Join(" and ", best.Mistakes.Select(mistake => mistake.Change))}");
        if (layer.Verdict == LayerVerdict.Diverges && explanation.Actual is null)
            Line(console, "no known hypothesis comes near what the candidate computes: the expected arithmetic alone is shown");
        else if (explanation.Actual is not null && !explanation.IsReproduced)
            Line(console, "the hypothesis does not give the candidate's code at this element");
        if (explanation.Fit is { } fit)
            Line(console, Sentence(fit));
        console.WriteLine();
        console.Write(Table(explanation));
        if (withTaps)
            console.Write(Taps(explanation));
    }

    private static string Sentence(Diagnosis.ChannelFit fit)
    {
        Arithmetic.Multiplier model = fit.Model;
        string mantissas = fit.Mantissas is { } m
            ? Invariant($"multipliers {m.Low} to {m.High} fit; the model's {model.Mantissa} {(model.Mantissa >= m.Low && model.Mantissa <= m.High ? "is one of them" : "is not one of them")}")
            : Invariant($"no multiplier fits beside exponent {model.Exponent}");
        string exponents = fit.Exponents.IsEmpty ? Invariant($"no shift fits beside {model.Mantissa}") : $"exponents that fit: {string.Join(", ", fit.Exponents)} (the model's is {model.Exponent})";
        string biases = fit.Biases is { } b ? Invariant($"a bias off by {b.Low} to {b.High} fits") : "no other bias fits";
        return Invariant($"with the expected rounding, over {fit.Elements} elements of channel {fit.Channel}: {mantissas}; {exponents}; {biases}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static Table Table(ElementExplanation explanation)
    {
        ImmutableArray<FacingSteps> steps = explanation.Steps;
        int first = explanation.Actual is null ? -1 : steps.ToList().FindIndex(step => step.Differ);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("").AddColumn("step")
            .AddColumn(new TableColumn("expected").RightAligned()).AddColumn(new TableColumn("actual").RightAligned()).AddColumn("how");
        foreach ((int index, FacingSteps step) in steps.Index())
        {
            Style style = index == first ? new Style(Color.Red, decoration: Decoration.Bold) : step.Differ && explanation.Actual is not null ? new Style(Color.Yellow) : Style.Plain;
            string how = (step.Expected?.How, step.Actual?.How) switch
            {
                (null, { } alone) => $"actual alone: {alone}",
                ({ } alone, null) => $"expected alone: {alone}",
                ({ } expected, { } actual) when expected != actual => $"{expected}; actual: {actual}",
                var (both, _) => both!,
            };
            string[] cells = [index == first ? ">" : "", step.Name, step.Expected?.Value ?? "-", explanation.Actual is null ? "" : step.Actual?.Value ?? "-", how];
            table.AddRow([.. cells.Select(cell => new Text(cell, style))]);
        }
        return table;
    }

    private static Table Taps(ElementExplanation explanation)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in new[] { "row", "column", "channel", "code", "weight", "product", "actual" })
            table.AddColumn(new TableColumn(column).RightAligned());
        ImmutableArray<Tap> actual = explanation.Actual?.Taps ?? explanation.Expected.Taps;
        foreach ((int index, Tap tap) in explanation.Expected.Taps.Index())
        {
            int product = index < actual.Length ? actual[index].Product : 0;
            int[] numbers = [tap.KernelRow, tap.KernelColumn, tap.InputChannel, tap.Code, tap.Weight, tap.Product, product];
            table.AddRow([.. numbers.Select(number => new Text(
                number.ToString(CultureInfo.InvariantCulture), product == tap.Product ? tap.IsInside ? Style.Plain : new Style(decoration: Decoration.Dim) : new Style(Color.Yellow)))]);
        }
        return table;
    }

    private static void Line(IAnsiConsole console, string text, Style? style = null)
    {
        console.Write(new Text(text, style));
        console.WriteLine();
    }
}
