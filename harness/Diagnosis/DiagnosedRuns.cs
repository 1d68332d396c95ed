using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Diagnosis;

/// <summary>
/// What the runs of a verification that were diagnosed gave so far. Each operator is diagnosed on the first inputs on which it parts: more tell little more, and take as
/// long each. The captures of those runs must stay in memory, since other hypotheses may still be asked for.
/// </summary>
internal sealed class DiagnosedRuns
{
    private const int InputsOfAnOperator = 4;
    private const int MostCaptures = 16;

    private readonly Dictionary<(Flavour, LayerIndex), int> inputs;
    private readonly Dictionary<Flavour, ImmutableArray<OperatorDiagnosis>> found;
    private readonly Dictionary<Flavour, ImmutableArray<Cause>> causes;
    private readonly HashSet<Capture> captures;

    public DiagnosedRuns() => (inputs, found, causes, captures) = ([], [], [], new(ReferenceEqualityComparer.Instance));

    private DiagnosedRuns(DiagnosedRuns other) =>
        (inputs, found, causes, captures) = (new(other.inputs), new(other.found), new(other.causes), new(other.captures, ReferenceEqualityComparer.Instance));

    /// <summary>Those whose tensors a diagnosis may still read.</summary>
    public IReadOnlySet<Capture> Captures => captures;

    /// <summary>The same, to go back to.</summary>
    public DiagnosedRuns Copy() => new(this);

    /// <summary>The operators of a run's frontier that are to be diagnosed on its input.</summary>
    public ImmutableArray<LayerIndex> Choose(Flavour flavour, Capture? capture, ImmutableArray<LayerIndex>? frontier)
    {
        if (capture is null || captures.Count >= MostCaptures)
            return [];
        ImmutableArray<LayerIndex> chosen = [.. (frontier ?? []).Where(layer => inputs.GetValueOrDefault((flavour, layer)) < InputsOfAnOperator)];
        foreach (LayerIndex layer in chosen)
            inputs[(flavour, layer)] = inputs.GetValueOrDefault((flavour, layer)) + 1;
        if (!chosen.IsEmpty)
            captures.Add(capture);
        return chosen;
    }

    /// <summary>Adds to what was found of a flavour, and says what explains all of it.</summary>
    public ImmutableArray<Cause> Add(Flavour flavour, IEnumerable<OperatorDiagnosis> more)
    {
        ImmutableArray<OperatorDiagnosis> before = found.GetValueOrDefault(flavour, []), all = [.. before, .. more];
        if (all.Length > before.Length || !causes.ContainsKey(flavour))
            causes[flavour] = Diagnoses.OfRun(all);
        found[flavour] = all;
        return causes[flavour];
    }
}
