using System.Collections.Immutable;

namespace OffByN.Harness.Comparison;

/// <summary>What one pass over two tensors counted; <see cref="Metrics"/> without names and units.</summary>
internal readonly record struct Tally(
    long Differing, long Beyond, Int128? MaxAbs, long WorstFlat, ImmutableArray<Bin> Histogram, Sums Sums)
{
    /// <summary>Elements that the bound leaves out.</summary>
    public long LeftOut { get; init; }
}
