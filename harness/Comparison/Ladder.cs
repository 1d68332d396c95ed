using System.Collections.Immutable;

namespace OffByN.Harness.Comparison;

/// <summary>The bins of the off-by-N histogram: 1..8 each by itself, then 9..16, 17..32 and so on; the last is 2^63+1..2^64-1.</summary>
internal static class Ladder
{
    private const int Single = 8;

    /// <summary>Smallest |N| of each bin, ascending.</summary>
    public static readonly ImmutableArray<ulong> Floors =
        [.. Enumerable.Range(1, Single).Select(n => (ulong)n), .. Enumerable.Range(3, 61).Select(power => (1UL << power) + 1)];

    /// <summary>Largest |N| of a bin.</summary>
    public static ulong Ceiling(int rung) => rung + 1 < Floors.Length ? Floors[rung + 1] - 1 : ulong.MaxValue;

    /// <summary>Ascending bins from how many elements have N >= and N &lt;= - each floor; <paramref name="equal"/> have N = 0.</summary>
    public static ImmutableArray<Bin> Bins(ReadOnlySpan<long> above, ReadOnlySpan<long> below, long equal)
    {
        ImmutableArray<Bin>.Builder bins = ImmutableArray.CreateBuilder<Bin>();
        for (int rung = Floors.Length - 1; rung >= 0; rung--)
            AddBin(bins, -(Int128)Ceiling(rung), -(Int128)Floors[rung], CountOf(below, rung));
        AddBin(bins, 0, 0, equal);
        for (int rung = 0; rung < Floors.Length; rung++)
            AddBin(bins, Floors[rung], Ceiling(rung), CountOf(above, rung));
        return bins.ToImmutable();
    }

    private static long CountOf(ReadOnlySpan<long> atLeast, int rung) => atLeast[rung] - (rung + 1 < atLeast.Length ? atLeast[rung + 1] : 0);

    private static void AddBin(ImmutableArray<Bin>.Builder bins, Int128 from, Int128 to, long count)
    {
        if (count > 0)
            bins.Add(new Bin(from, to, count));
    }
}
