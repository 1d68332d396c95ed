using System.Collections.Immutable;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Policy;

/// <summary>How far one column of a layer was from the oracle. <see cref="MaxAbs"/> is null where a NaN faced a number.</summary>
public sealed record BaselineBound(long Differing, Int128? MaxAbs)
{
    public static BaselineBound Of(Metrics metrics) => new(metrics.Differing, metrics.MaxAbs);

    /// <summary>True when neither more elements differ nor one differs by more.</summary>
    public bool Allows(BaselineBound today) => today.Differing <= Differing && (MaxAbs is null || today.MaxAbs <= MaxAbs);
}

/// <summary>Which operator output or state, in which flavour, on which input.</summary>
public readonly record struct BaselinePlace(Flavour Flavour, string InputSha256, int Layer, int Output)
{
    public static BaselinePlace Of(RunReport run, LayerComparison layer) => new(run.Oracle.Flavour, run.InputSha256, layer.Layer.Value, layer.Output);
}

/// <summary>A layer that differed when the baseline was made; a column that was exact, or that no gate asks for, is null.</summary>
public sealed record BaselineEntry(BaselinePlace Place, string Tensor, BaselineBound? Isolated, BaselineBound? Cumulative);

/// <summary>
/// The divergences that a candidate has: what is worse fails, what is better can be recorded, what it does not have may not differ. It is of one model, one kind
/// of candidate and one runtime.
/// </summary>
public sealed record Baseline(string Path, string ModelSha256, string Candidate, string Runtime, ImmutableSortedDictionary<BaselinePlace, BaselineEntry> Entries)
{
    public static readonly Comparer<BaselinePlace> Order = Comparer<BaselinePlace>.Create((one, other) =>
        (one.Flavour, one.Layer, one.Output).CompareTo((other.Flavour, other.Layer, other.Output)) is not 0 and var order
            ? order : string.CompareOrdinal(one.InputSha256, other.InputSha256));

    public string Name => $"baseline {Path}";

    /// <summary>
    /// Everything in a judged report that fails, and of <paramref name="old"/> what it has of layers that were not compared now. Null when nothing was compared
    /// in some run: a baseline would forget what that run has.
    /// </summary>
    public static Baseline? Of(VerificationReport judged, string path, Baseline? old)
    {
        if (judged.Runs.IsEmpty || judged.Runs.Any(run => run.Layers.IsEmpty || run.Reason is not null))
            return null;
        Dictionary<BaselinePlace, BaselineEntry> entries = [];
        HashSet<BaselinePlace> compared = [];
        foreach (RunReport run in judged.Runs)
        {
            foreach (LayerComparison layer in run.Layers.Where(layer => layer.Verdict != LayerVerdict.NotCompared || Verdicts.Fails(layer)))
            {
                BaselinePlace place = BaselinePlace.Of(run, layer);
                compared.Add(place);
                if (Verdicts.Fails(layer))
                    entries[place] = new(place, layer.Tensor.Name, BoundOf(layer.Isolated), layer.LeavesModel ? BoundOf(layer.Cumulative) : null);
            }
        }
        foreach (BaselineEntry kept in old?.Entries.Values.Where(entry => !compared.Contains(entry.Place)) ?? [])
            entries[kept.Place] = kept;
        RunReport first = judged.Runs[0];
        return new(path, first.Model.Sha256, first.Candidate.Kind, RuntimeOf(first), entries.ToImmutableSortedDictionary(Order));
    }

    /// <exception cref="UserErrorException">The report is of another model, kind of candidate or runtime.</exception>
    public void RequireSame(VerificationReport report)
    {
        foreach (RunReport run in report.Runs.Where(run => !run.Layers.IsEmpty))
        {
            Require("model", ModelSha256, run.Model.Sha256);
            Require("candidate", Candidate, run.Candidate.Kind);
            Require("oracle", Runtime, RuntimeOf(run));
        }
    }

    /// <summary>True when a column of the layer that fails is no worse than it was.</summary>
    public bool Allows(RunReport run, LayerComparison layer, Metrics metrics) =>
        Entries.TryGetValue(BaselinePlace.Of(run, layer), out BaselineEntry? entry)
        && (ReferenceEquals(metrics, layer.Isolated) ? entry.Isolated : entry.Cumulative)?.Allows(BaselineBound.Of(metrics)) == true;

    /// <summary>True when everything that <paramref name="today"/> has is allowed here.</summary>
    public bool Allows(Baseline today) => today.Entries.Values.All(entry =>
        Entries.TryGetValue(entry.Place, out BaselineEntry? bound) && Allows(bound.Isolated, entry.Isolated) && Allows(bound.Cumulative, entry.Cumulative));

    /// <summary>What to say of layers that are better than they were.</summary>
    public IEnumerable<Finding> Findings(ImmutableArray<RunReport> runs)
    {
        int better = runs.SelectMany(run => run.Layers.Where(layer => layer.Verdict != LayerVerdict.NotCompared)
            .Select(layer => Entries.TryGetValue(BaselinePlace.Of(run, layer), out BaselineEntry? entry)
                && (Better(entry.Isolated, layer.Isolated) || Better(entry.Cumulative, layer.Cumulative)))).Count(isBetter => isBetter);
        if (better > 0)
            yield return new(FindingKind.Loose, $"{Name}: {better} of its entries are better than it says; tighten it with --update");
    }

    private void Require(string what, string expected, string found)
    {
        if (expected != found)
            throw new UserErrorException($"{Path}: the baseline is of {what} {Printable.Of(expected)}, this run is of {Printable.Of(found)}. Name another file, or delete this one and make it again with --update.");
    }

    private static bool Allows(BaselineBound? bound, BaselineBound? today) => today is null || bound?.Allows(today) == true;

    private static bool Better(BaselineBound? bound, Metrics? today) =>
        bound is not null && today is not null && BaselineBound.Of(today) is var now && now != bound && bound.Allows(now);

    private static BaselineBound? BoundOf(Metrics? metrics) => metrics is { Beyond: > 0 } ? BaselineBound.Of(metrics) : null;

    private static string RuntimeOf(RunReport run) => $"{run.Oracle.Runtime} {run.Oracle.Version}";
}
