using System.Collections.Immutable;
using OffByN.Harness.Comparison;
using OffByN.Model;

namespace OffByN.Harness.Localization;

/// <summary>One operator that a bisection compared, cumulatively.</summary>
public sealed record Probe(LayerIndex Layer, Metrics Metrics)
{
    public bool Differs => Metrics.Beyond > 0;
}

/// <summary>Where a bisection ended.</summary>
/// <param name="Probes">In the order in which they were made.</param>
/// <param name="LastEqual">The last operator before <paramref name="FirstDiffering"/> whose output was seen to be equal; null for the model's inputs.</param>
/// <param name="FirstDiffering">Null when the end does not differ, or could not be compared: then nothing was looked for.</param>
public sealed record BisectionResult(ImmutableArray<Probe> Probes, LayerIndex? LastEqual, LayerIndex? FirstDiffering);

/// <summary>
/// Finds where a candidate first differs from the oracle by comparing few tensors. Divergence is not monotone (clamps and pooling erase it), so the result
/// rests on an assumption: what differs once differs from there on. Both ends of the last step were compared, not assumed.
/// </summary>
public static class Bisection
{
    public const string Assumption =
        "assumed: once an operator's output differs, those after it differ too. Clamps and pooling can erase a difference, and another branch may hold one; verify looks at every operator.";

    /// <param name="positions">Operators, ascending; the last is the end that must differ.</param>
    /// <param name="compare">Compares an operator's output; null when it cannot be, which leaves the operator out.</param>
    public static async Task<BisectionResult> SearchAsync(ImmutableArray<LayerIndex> positions, Func<LayerIndex, Task<Metrics?>> compare)
    {
        List<Probe> probes = [];
        List<LayerIndex> left = [.. positions];
        if (positions.IsEmpty || await ProbeAsync(left.Count - 1).ConfigureAwait(false) is null || !probes[0].Differs)
            return new([.. probes], null, null);
        (int low, int high) = (-1, left.Count - 1);
        while (high - low > 1)
        {
            int? middle = await ProbeAsync(low + (high - low) / 2).ConfigureAwait(false);
            if (middle is null)
                high--;
            else if (probes[^1].Differs)
                high = middle.Value;
            else
                low = middle.Value;
        }
        return new([.. probes], low < 0 ? null : left[low], left[high]);

        async Task<int?> ProbeAsync(int position)
        {
            if (await compare(left[position]).ConfigureAwait(false) is { } metrics)
            {
                probes.Add(new(left[position], metrics));
                return position;
            }
            left.RemoveAt(position);
            return null;
        }
    }
}
