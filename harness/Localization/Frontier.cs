using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Harness.Localization;

/// <summary>Where a run parts from the oracle.</summary>
public static class Frontier
{
    /// <summary>
    /// The operators that differ by themselves, and the last ones of segments that do, once each, ascending. Null, unknown, when no operator could be compared by
    /// itself, nor any segment but those that end in what leaves the model: an empty list says that all of them were right.
    /// </summary>
    public static ImmutableArray<LayerIndex>? Of(ImmutableArray<LayerComparison> layers) =>
        layers.All(layer => layer is not { Isolated.Elements: > 0 } or { Segment: not null, LeavesModel: true })
            ? null
            : [.. layers.Where(Parts).Select(layer => layer.Layer).Distinct()];

    /// <summary>
    /// For every layer whose cumulative output differs: the nearest operators before it that part from the oracle and feed it.
    /// </summary>
    public static ImmutableArray<LayerComparison> TraceInheritance(Graph graph, ImmutableArray<LayerComparison> layers)
    {
        Dictionary<TensorIndex, ImmutableArray<LayerIndex>> origins = [];
        Dictionary<LayerIndex, ImmutableArray<LayerIndex>> feeding = [];
        Dictionary<TensorIndex, LayerComparison> byTensor = layers.Where(layer => !layer.IsState).ToDictionary(layer => layer.Tensor.Index);
        foreach (Operator op in graph.Operators)
        {
            ImmutableArray<LayerIndex> inherited =
                [.. op.Inputs.SelectMany(input => origins.GetValueOrDefault(input, [])).Distinct().OrderBy(layer => layer.Value)];
            feeding[op.Index] = inherited;
            foreach (TensorIndex tensor in op.Outputs)
            {
                if (!byTensor.TryGetValue(tensor, out LayerComparison? layer))
                    continue;
                if (layer.IsCovered)
                    origins[tensor] = inherited;
                else if (layer.Cumulative is { Differing: > 0 })
                    origins[tensor] = Parts(layer) ? [op.Index] : inherited;
            }
        }
        return [.. layers.Select(layer => layer.Cumulative is { Differing: > 0 } ? layer with { InheritedFrom = feeding[layer.Layer] } : layer)];
    }

    private static bool Parts(LayerComparison layer) => layer.Isolated is { Beyond: > 0 };
}
