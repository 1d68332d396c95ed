using System.Collections.Immutable;
using OffByN.Harness.Reporting;

namespace OffByN.Harness.Exploration;

/// <summary>The operators that differ by themselves, and why.</summary>
public static class FrontierView
{
    /// <summary>The run's outcome, then a line for each operator of the frontier with its best cause.</summary>
    public static ImmutableArray<Line> Of(RunReport run)
    {
        LayerComparison[] diverging = [.. run.Layers.Where(layer => layer.Verdict == LayerVerdict.Diverges)];
        int inherited = run.Layers.Count(layer => layer.Verdict == LayerVerdict.Inherited), missing = run.Layers.Count(layer => layer.Verdict == LayerVerdict.NotCompared);
        return
        [
            new($"{Sentences.Word(run.Verdict)}  {Sentences.Outcome(run)}", run.Verdict == Verdict.Pass ? Tone.Good : Tone.Bad),
            .. CauseSentences.Of(run).Select(sentence => new Line(sentence, Tone.Strong)),
            new($"frontier: {(run.Frontier is null ? "unknown" : Sentences.Count(run.Frontier.Value.Length, "operator"))}; inherited: {inherited}; not compared: {missing}; of {Sentences.Count(run.Layers.Length)} {Sentences.Results(run)}"),
            .. diverging.Select(layer => new Line($"> {Sentences.OperatorAndResult(layer)} {Sentences.Shape(layer)}: {Far(layer)}{Why(run, layer)}", Tone.Bad)),
        ];
    }

    private static string Far(LayerComparison layer) => (layer.Isolated ?? layer.Cumulative) is { } metrics
        ? $"{Sentences.Count(metrics.Differing)} of {Sentences.Count(metrics.Elements)} by up to {Sentences.Distance(metrics)}" : "not measured";

    /// <summary>Nothing more where the run's own diagnosis says it already.</summary>
    private static string Why(RunReport run, LayerComparison layer) => layer switch
    {
        { IsReproducible: false } => "; differs between two runs: a race",
        _ when run.Diagnosis.Any(cause => cause.Score.IsExact && cause.Operators.Contains(layer.Layer)) => "",
        { Causes: [Diagnosis.Cause cause, ..] } => $"; {CauseSentences.Of(cause)}",
        { Pattern: [string pattern, ..] } => $"; {pattern}",
        _ => "",
    };
}
