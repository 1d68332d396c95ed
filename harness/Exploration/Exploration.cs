using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Explanation;
using OffByN.Harness.Policy;
using OffByN.Model;

namespace OffByN.Harness.Exploration;

/// <summary>One run with its tensors, to be looked at from all sides. What is asked for a second time is known already.</summary>
public sealed class Exploration(RunReport run, CandidateContext context, CandidateTensors tensors)
{
    private readonly Dictionary<LayerIndex, OperatorDiagnosis?> diagnoses = [];

    public RunReport Run => run;

    /// <summary>The operator to look at first: the first that differs by itself, else the first whose difference fails, else the first that inherited one, else the first.</summary>
    public LayerComparison? First =>
        run.Layers.FirstOrDefault(layer => layer.Verdict == LayerVerdict.Diverges)
        ?? run.Layers.FirstOrDefault(Verdicts.Fails) ?? run.Layers.FirstOrDefault(layer => layer.Verdict == LayerVerdict.Inherited) ?? run.Layers.FirstOrDefault();

    /// <summary>The first output or state of an operator that differs by itself, else its first output; null for one without.</summary>
    public LayerComparison? this[LayerIndex layer] =>
        run.Layers.FirstOrDefault(entry => entry.Layer == layer && entry.Verdict == LayerVerdict.Diverges) ?? run.Layers.FirstOrDefault(entry => entry.Layer == layer);

    /// <summary>The next operator after this one that differs by itself, from the first again at the end; null where none does.</summary>
    public LayerComparison? After(LayerIndex layer) =>
        run.Layers.FirstOrDefault(entry => entry.Verdict == LayerVerdict.Diverges && entry.Layer.Value > layer.Value)
        ?? run.Layers.FirstOrDefault(entry => entry.Verdict == LayerVerdict.Diverges);

    /// <summary>Where an operator's output differs: alone where it does so, else in the chain. Null where either side's values are missing.</summary>
    public ErrorMap? MapOf(LayerComparison layer)
    {
        if (layer.Verdict == LayerVerdict.Diverges && layer.Output == 0 && OperatorCase.Of(context, tensors, layer.Layer) is { } one)
            return ErrorMap.Of(Value(one, one.ExpectedCodes), Value(one, one.ActualCodes));
        return context.OracleValue(layer.Result) is { } expected && Shown(layer).Tensors.TryGetValue(layer.Result.Key, out TensorValue? actual)
            ? ErrorMap.Of(expected, actual) : null;
    }

    /// <summary>An element's arithmetic; null where the operator cannot be recomputed.</summary>
    /// <param name="layer">The operator's output.</param>
    /// <param name="element">Null for the worst one.</param>
    /// <param name="under">The hypothesis whose steps face the expected ones; null for the best known.</param>
    /// <exception cref="UserErrorException">The element is outside the tensor.</exception>
    public ElementExplanation? Explain(LayerComparison layer, ImmutableArray<int>? element, Hypothesis? under) =>
        ElementExplanation.Of(context, tensors, run, layer, element, under);

    /// <summary>Why an operator's steps are not known; null when they are.</summary>
    public string? Obstacle(LayerComparison layer) => context.Reference.Obstacle(layer.Layer) ?? layer.Reason;

    /// <summary>Tries a guess on every element of an operator.</summary>
    /// <exception cref="UserErrorException">The guess says nothing of this operator, or nothing differs here.</exception>
    public WhatIf Try(LayerComparison layer, string asked)
    {
        if (!diagnoses.TryGetValue(layer.Layer, out OperatorDiagnosis? diagnosis))
            diagnoses[layer.Layer] = diagnosis = OperatorCase.Of(context, tensors, layer.Layer) is { } one ? OperatorDiagnosis.Of(one) : null;
        return diagnosis is not null ? WhatIf.Of(diagnosis, asked)
            : throw new UserErrorException($"the first output of operator {layer.Layer} does not differ by itself, or cannot be recomputed: there is nothing that a guess could explain.");
    }

    private TensorSet Shown(LayerComparison layer) => layer.Verdict == LayerVerdict.Diverges && tensors.Against == IsolatedAgainst.OracleInputs ? tensors.Isolated : tensors.Cumulative;

    private static TensorValue Value(OperatorCase one, ReadOnlyMemory<byte> codes) => new(one.Output.Type, one.Output.Shape!, codes);
}
