using System.Collections.Immutable;

namespace OffByN.Harness.Policy;

/// <summary>
/// What comparisons amount to. Quantized tensors must be exact: each operator alone, and the model's outputs cumulatively; other cumulative values
/// inform. Nothing passes because it was not compared.
/// </summary>
public static class Verdicts
{
    /// <summary>How much of the model was compared, tensor by tensor.</summary>
    public static Coverage CoverageOf(ImmutableArray<LayerComparison> layers, ImmutableArray<NotComparedTensor> extra) => new(
        layers.Count(layer => layer.Verdict != LayerVerdict.NotCompared),
        layers.Count(layer => layer.ComputedBy != ComputedBy.Candidate),
        layers.Length,
        [
            .. layers.Where(layer => layer.Verdict == LayerVerdict.NotCompared)
                .Select(layer => new NotComparedTensor(layer.Layer, layer.Tensor.Name, layer.Reason ?? "not compared")),
            .. extra,
        ]);

    /// <summary>
    /// Fail on any divergence, even with incomplete coverage; else not compared when anything of the model was left out; else pass.
    /// </summary>
    public static Verdict Of(ImmutableArray<LayerComparison> layers)
    {
        if (layers.Any(layer => layer.Verdict == LayerVerdict.Diverges || (layer.IsModelOutput && layer.Cumulative is { Beyond: > 0 })))
            return Verdict.Fail;
        return layers.IsEmpty || layers.Any(layer => layer.Verdict == LayerVerdict.NotCompared) ? Verdict.NotCompared : Verdict.Pass;
    }

    /// <summary>
    /// The verdict over all runs. Asked for one flavour, it is the worst of the runs; asked for several, the candidate passes when it equals one of
    /// them in every operator, on every input.
    /// </summary>
    public static Verdict Of(ImmutableArray<RunReport> runs)
    {
        Verdict[] flavours = [.. runs.GroupBy(run => run.Oracle.Flavour).Select(group => Worst(group.Select(run => run.Verdict)))];
        if (flavours.Length == 0)
            return Verdict.NotCompared;
        if (flavours.Contains(Verdict.Pass))
            return Verdict.Pass;
        return flavours.Contains(Verdict.Fail) ? Verdict.Fail : Verdict.NotCompared;
    }

    private static Verdict Worst(IEnumerable<Verdict> verdicts) =>
        verdicts.Aggregate(Verdict.Pass, (worst, next) => worst == Verdict.Fail || next == Verdict.Fail ? Verdict.Fail
            : worst == Verdict.NotCompared || next == Verdict.NotCompared ? Verdict.NotCompared : Verdict.Pass);
}
