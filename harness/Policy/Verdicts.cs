using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Comparison;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Policy;

/// <summary>What a candidate is held to: a policy, what it was found to do before, and the right class of each input.</summary>
/// <param name="Baseline">Null without a ratchet.</param>
/// <param name="Labels">Empty without labels.</param>
public sealed record Gate(VerificationPolicy Policy, Baseline? Baseline, ImmutableArray<int> Labels)
{
    public static readonly Gate Exact = new(VerificationPolicy.Exact, null, []);
}

/// <summary>
/// What comparisons amount to. Quantized tensors must be exact: each operator alone, and what leaves the model (its outputs, and states) cumulatively, but for what a policy or a
/// baseline allows; other cumulative values inform. Nothing passes because it was not compared.
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
    /// Fail on any divergence that nothing allows, even with incomplete coverage; else not compared when nothing was, or less than everything and than what
    /// <paramref name="rules"/> ask for; else pass.
    /// </summary>
    public static Verdict Of(ImmutableArray<LayerComparison> layers, params ImmutableArray<CoverageRule> rules)
    {
        if (layers.Any(Fails))
            return Verdict.Fail;
        return layers.Any(IsCompared) && layers.GroupBy(layer => rules.FirstOrDefault(rule => rule.Grounds.IsFor(layer))).All(group => group.Count(IsCompared) >= (group.Key?.Min ?? 1) * group.Count())
            ? Verdict.Pass
            : Verdict.NotCompared;
    }

    private static bool IsCompared(LayerComparison layer) => layer.Verdict != LayerVerdict.NotCompared;

    /// <summary>
    /// The verdict over all runs. Asked for one flavour, it is the worst of the runs; asked for several, the candidate passes when it equals one of
    /// them in every operator, on every input.
    /// </summary>
    public static Verdict Of(ImmutableArray<RunReport> runs) =>
        Best([.. runs.GroupBy(run => run.Oracle.Flavour).Select(group => Worst(group.Select(run => run.Verdict)))]);

    /// <summary>True when a gated column of the layer differs and nothing allows it.</summary>
    public static bool Fails(LayerComparison layer) => layer.AllowedBy.IsEmpty && Gated(layer).Any();

    /// <summary>The report as <paramref name="gate"/> sees it on that day. The comparisons stay as they are: a report can be judged again.</summary>
    public static VerificationReport Judge(VerificationReport report, Gate gate, DateOnly today)
    {
        VerificationPolicy policy = gate.Policy;
        ImmutableArray<RunReport> runs = [.. report.Runs.Select(run => Judge(run, gate, today))];
        ImmutableArray<OutputAccuracy> accuracy = OutputAccuracy.Of(runs, gate.Labels);
        ImmutableArray<(Flavour Flavour, Finding Finding)> failures = [.. AccuracyFailures(policy.Accuracy, accuracy, runs)];
        Flavour[] asked = [.. runs.Select(run => run.Oracle.Flavour).Distinct()];
        ImmutableArray<Flavour> acceptable = runs.Select(run => policy.Flavours.FirstOrDefault(rule => rule.IsFor(run.Model))).FirstOrDefault()?.Accepted ?? [.. asked];
        Flavour[] accepted = [.. asked.Where(flavour => acceptable.Contains(flavour))];
        Dictionary<Flavour, Verdict> verdicts = accepted.ToDictionary(flavour => flavour, flavour => Worst(
            runs.Where(run => run.Oracle.Flavour == flavour).Select(run => run.Verdict)
                .Concat(failures.Where(failure => failure.Flavour == flavour).Select(failure => failure.Finding.Kind == FindingKind.Fails ? Verdict.Fail : Verdict.NotCompared))));
        Verdict verdict = Best([.. verdicts.Values]);
        return report with
        {
            Verdict = verdict,
            Matches = [.. asked.Where(flavour => runs.All(run => run.Oracle.Flavour != flavour || run.Verdict == Verdict.Pass))],
            Runs = runs,
            Accuracy = accuracy,
            Findings =
            [
                // A flavour that need not be equalled fails nothing where another one passes.
                .. failures.Where(failure => verdict != Verdict.Pass && verdicts.ContainsKey(failure.Flavour)).Select(failure => failure.Finding),
                .. accepted.Length > 0 || asked.Length == 0 ? [] : (Finding[])[new(FindingKind.NotCompared,
                    $"the policy accepts {Names(acceptable)} and nothing else, and {Names(asked)} was compared")],
                .. PolicyFindings(policy, runs, today),
                .. gate.Baseline?.Findings(runs) ?? [],
            ],
        };
    }

    /// <summary>One run of such a report.</summary>
    public static RunReport Judge(RunReport run, Gate gate, DateOnly today)
    {
        Allowance[] valid = [.. gate.Policy.Allowances.Where(allowance => !IsExpired(allowance, today))];
        CoverageRule[] coverage = [.. gate.Policy.Coverage.Where(rule => !IsExpired(rule.Grounds, today))];
        ImmutableArray<LayerComparison> layers = [.. run.Layers.Select(layer => Judge(run, layer, valid, gate.Baseline))];
        return run with { Layers = layers, Verdict = Of(layers, [.. coverage.Where(rule => rule.Grounds.IsFor(run.Model))]) };
    }

    private static LayerComparison Judge(RunReport run, LayerComparison layer, Allowance[] allowances, Baseline? baseline)
    {
        string?[] grounds =
        [
            .. Gated(layer).Select(metrics =>
                allowances.FirstOrDefault(allowance => allowance.IsFor(run.Model) && allowance.IsFor(layer) && allowance.Allows(metrics))?.ToString()
                ?? (baseline?.Allows(run, layer, metrics) == true ? baseline.Name : null)),
        ];
        if (grounds.Length == 0 || grounds.Contains(null))
            return layer;
        ImmutableArray<string> allowedBy = [.. grounds.OfType<string>().Distinct()];
        return layer with
        {
            AllowedBy = allowedBy,
            Reason = layer.Reason ?? string.Join("; ", allowedBy),
            Verdict = layer.Verdict == LayerVerdict.NotCompared ? LayerVerdict.NotCompared : LayerVerdict.Within,
        };
    }

    /// <summary>The columns that must be exact, where they are not.</summary>
    private static IEnumerable<Metrics> Gated(LayerComparison layer)
    {
        if (layer.Isolated is { Beyond: > 0 } isolated)
            yield return isolated;
        if (layer.LeavesModel && layer.Cumulative is { Beyond: > 0 } cumulative)
            yield return cumulative;
    }

    private static IEnumerable<(Flavour, Finding)> AccuracyFailures(AccuracyRule? rule, ImmutableArray<OutputAccuracy> accuracy, ImmutableArray<RunReport> runs)
    {
        if (rule is null)
            yield break;
        OutputAccuracy[] asked = [.. accuracy.Where(output => rule.Output?.Matches(output.Output) ?? true)];
        foreach (Flavour flavour in runs.Select(run => run.Oracle.Flavour).Distinct().Where(flavour => asked.All(output => output.Flavour != flavour)))
            yield return (flavour, new(FindingKind.NotCompared, "the policy asks for accuracy, and no output of the model that it names ranks classes"));
        foreach (OutputAccuracy output in asked)
        {
            string name = Model.Printable.Of(output.Output);
            if (output.Top1 < rule.MinTop1Agreement * output.Rankings)
                yield return (output.Flavour, new(FindingKind.Fails, string.Create(CultureInfo.InvariantCulture,
                    $"{name}: the first class is the oracle's in {output.Top1} of {output.Rankings}, less than minTop1Agreement {rule.MinTop1Agreement}")));
            if (rule.MaxAccuracyDrop is not { } drop)
                continue;
            if (output.Right is not { } right)
                yield return (output.Flavour, new(FindingKind.NotCompared, $"{name}: the policy asks for maxAccuracyDrop, and there are no labels for this output"));
            else if (right.Expected - right.Actual > drop * right.Labelled)
                yield return (output.Flavour, new(FindingKind.Fails, string.Create(CultureInfo.InvariantCulture,
                    $"{name}: {right.Actual} of {right.Labelled} labels are right and the oracle has {right.Expected}, a drop of more than maxAccuracyDrop {drop}")));
        }
    }

    private static IEnumerable<Finding> PolicyFindings(VerificationPolicy policy, ImmutableArray<RunReport> runs, DateOnly today)
    {
        HashSet<string> used = [.. runs.SelectMany(run => run.Layers).SelectMany(layer => layer.AllowedBy)];
        foreach (Allowance allowance in policy.Allowances.Where(allowance => runs.Any(run => allowance.IsFor(run.Model))))
        {
            if (IsExpired(allowance, today))
                yield return new(FindingKind.Expired, $"expired: {allowance}");
            else if (!used.Contains(allowance.ToString()))
                yield return new(FindingKind.Unused, $"nothing needs it: {allowance}");
        }
        foreach (CoverageRule rule in policy.Coverage.Where(rule => runs.Any(run => rule.Grounds.IsFor(run.Model))))
        {
            if (IsExpired(rule.Grounds, today))
                yield return new(FindingKind.Expired, $"expired: coverage, {rule.Grounds}");
            else if (runs.All(run => run.Layers.Length > 0 && run.Layers.Where(layer => !IsCompared(layer)).All(layer => First(layer) != rule)))
                yield return new(FindingKind.Unused, $"nothing needs it: coverage, {rule.Grounds}");
        }

        CoverageRule? First(LayerComparison layer) => policy.Coverage.FirstOrDefault(rule => !IsExpired(rule.Grounds, today) && rule.Grounds.IsFor(layer));
    }

    private static bool IsExpired(Allowance allowance, DateOnly today) => allowance.Expires < today;

    private static string Names(IEnumerable<Flavour> flavours) => string.Join(", ", flavours.Select(flavour => flavour.ToString().ToLowerInvariant()));

    private static Verdict Best(Verdict[] flavours) =>
        flavours.Contains(Verdict.Pass) ? Verdict.Pass : flavours.Contains(Verdict.Fail) ? Verdict.Fail : Verdict.NotCompared;

    private static Verdict Worst(IEnumerable<Verdict> verdicts) =>
        verdicts.Aggregate(Verdict.Pass, (worst, next) => worst == Verdict.Fail || next == Verdict.Fail ? Verdict.Fail
            : worst == Verdict.NotCompared || next == Verdict.NotCompared ? Verdict.NotCompared : Verdict.Pass);
}
