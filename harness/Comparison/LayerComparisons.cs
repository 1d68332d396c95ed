using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.Comparison;

/// <summary>The comparison stage: both columns for every operator output, and the verdict on each.</summary>
public static class LayerComparisons
{
    private const string NoElements = "the tensor has no elements";

    /// <summary>One entry for each operator output and state, in subgraph order. Whatever was not compared says why.</summary>
    /// <param name="context">What the candidate was run on.</param>
    /// <param name="candidate">What it gave.</param>
    /// <param name="withMaps">Whether <see cref="LayerComparison.Map"/> is wanted.</param>
    /// <param name="cancel">Ends the comparison.</param>
    public static ImmutableArray<LayerComparison> Of(CandidateContext context, CandidateTensors candidate, bool withMaps, CancellationToken cancel)
    {
        (Operator Op, OperatorResultTensor Result)[] results = [.. from op in context.Graph.Operators
                                                                   from result in OperatorResultTensor.Of(context.Graph, op)
                                                                   select (op, result)];
        LayerComparison[] compared = new LayerComparison[results.Length];
        OwnInputs? own = candidate.Against == IsolatedAgainst.OwnInputs ? new(context, candidate) : null;
        Parallel.For(0, results.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            compared[i] = Compare(context, candidate, own, results[i].Op, results[i].Result, withMaps));
        Dictionary<LayerIndex, LayerComparison> ends = Ends(compared);
        return [.. compared.Select(layer => Covered(layer, ends))];
    }

    /// <summary>
    /// What an operator of the candidate's own chain leaves, within the same bounds and with the same refusals as in <see cref="Of"/>. The isolated column is absent, and so is a verdict.
    /// </summary>
    public static ImmutableArray<LayerComparison> OfChain(CandidateContext context, CandidateTensors candidate, Operator op) =>
        [.. OperatorResultTensor.Of(context.Graph, op).Select(result => InChain(context, candidate, op, result).Layer)];

    /// <summary>The cumulative column, and what it compares; null where one of the two is missing.</summary>
    private static (LayerComparison Layer, Facing? Values) InChain(CandidateContext context, CandidateTensors candidate, Operator op, OperatorResultTensor result)
    {
        (int output, TensorInfo tensor, bool isState) = result;
        LayerComparison layer = new()
        {
            Layer = op.Index,
            Output = output,
            Operator = op,
            Tensor = tensor,
            IsState = isState,
            LeavesModel = result.LeavesModel(context.Graph),
            Verdict = LayerVerdict.NotCompared,
        };
        if (context.OracleValue(result) is not { } oracle)
        {
            string? unread = context.Unread.TryGetValue(result.Key, out string? why) ? why
                : tensor.Type.Bits() > 0 ? null : $"{tensor.Type.Lower()} elements have no fixed size and are not read";
            return (layer with { Reason = $"the oracle gave no {(isState ? "state after the run" : "value")}{(unread is null ? "" : $": {unread}")}" }, null);
        }
        if (candidate.Substituted.TryGetValue(op.Index, out Substitution? substitution))
            return (layer with { Reason = substitution.Reason, ComputedBy = substitution.By }, null);
        if (!candidate.Cumulative.Tensors.TryGetValue(result.Key, out TensorValue? own))
            return (layer with { Reason = candidate.Failure ?? (isState ? $"the candidate gave no state after the run ({result.Key})" : "the candidate gave no value") }, null);

        FloatBound bound = FloatBound.Of(oracle.Type.IsFloat() ? context.Reference.BoundOf(op.Index, output, context.OracleValue, candidate.HasOwnFunctions) : null);
        Outcome cumulative = TensorComparer.Compare(oracle, own, tensor.Quantization, bound);
        return (layer with
        {
            Cumulative = cumulative as Metrics,
            Reason = (cumulative as NotComparable)?.Reason ?? (cumulative is Metrics { Elements: 0 } ? NoElements : null),
        }, new(oracle, own, bound));
    }

