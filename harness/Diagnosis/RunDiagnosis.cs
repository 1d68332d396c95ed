using System.Collections.Immutable;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Diagnosis;

/// <summary>The diagnosis stage over several runs.</summary>
internal static class RunDiagnosis
{
    /// <summary>Causes for the chosen operators of each run, then what explains all of a flavour's runs together, those diagnosed before among them.</summary>
    public static ImmutableArray<RunReport> Of(
        ImmutableArray<RunReport> runs, ImmutableArray<ImmutableArray<LayerIndex>> chosen, ImmutableArray<CandidateContext?> contexts,
        ImmutableArray<CandidateTensors?> given, ImmutableArray<CandidateTensors?> again, DiagnosedRuns diagnosed, CancellationToken cancel)
    {
        ImmutableArray<ImmutableArray<LayerIndex>> racing = [.. runs.Select((run, i) => run.Frontier is { } frontier && again[i] is { } second
            ? Reproducibility.Differing(run.Model, frontier, given[i]!, second) : [])];
        ImmutableArray<ImmutableArray<OperatorDiagnosis>> found = [.. runs.Select((_, i) => chosen[i].IsEmpty
            ? [] : Diagnoses.Of(contexts[i]!, given[i]!, chosen[i].Except(racing[i]), cancel))];
        Dictionary<Flavour, ImmutableArray<Cause>> together = runs.Zip(found).GroupBy(pair => pair.First.Oracle.Flavour).ToDictionary(
            group => group.Key, group => diagnosed.Add(group.Key, group.SelectMany(pair => pair.Second)));
        return
        [
            .. runs.Select((run, i) => Led(run with { Layers = [.. run.Layers.Select(layer => Explained(layer, found[i], racing[i]))] }, together[run.Oracle.Flavour])),
        ];
    }

    /// <summary>
    /// The run with what explains all of them. What an operator alone cannot tell apart the others may: its class is named by the hypotheses that the whole run speaks for.
    /// </summary>
    public static RunReport Led(RunReport run, ImmutableArray<Cause> diagnosis) => run with
    {
        Diagnosis = diagnosis,
        Layers = [.. run.Layers.Select(layer => layer.Causes is [{ Score.IsExact: true } best, .. var others]
            && diagnosis.FirstOrDefault(cause => cause.Score.IsExact && cause.Operators.Contains(layer.Layer)) is { } whole
                ? layer with { Causes = [Led(best, whole), .. others] } : layer)],
    };

    private static Cause Led(Cause own, Cause whole)
    {
        string[] named = [.. whole.Members.Select(member => member.Hypothesis.Id)];
        return own with { Members = [.. own.Members.OrderBy(member => (uint)Array.IndexOf(named, member.Hypothesis.Id))] };
    }

    private static LayerComparison Explained(LayerComparison layer, ImmutableArray<OperatorDiagnosis> diagnoses, ImmutableArray<LayerIndex> racing)
    {
        if (layer.Output != 0 || diagnoses.FirstOrDefault(diagnosis => diagnosis.Case.Layer == layer.Layer) is not { } own)
            return layer with { IsReproducible = !racing.Contains(layer.Layer) };
        ImmutableArray<Cause> causes = Diagnoses.Causes(own);
        return layer with { Causes = causes, Pattern = causes is [{ Score.IsExact: true }, ..] ? [] : ErrorPattern.Of(own.Case) };
    }
}
