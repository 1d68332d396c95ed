using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Comparison;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Reporting;

/// <summary>
/// What reports say, in the same words everywhere. Names out of model files and messages out of workers are printable here, without control characters;
/// a format still escapes what it gives a meaning to.
/// </summary>
internal static class Sentences
{
    private const int NameLimit = 100;
    private const int ReasonLimit = 400;
    private const int FlipLimit = 10;

    public static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "PASS",
        Verdict.Fail => "FAIL",
        _ => "NOT COMPARED",
    };

    public static string Word(LayerVerdict verdict) => verdict switch
    {
        LayerVerdict.NotCompared => "not compared",
        _ => verdict.ToString().ToLowerInvariant(),
    };

    public static string Word(Flavour flavour) => flavour.ToString().ToLowerInvariant();

    /// <summary><c>CONV_2D</c>.</summary>
    public static string Kind(LayerComparison layer) => Printable.Of(layer.Operator.Name, NameLimit);

    /// <summary><c>operator 0 CONV_2D</c>; <c>operators 3 to 5, up to ADD</c> for a segment.</summary>
    public static string Operator(LayerComparison layer) => layer is { Segment: { } segment, IsCovered: false }
        ? $"{Operators(segment.Operators)}, up to {Kind(layer)}"
        : $"operator {layer.Layer} {Kind(layer)}";

    /// <summary><c>operator 3</c>, <c>operators 3 to 5</c>, <c>operators 3, 5</c>; of many that are not all in a row, the first and how many.</summary>
    private static string Operators(ImmutableArray<LayerIndex> ascending) => ascending.Length switch
    {
        1 => $"operator {ascending[0]}",
        int count when ascending[^1].Value - ascending[0].Value == count - 1 => $"operators {ascending[0]} to {ascending[^1]}",
        <= 6 => $"operators {string.Join(", ", ascending)}",
        int count => $"operators {string.Join(", ", ascending.Take(3))} ... {ascending[^1]} ({count} in all)",
    };

    /// <summary><c>(as one with operators 3 to 4)</c>, behind a space, at the end of a segment; empty elsewhere.</summary>
    public static string Together(LayerComparison layer) => layer is { Segment: { } segment, IsCovered: false }
        ? $" (as one with {Operators([.. segment.Operators.SkipLast(1)])})"
        : "";

    public static string Tensor(LayerComparison layer) => Printable.Of(layer.Tensor.Name, NameLimit);

    public static string Name(string name) => Printable.Of(name, NameLimit);

    public static string Reason(string? reason) => reason is null ? "no reason was given" : Printable.Of(reason, ReasonLimit);

    /// <summary><c>native 2.9.0 xnn (nothing delegated, equals opt)</c>.</summary>
    public static string OracleAndNote(RunReport run) => run.Oracle.Note is { } note ? $"{Oracle(run)} ({note})" : Oracle(run);

    /// <summary><c>litert 2.3.0 ref</c>.</summary>
    public static string Oracle(RunReport run) =>
        string.Join(' ', new[] { Name(run.Oracle.Runtime), Name(run.Oracle.Version), Word(run.Oracle.Flavour) }.Where(word => word.Length > 0));

    public static string Shape(LayerComparison layer) => layer.Tensor.Shape?.ToString() ?? "unknown";

    public static string Count(Int128 count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>1 layer</c>, <c>2 layers</c>.</summary>
    public static string Count(Int128 count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>Largest |N| with its unit.</summary>
    public static string Distance(Metrics metrics) => (metrics.MaxAbs, metrics.Unit) switch
    {
        (null, _) => "a NaN that faces a number",
        ({ } codes, Unit.Code) => Count(codes, "code"),
        ({ } steps, _) => $"{Count(steps)} ulp",
    };

    /// <summary>Largest |N| alone.</summary>
    public static string Furthest(Metrics? metrics) => metrics is null ? "-" : metrics.MaxAbs is { } distance ? Count(distance) : "NaN";

    public static string Differing(Metrics? metrics) => metrics is null ? "-" : Count(metrics.Differing);

    /// <summary>Six digits, but never 1 where the vectors are not the same.</summary>
    public static string Cosine(Metrics? metrics) => metrics is null ? "-" : metrics.Cosine switch
    {
        double.NaN => "NaN",
        < 1 and > 0.9999995 => "<1",
        double cosine => cosine.ToString("F6", CultureInfo.InvariantCulture),
    };

    /// <summary><c>[0,12,33,5]: expected 163, actual 161</c>; null when nothing differs.</summary>
    public static string? Element(Metrics? metrics) => metrics?.Worst is { } worst
        ? $"[{string.Join(',', worst.Index)}]: expected {worst.Expected}, actual {worst.Actual}"
        : null;

    /// <summary><c>4 of 100 elements differ</c>.</summary>
    public static string Share(Metrics metrics) => (metrics.Differing, metrics.Elements) switch
    {
        (1, 1) => "the only element differs",
        (1, var elements) => $"1 of {Count(elements, "element")} differs",
        var (differing, elements) => $"{Count(differing)} of {Count(elements, "element")} differ",
    };

    /// <summary>The verdict in a word, and what it rests on.</summary>
    public static string Judgement(LayerComparison layer) => layer.Verdict switch
    {
        LayerVerdict.Diverges => "DIVERGES" + Together(layer),
        LayerVerdict.Inherited => Origin(layer) + Together(layer),
        LayerVerdict.NotCompared => $"NOT COMPARED: {Reason(layer.Reason)}",
        _ => Word(layer.Verdict) + Together(layer),
    };

    /// <summary><c>operator 1 SVDF</c>; of a state or of an output behind the first also which: <c>operator 1 SVDF, state cells</c>.</summary>
    public static string OperatorAndResult(LayerComparison layer) =>
        layer.IsState ? $"{Operator(layer)}, state {Tensor(layer)}" : layer.Output == 0 ? Operator(layer) : $"{Operator(layer)}, output {layer.Output} {Tensor(layer)}";

    /// <summary><c>tensor conv</c>, <c>state cells</c>.</summary>
    public static string KindAndTensor(LayerComparison layer) => $"{(layer.IsState ? "state" : "tensor")} {Tensor(layer)}";

    /// <summary>Why an element of it is not traced.</summary>
    /// <param name="layer">What an operator leaves.</param>
    /// <param name="obstacle">Why the operator cannot be computed; null where it can.</param>
    public static string WithoutSteps(LayerComparison layer, string? obstacle) => obstacle is null && (layer.IsState || layer.Output > 0)
        ? "Steps are shown of an operator's first output alone"
        : $"Its steps are not known here: {Reason(obstacle ?? layer.Reason)}";

    /// <summary><c>inherited from operator 0</c>, <c>inherited from operators 0, 3</c>.</summary>
    public static string Origin(LayerComparison layer) => layer.InheritedFrom switch
    {
        [] => "inherited, from where is unknown",
        [LayerIndex only] => $"inherited from operator {only}",
        _ => $"inherited from operators {string.Join(", ", layer.InheritedFrom)}",
    };

    /// <summary>Of what differs in the candidate's chain, where the operator alone was not compared.</summary>
    public static string AloneUnknown(LayerComparison layer) => $"its operator alone was not compared: {Reason(layer.Reason)}";

    /// <summary>The outcome of the whole report, without the verdict's word.</summary>
    public static string Outcome(VerificationReport report) => (report.Verdict, Decisive.Of(report)) switch
    {
        (_, null) => "nothing was run",
        (Verdict.Pass, { } decisive) => Passed(decisive.Runs),
        // Where no run has the report's verdict, a finding over all runs decided.
        (_, { } decisive) when decisive.Runs.All(run => run.Verdict != report.Verdict)
            && report.Findings.FirstOrDefault(finding => finding.Kind is FindingKind.Fails or FindingKind.NotCompared) is { } finding => Reason(finding.Text),
        (Verdict.Fail, { } decisive) => Failed(decisive.Worst) + OnInput(decisive),
        (_, { } decisive) => NotCompared(decisive.Worst) + OnInput(decisive),
    };

    /// <summary>The outcome of one run, without the verdict's word.</summary>
    public static string Outcome(RunReport run) => run.Verdict switch
    {
        Verdict.Pass => Passed([run]),
        Verdict.Fail => Failed(run),
        _ => NotCompared(run),
    };

    /// <summary>
    /// The worst element of the first operator that diverges by itself; where none does, that of what leaves the model. Null when there is no such element.
    /// </summary>
    public static string? WorstElement(RunReport run) => run.Layers.FirstOrDefault(layer => layer.Verdict == LayerVerdict.Diverges) is { } diverging
        ? Worst(diverging, diverging.Isolated ?? diverging.Cumulative)
        : FurthestLeaving(run) is { } leaving ? Worst(leaving, leaving.Cumulative) : null;

    /// <summary><c>operator 0 CONV_2D, tensor conv [0,1,2,3]: expected 163, actual 161 (4 of 100 elements differ)</c>.</summary>
    public static string? Worst(LayerComparison layer, Metrics? metrics) => metrics is not null && Element(metrics) is { } element
        ? $"{Operator(layer)}, {KindAndTensor(layer)} {element} ({Share(metrics)})"
        : null;

    /// <summary>
    /// The inherited element that is furthest off, where that is 2 or more: further than a rounding of the operator that shows it could move it. Null without one.
    /// </summary>
    public static string? InheritedElement(RunReport run)
    {
        LayerComparison? layer = run.Layers
            .Where(layer => layer.Verdict == LayerVerdict.Inherited && Decisive.Distance(layer.Cumulative) >= 2)
            .MaxBy(layer => Decisive.Distance(layer.Cumulative));
        return layer is null ? null : $"{Operator(layer)}, {KindAndTensor(layer)} {Element(layer.Cumulative)}, {Origin(layer)} (by itself it is right)";
    }

    /// <summary>
    /// What there is to say beyond the operators, a line each: rankings of the flavour shown that do not all agree or have labels, the first of their flips, and
    /// the findings on policy and baseline.
    /// </summary>
    public static IEnumerable<string> GateOf(VerificationReport report, RunReport shown)
    {
        foreach (OutputAccuracy accuracy in report.Accuracy.Where(accuracy => accuracy.Flavour == shown.Oracle.Flavour && (accuracy.Top1 < accuracy.Rankings || accuracy.Right is not null)))
        {
            yield return AccuracyOf(accuracy);
            foreach (InputFlip flip in accuracy.Flips.Take(FlipLimit))
                yield return $"class flip: {FlipOf(flip)}";
            if (accuracy.Rankings - accuracy.Top1 > FlipLimit)
                yield return $"and {Count(accuracy.Rankings - accuracy.Top1 - FlipLimit)} more class flips";
        }
        foreach (Finding finding in report.Findings)
            yield return $"policy: {Reason(finding.Text)}";
    }

    /// <summary><c>softmax: first class as the oracle's in 99 of 100, among the first five in 100</c>.</summary>
    public static string AccuracyOf(OutputAccuracy accuracy) =>
        $"{Name(accuracy.Output)}: first class as the oracle's in {Count(accuracy.Top1)} of {Count(accuracy.Rankings)}, the oracle's among the first five in {Count(accuracy.Top5)}"
        + (accuracy.Right is { } right ? $"; of {Count(right.Labelled, "label")} the oracle has {Count(right.Expected)} right, the candidate {Count(right.Actual)}" : "");

    /// <summary><c>tiger.ppm: class 293 became 283 (margin 2)</c>.</summary>
    public static string FlipOf(InputFlip flip) => string.Create(CultureInfo.InvariantCulture,
        $"{Name(flip.InputName)}: class {flip.Flip.Expected} became {flip.Flip.Actual}{(flip.Flip.Row == 0 ? "" : $" in ranking {flip.Flip.Row}")} (margin {flip.Flip.Margin:R})");

    public static string CoverageOf(RunReport run)
    {
        Coverage coverage = run.Coverage;
        string substituted = coverage.Substituted == 0 ? "" : $", {Count(coverage.Substituted)} computed by something else in the candidate's place";
        int extra = coverage.NotCompared.Count(tensor => tensor.Layer is null);
        int covered = run.Layers.Count(layer => layer.IsCovered);
        string within = covered == 0 ? "" : $", {Count(covered)} more only as parts of segments";
        string unknown = extra == 0 ? "" : $", {Count(extra, "tensor")} that the model does not know";
        return $"{coverage.Compared}/{coverage.Total} {Results(run)} compared{within}{substituted}{unknown}";
    }

    /// <summary>What a run's counts are of.</summary>
    public static string Results(RunReport run) => run.Model.Operators.Any(op => !run.Model.StatesOf(op).IsEmpty) ? "operator outputs and states" : "operator outputs";

    private static string Passed(ImmutableArray<RunReport> runs)
    {
        RunReport first = runs[0];
        LayerComparison[] layers = [.. runs.SelectMany(run => run.Layers)];
        long elements = layers.Sum(layer => (layer.Cumulative ?? layer.Isolated)?.Elements ?? 0);
        string[] others = [.. layers.Where(layer => layer.Verdict != LayerVerdict.Equal)
            .CountBy(layer => layer.Verdict == LayerVerdict.Within ? Allowance(layer) : Word(layer.Verdict)).Select(group => $"{Count(group.Value)} {group.Key}")];
        return $"{Count(layers.Count(layer => layer.Verdict == LayerVerdict.Equal))} of {Count(layers.Length)} {Results(first)} equal {Oracle(first)}"
            + (others.Length == 0 ? "" : $" ({string.Join(", ", others)})")
            + (runs.Length == 1 ? "" : $" on {runs.Length} inputs")
            + $", {Count(elements, "element")}";
    }

    /// <summary>What a layer that differs is within.</summary>
    public static string Allowance(LayerComparison layer) => layer.AllowedBy.IsEmpty ? "within the bound" : "within the policy";

    private static string Failed(RunReport run)
    {
        LayerComparison[] diverging = [.. run.Layers.Where(layer => layer.Verdict == LayerVerdict.Diverges)];
        if (diverging.Length > 0)
        {
            int operators = diverging.DistinctBy(layer => layer.Layer).Count();
            bool isSegment = diverging[0].Segment is not null;
            string noun = diverging.Any(layer => layer.Segment is not null) ? "operators or segments" : "operators";
            string subject = operators > 1 ? $"{Count(operators)} {noun} differ, the first {Operator(diverging[0])},"
                : $"{Operator(diverging[0])}{(isSegment ? ", as one differ" : " differs")}";
            string unknown = run.Frontier is null ? "; which of them causes it is unknown" : "";
            return $"{subject} from {Oracle(run)} by {UpTo(diverging.Select(layer => layer.Isolated ?? layer.Cumulative))}{unknown}";
        }
        LayerComparison? leaving = FurthestLeaving(run);
        string cause = run.Frontier switch
        {
            null => "which operator causes it is unknown, since none could be compared by itself",
            [] => "no operator that was compared by itself differs",
            _ => "what differs by itself is within the policy",
        };
        return leaving is null
            ? $"the candidate differs from {Oracle(run)}; {cause}"
            : $"the {(leaving.IsState ? "state" : "model's output")} {Tensor(leaving)} differs from {Oracle(run)} by {UpTo([leaving.Cumulative])}; {cause}";
    }

    private static LayerComparison? FurthestLeaving(RunReport run) =>
        run.Layers.Where(layer => layer.LeavesModel && layer.AllowedBy.IsEmpty && layer.Cumulative is { Beyond: > 0 }).MaxBy(layer => Decisive.Distance(layer.Cumulative));

    private static string UpTo(IEnumerable<Metrics?> metrics) => metrics.OfType<Metrics>().MaxBy(Decisive.Distance) is { } furthest
        ? furthest.MaxAbs is null ? Distance(furthest) : $"up to {Distance(furthest)}"
        : "an unknown distance";

    private static string NotCompared(RunReport run)
    {
        if (run.Reason is not null)
            return Reason(run.Reason);
        NotComparedTensor? first = run.Coverage.NotCompared.FirstOrDefault(tensor => tensor.Layer is not null);
        return $"{run.Coverage.Compared} of {run.Coverage.Total} {Results(run)} compared with {Oracle(run)}"
            + (first is null ? "" : $"; the first that was not is of operator {first.Layer}: {Reason(first.Reason)}");
    }

    private static string OnInput(Decisive decisive) => decisive.Runs.Length == 1 ? "" : $" (on {Name(decisive.Worst.InputName)})";
}