    private static LayerComparison Compare(CandidateContext context, CandidateTensors candidate, OwnInputs? ownInputs, Operator op, OperatorResultTensor result, bool withMap)
    {
        (LayerComparison layer, Facing? values) = InChain(context, candidate, op, result);
        if (values is not var (oracle, own, bound))
            return layer;
        Segment? segment = ownInputs?.SegmentOf(op);
        TensorValue? alone = null;
        Outcome isolated = segment is not null
            ? AgainstOwnInputs(ownInputs!, segment, result, own, layer.Tensor.Quantization)
            : candidate.Isolated.Tensors.TryGetValue(result.Key, out alone)
                ? TensorComparer.Compare(oracle, alone, layer.Tensor.Quantization, bound)
                : new NotComparable("the candidate gave no value on the oracle's inputs");
        return Judge(layer with
        {
            Isolated = isolated is Metrics metrics ? metrics with { Against = Name(candidate.Against) } : null,
            Segment = segment is { Operators.Length: > 1 } ? segment : null,
            Reason = layer.Reason ?? (isolated as NotComparable)?.Reason,
            Map = !withMap ? null
                : alone is not null && isolated is Metrics { Differing: > 0 } ? ErrorMap.Of(oracle, alone)! with { IsIsolated = true }
                : layer.Cumulative is { Differing: > 0 } ? ErrorMap.Of(oracle, own) : null,
        });
    }

    /// <summary>An operator whose output the candidate did not give, where a segment that goes through it was compared: it says which.</summary>
    private static LayerComparison Covered(LayerComparison layer, Dictionary<LayerIndex, LayerComparison> ends)
    {
        if (layer is not { Verdict: LayerVerdict.NotCompared, Segment: null, Cumulative: null } || !ends.TryGetValue(layer.Layer, out LayerComparison? end))
            return layer;
        string within = $"the candidate gave no value; it lies within operators {end.Segment!.First} to {end.Layer}";
        return layer with
        {
            Segment = end.Segment,
            Reason = end.Isolated is null ? $"{within}, which could not be compared as one: {end.Reason}" : $"{within}, which are compared as one at operator {end.Layer}",
        };
    }

    /// <summary>For every operator inside a segment the first layer that ends one.</summary>
    private static Dictionary<LayerIndex, LayerComparison> Ends(LayerComparison[] layers)
    {
        Dictionary<LayerIndex, LayerComparison> ends = [];
        foreach (LayerComparison end in layers.Where(layer => layer.Segment is not null))
        {
            foreach (LayerIndex member in end.Segment!.Operators)
                ends.TryAdd(member, end);
        }
        return ends;
    }

    private static Outcome AgainstOwnInputs(OwnInputs ownInputs, Segment segment, OperatorResultTensor result, TensorValue own, Quantization? quantization)
    {
        (TensorValue? expected, string? reason) = ownInputs.Expected(segment, result);
        return expected is null ? new NotComparable(reason!) : TensorComparer.Compare(expected, own, quantization, ownInputs.BoundOf(segment, result.Position));
    }

    private static LayerComparison Judge(LayerComparison layer) => layer with
    {
        Verdict = (layer.Isolated, layer.Cumulative) switch
        {
            ({ Elements: > 0, Beyond: > 0 }, _) => LayerVerdict.Diverges,
            ({ Elements: > 0 }, { Elements: > 0, Beyond: > 0 }) => LayerVerdict.Inherited,
            ({ Elements: > 0, Differing: > 0 }, { Elements: > 0 }) or ({ Elements: > 0 }, { Elements: > 0, Differing: > 0 }) => LayerVerdict.Within,
            ({ Elements: > 0 }, { Elements: > 0 }) => LayerVerdict.Equal,
            _ => LayerVerdict.NotCompared,
        },
        Reason = layer.Reason ?? (layer is { Isolated: { Bound: { } formula, Differing: > 0, Beyond: 0 } } ? $"within its bound, {formula}" : null) ?? (layer.Isolated is { Elements: 0 } ? NoElements : null),
    };

    /// <summary>Two values of one tensor, and how far they may be apart.</summary>
    private readonly record struct Facing(TensorValue Oracle, TensorValue Own, FloatBound Bound);

    private static string Name(IsolatedAgainst against) => against == IsolatedAgainst.OracleInputs ? "oracle-inputs" : "own-inputs";
}
