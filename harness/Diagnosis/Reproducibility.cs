using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Model;

namespace OffByN.Harness.Diagnosis;

/// <summary>Whether a candidate gives the same twice. What it does not is a race or memory that nobody wrote, and no arithmetic.</summary>
public static class Reproducibility
{
    /// <summary>The operators of a frontier whose outputs or states, on the same inputs, differ between two runs of the candidate.</summary>
    public static ImmutableArray<LayerIndex> Differing(Graph graph, ImmutableArray<LayerIndex> frontier, CandidateTensors first, CandidateTensors second) =>
    [
        .. frontier.Where(layer => OperatorResultTensor.Of(graph, graph[layer]).Any(left =>
            first.Isolated.Tensors.TryGetValue(left.Key, out TensorValue? one) && second.Isolated.Tensors.TryGetValue(left.Key, out TensorValue? other) && !one.Data.Span.SequenceEqual(other.Data.Span))),
    ];
}
