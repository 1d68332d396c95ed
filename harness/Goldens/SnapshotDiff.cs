using System.Collections.Immutable;
using OffByN.Golden.Snapshots;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Goldens;

/// <summary>Two generations side by side, for a review.</summary>
public static class SnapshotDiff
{
    /// <summary>
    /// Pairs entries of one flavour and input; where that leaves one entry of a flavour on each side, these two. What differs in identity is told, not refused.
    /// </summary>
    /// <exception cref="Model.UserErrorException">Stored data are damaged.</exception>
    public static SnapshotComparison Of(OpenSnapshot golden, OpenSnapshot other, CancellationToken cancel)
    {
        List<SnapshotEntry> left = [.. other.Snapshot.Entries];
        List<EntryComparison> compared = [];
        List<SnapshotEntry> alone = [];
        foreach (SnapshotEntry entry in golden.Snapshot.Entries)
        {
            SnapshotEntry? pair = left.FirstOrDefault(candidate => candidate.Flavour == entry.Flavour && InputOf(candidate) == InputOf(entry));
            if (pair is null)
                alone.Add(entry);
            else
                Compare(entry, pair);
        }
        foreach (SnapshotEntry entry in alone)
        {
            if (alone.Count(one => one.Flavour == entry.Flavour) == 1 && left.Where(one => one.Flavour == entry.Flavour).ToArray() is [SnapshotEntry pair])
                Compare(entry, pair);
            else
                compared.Add(new(entry.Label) { Failure = $"only in {golden.Folder}" });
        }
        compared.AddRange(left.Select(entry => new EntryComparison(entry.Label) { Failure = $"only in {other.Folder}" }));
        return new([.. compared]);

        void Compare(SnapshotEntry entry, SnapshotEntry pair)
        {
            left.Remove(pair);
            compared.Add(EntryComparison.Of(entry, golden.Data.Get, pair, other.Data.Get, cancel));
        }
    }

    private static string? InputOf(SnapshotEntry entry) => entry.Identity.GetValueOrDefault(GoldenEntries.InputSha256);
}
