using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference;

namespace OffByN.Harness.Comparison;

/// <summary>The comparison stage: both columns for every operator output, and the verdict on each.</summary>
public static class LayerComparisons
{
    /// <summary>One entry for each operator output, in subgraph order. Whatever was not compared says why.</summary>
    public static ImmutableArray<LayerComparison> Of(CandidateContext context, CandidateTensors candidate, CancellationToken cancel)
    {
        (Operator Op, int Output)[] outputs = [.. from op in context.Graph.Operators
                                                  from output in Enumerable.Range(0, op.Outputs.Length)
                                                  where !op.Outputs[output].IsNone
                                                  select (op, output)];
        // A dump's operators are recomputed once each, however many outputs they have.
        ImmutableDictionary<LayerIndex, Lazy<OperatorResult>> recomputed = candidate.Against != IsolatedAgainst.OwnInputs ? ImmutableDictionary<LayerIndex, Lazy<OperatorResult>>.Empty
            : context.Graph.Operators.ToImmutableDictionary(op => op.Index, op => new Lazy<OperatorResult>(() => OnOwnInputs(context, candidate, op)));
        LayerComparison[] compared = new LayerComparison[outputs.Length];
        Parallel.For(0, outputs.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            compared[i] = Compare(context, candidate, outputs[i].Op, outputs[i].Output, recomputed.GetValueOrDefault(outputs[i].Op.Index)));
        return [.. compared];
    }

    private static LayerComparison Compare(CandidateContext context, CandidateTensors candidate, Operator op, int output, Lazy<OperatorResult>? recomputed)
    {
        TensorInfo tensor = context.Graph[op.Outputs[output]];
        LayerComparison layer = new()
        {
            Layer = op.Index,
            Output = output,
            Operator = op,
            Tensor = tensor,
            IsModelOutput = context.Graph.Outputs.Contains(tensor.Index),
            Verdict = LayerVerdict.NotCompared,
        };
        if (!context.Oracle.TryGet(tensor.Index, out TensorValue? oracle))
            return layer with { Reason = "the oracle gave no value" };
        if (candidate.Substituted.TryGetValue(op.Index, out Substitution? substitution))
            return layer with { Reason = substitution.Reason, ComputedBy = substitution.By };
        if (!candidate.Cumulative.TryGet(tensor.Index, out TensorValue? own))
            return layer with { Reason = candidate.Failure ?? "the candidate gave no value" };

        Outcome cumulative = TensorComparer.Compare(oracle, own, tensor.Quantization, FloatBound.Exact);
        Outcome isolated = recomputed is not null
            ? recomputed.Value.Reason is { } obstacle ? new NotComparable(obstacle) : TensorComparer.Compare(recomputed.Value.Outputs[output], own, tensor.Quantization, FloatBound.Exact)
            : candidate.Isolated.TryGet(tensor.Index, out TensorValue? alone)
                ? TensorComparer.Compare(oracle, alone, tensor.Quantization, FloatBound.Exact)
                : new NotComparable("the candidate gave no value on the oracle's inputs");
        return Judge(layer with
        {
            Cumulative = cumulative as Metrics,
            Isolated = isolated is Metrics metrics ? metrics with { Against = Name(candidate.Against) } : null,
            Reason = (cumulative as NotComparable ?? isolated as NotComparable)?.Reason,
        });
    }

    /// <summary>
    /// A dump cannot be fed: its output faces what the reference computes from the dump's own inputs, which says something only where the
    /// reference equals the oracle on the oracle's inputs.
    /// </summary>
    private static OperatorResult OnOwnInputs(CandidateContext context, CandidateTensors candidate, Operator op)
    {
        OperatorResult calibration = context.Reference.Run(op.Index, context.OracleValue);
        if (Miscalibrated(context, op, calibration) is { } reason)
            return OperatorResult.Not(reason);
        // From equal inputs the reference would compute the same once more.
        return op.Inputs.All(tensor => IsOracles(OwnValue(tensor), context.OracleValue(tensor))) ? calibration : context.Reference.Run(op.Index, OwnValue);

        TensorValue? OwnValue(TensorIndex tensor) =>
            candidate.Cumulative.TryGet(tensor, out TensorValue? value) || context.Inputs.TryGetInput(tensor, out value) ? value : null;
    }

    /// <summary>True for values that are equal, and for tensors that neither side computes.</summary>
    private static bool IsOracles(TensorValue? own, TensorValue? oracle) => own is null || oracle is null
        ? own is null && oracle is null
        : own.Type == oracle.Type && own.Shape.Equals(oracle.Shape) && own.Data.Span.SequenceEqual(oracle.Data.Span);

    private static string? Miscalibrated(CandidateContext context, Operator op, OperatorResult reference)
    {
        if (reference.Reason is { } obstacle)
            return obstacle;
        for (int output = 0; output < op.Outputs.Length; output++)
        {
            if (!context.Oracle.TryGet(op.Outputs[output], out TensorValue? oracle)
                || TensorComparer.Compare(oracle, reference.Outputs[output], null, FloatBound.Exact) is not Metrics { Elements: > 0, Differing: 0 })
                return "reference not exact here: on the oracle's inputs it does not give the oracle's output";
        }
        return null;
    }

    private static LayerComparison Judge(LayerComparison layer) => layer with
    {
        Verdict = (layer.Isolated, layer.Cumulative) switch
        {
            ({ Elements: > 0, Beyond: > 0 }, _) => LayerVerdict.Diverges,
            ({ Elements: > 0 }, { Elements: > 0, Beyond: > 0 }) => LayerVerdict.Inherited,
            ({ Elements: > 0 }, { Elements: > 0 }) => LayerVerdict.Equal,
            _ => LayerVerdict.NotCompared,
        },
        Reason = layer.Reason ?? (layer.Isolated is { Elements: 0 } ? "the tensor has no elements" : null),
    };

    private static string Name(IsolatedAgainst against) => against == IsolatedAgainst.OracleInputs ? "oracle-inputs" : "own-inputs";
}
