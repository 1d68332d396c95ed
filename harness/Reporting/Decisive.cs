using System.Collections.Immutable;
using OffByN.Harness.Comparison;
using OffByN.Harness.Policy;
using OffByN.Model;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The runs from which a report's verdict follows: all inputs of one flavour, the first whose own verdict is the report's. With one flavour that is all
/// runs; a report that passes because of one flavour among several is about that flavour.
/// </summary>
/// <param name="Worst">The run that is furthest from the oracle, the first of equals.</param>
/// <param name="Layers">Each operator output over all inputs: the gravest verdict, and metrics as if the inputs were one.</param>
public sealed record Decisive(ImmutableArray<RunReport> Runs, RunReport Worst, ImmutableArray<LayerComparison> Layers)
{
    /// <summary>The operators that diverge by themselves on any input; null when none could be compared by itself.</summary>
    public ImmutableArray<LayerIndex>? Frontier => Localization.Frontier.Of(Layers);

    /// <summary>Null for a report without runs.</summary>
    public static Decisive? Of(VerificationReport report)
    {
        if (report.Runs.IsEmpty)
            return null;
        ImmutableArray<RunReport>[] flavours = [.. report.Runs.GroupBy(run => run.Oracle.Flavour).Select(group => group.ToImmutableArray())];
        ImmutableArray<RunReport> runs = Array.Find(flavours, group => Verdicts.Of(group) == report.Verdict) is { IsDefault: false } decides
            ? decides
            : flavours[0];
        return new(runs, WorstOf(runs)!, Merge(runs));
    }

    /// <summary>The run that is furthest from the oracle, the first of equals.</summary>
    /// <param name="runs">Of one flavour or of several.</param>
    /// <param name="judged">A run as it is to be looked at; as it is without one.</param>
    public static RunReport? WorstOf(IEnumerable<RunReport> runs, Func<RunReport, RunReport>? judged = null) => runs.MaxBy(run => Gravity(judged?.Invoke(run) ?? run));

    /// <summary>The furthest from the oracle first; equals in the order that they have.</summary>
    public static IEnumerable<RunReport> FurthestFirst(IEnumerable<RunReport> runs) => runs.OrderByDescending(Gravity);

    /// <summary>Orders operator outputs by how far they are; NaN against a number is furthest.</summary>
    internal static Int128 Distance(Metrics? metrics) => metrics is null ? 0 : metrics.MaxAbs ?? Int128.MaxValue;

    private static (int, Int128, Int128, long) Gravity(RunReport run) => (
        run.Verdict switch { Verdict.Fail => 2, Verdict.NotCompared => 1, _ => 0 },
        run.Layers.Select(layer => Distance(layer.Isolated)).DefaultIfEmpty().Max(),
        run.Layers.Select(layer => Distance(layer.Cumulative)).DefaultIfEmpty().Max(),
        run.Layers.Sum(layer => layer.Isolated?.Differing ?? 0));

    private static ImmutableArray<LayerComparison> Merge(ImmutableArray<RunReport> runs) =>
    [
        .. runs.SelectMany(run => run.Layers).GroupBy(layer => (layer.Layer, layer.Output)).Select(group => Merge([.. group], runs)),
    ];

    private static LayerComparison Merge(ImmutableArray<LayerComparison> layers, ImmutableArray<RunReport> runs)
    {
        LayerComparison gravest = layers.MaxBy(layer => Gravity(layer.Verdict))!;
        // On an input of which nothing was captured a layer has no entry, and is not equal there.
        bool isMissing = layers.Length < runs.Length && gravest.Verdict != LayerVerdict.Diverges;
        return gravest with
        {
            Verdict = isMissing ? LayerVerdict.NotCompared : gravest.Verdict,
            Reason = (isMissing ? runs.FirstOrDefault(run => run.Layers.IsEmpty)?.Reason : null) ?? gravest.Reason ?? FirstReason(layers),
            ComputedBy = layers.Select(layer => layer.ComputedBy).Max(),
            Isolated = Merge(layers.Select(layer => layer.Isolated)),
            Cumulative = Merge(layers.Select(layer => layer.Cumulative)),
            InheritedFrom = [.. layers.SelectMany(layer => layer.InheritedFrom).Distinct().OrderBy(layer => layer.Value)],
        };
    }

    private static string? FirstReason(ImmutableArray<LayerComparison> layers) =>
        layers.Select(layer => layer.Reason).FirstOrDefault(reason => reason is not null);

    private static Metrics? Merge(IEnumerable<Metrics?> inputs) =>
        inputs.Aggregate((merged, next) => merged is null ? next : next is null ? merged : Metrics.Merge(merged, next));

    private static int Gravity(LayerVerdict verdict) => verdict switch
    {
        LayerVerdict.Diverges => 4,
        LayerVerdict.NotCompared => 3,
        LayerVerdict.Inherited => 2,
        LayerVerdict.Within => 1,
        _ => 0,
    };
}
