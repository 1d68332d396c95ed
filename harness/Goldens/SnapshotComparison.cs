using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Comparison;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Goldens;

/// <summary>A tensor that is not the same on both sides; null on the side that lacks it. <see cref="How"/> is null where the bytes of a side cannot be had.</summary>
public sealed record TensorChange(SnapshotTensor? Golden, SnapshotTensor? Found, Outcome? How)
{
    public SnapshotTensor Either => Golden ?? Found!;
}

/// <summary>
/// What an entry is beside another: what their identities disagree in, and the tensors that changed, in the golden's order. <see cref="Failure"/> says why there
/// was nothing to compare with.
/// </summary>
public sealed record EntryComparison(string Label)
{
    public ImmutableArray<IdentityDifference> Identity { get; init; } = [];

    /// <summary>Tensors that are the same on both sides.</summary>
    public int Equal { get; init; }

    public ImmutableArray<TensorChange> Changes { get; init; } = [];

    public string? Failure { get; init; }

    /// <summary>The tensors of both, with the values of a side where they can be had.</summary>
    public static EntryComparison Of(
        SnapshotEntry golden, Func<SnapshotTensor, TensorValue?> goldenValue, SnapshotEntry found, Func<SnapshotTensor, TensorValue?> foundValue, CancellationToken cancel)
    {
        Dictionary<string, SnapshotTensor> others = found.Tensors.ToDictionary(tensor => tensor.Key);
        (SnapshotTensor? Golden, SnapshotTensor? Found)[] pairs =
        [
            .. golden.Tensors.Select(tensor => ((SnapshotTensor?)tensor, others.Remove(tensor.Key, out SnapshotTensor? other) ? other : null)),
            .. found.Tensors.Where(tensor => others.ContainsKey(tensor.Key)).Select(tensor => ((SnapshotTensor?)null, (SnapshotTensor?)tensor)),
        ];
        (SnapshotTensor? Golden, SnapshotTensor? Found)[] changed = [.. pairs.Where(pair => pair.Golden is null || pair.Found is null || !pair.Golden.HasValueOf(pair.Found))];
        TensorChange[] changes = new TensorChange[changed.Length];
        Parallel.For(0, changed.Length, new ParallelOptions { CancellationToken = cancel }, i => changes[i] = Compare(changed[i].Golden, changed[i].Found));
        return new(golden.Label)
        {
            Identity = GoldenEntries.Differences(golden, found),
            Equal = pairs.Length - changed.Length,
            Changes = [.. changes],
        };

        TensorChange Compare(SnapshotTensor? one, SnapshotTensor? other) =>
            one is not null && other is not null && goldenValue(one) is { } expected && foundValue(other) is { } actual
                ? new(one, other, TensorComparer.Compare(expected, actual, one.Quantization, FloatBound.Exact))
                : new(one, other, null);
    }
}

/// <summary>A whole snapshot beside another, or beside the oracle of today.</summary>
public sealed record SnapshotComparison(ImmutableArray<EntryComparison> Entries)
{
    public int Changed => Entries.Sum(entry => entry.Changes.Length);

    public int Equal => Entries.Sum(entry => entry.Equal);

    /// <summary>True when an entry had nothing to be compared with, or nothing was compared at all.</summary>
    public bool IsIncomplete => Entries.Any(entry => entry.Failure is not null) || Changed + Equal == 0;
}
