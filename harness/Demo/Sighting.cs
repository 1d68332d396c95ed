using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.Demo;

/// <summary>An element whose cumulative value is further off than its operator alone makes it.</summary>
public sealed record Sighting(LayerComparison Layer, int Flat, int Expected, int Cumulative, int Isolated)
{
    /// <summary>
    /// The first element, in network order, that is off by 2 or more although its operator alone is off by at most 1: one with these two values
    /// if there is one, else any. Null when there is none. For uint8 tensors.
    /// </summary>
    public static Sighting? Find(CandidateContext context, CandidateTensors candidate, IEnumerable<LayerComparison> layers, int expected, int actual)
    {
        Sighting? any = null;
        foreach (LayerComparison layer in layers)
        {
            if (layer.Tensor.Type != TensorType.UInt8 || layer.InheritedFrom.IsEmpty
                || !context.Oracle.TryGet(layer.Tensor.Index, out TensorValue? oracle)
                || !candidate.Cumulative.TryGet(layer.Tensor.Index, out TensorValue? own)
                || !candidate.Isolated.TryGet(layer.Tensor.Index, out TensorValue? alone))
            {
                continue;
            }
            ReadOnlySpan<byte> right = oracle.Data.Span, cumulative = own.Data.Span, isolated = alone.Data.Span;
            for (int i = 0; i < right.Length; i++)
            {
                if (Math.Abs(cumulative[i] - right[i]) < 2 || Math.Abs(isolated[i] - right[i]) > 1)
                    continue;
                Sighting sighting = new(layer, i, right[i], cumulative[i], isolated[i]);
                if (right[i] == expected && cumulative[i] == actual)
                    return sighting;
                any ??= sighting;
            }
        }
        return any;
    }
}
