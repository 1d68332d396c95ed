using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>
/// One tensor of a snapshot without its bytes. <see cref="Key"/> is as in <see cref="TensorSet"/>, <see cref="Name"/> the model's, <see cref="Sha256"/>
/// that of the bytes in lower-case hexadecimal.
/// </summary>
public sealed record SnapshotTensor(string Key, string Name, TensorType Type, Shape Shape, string Sha256)
{
    /// <summary>Null without one, and for a per-channel one.</summary>
    public Quantization? Quantization { get; init; }

    /// <summary>Smallest and largest element, for people; null for a tensor without elements or of a type without an order.</summary>
    public TensorRange? Range { get; init; }

    /// <summary>Bytes of its value: int4 is held one code a byte.</summary>
    public long Bytes => (Type == TensorType.Int4 ? TensorType.Int8 : Type).Bytes(Shape.Elements);

    /// <summary>True when both have the same key and the same value; names and ranges follow from these.</summary>
    public bool HasValueOf(SnapshotTensor other) => Key == other.Key && Type == other.Type && Shape.Equals(other.Shape) && Sha256 == other.Sha256;
}

/// <summary>What the oracle gave in one flavour on one input.</summary>
public sealed record SnapshotEntry
{
    /// <summary><c>ref</c>, <c>opt</c> or <c>xnn</c>.</summary>
    public required string Flavour { get; init; }

    /// <summary>The input's name, for people.</summary>
    public required string InputName { get; init; }

    /// <summary>The seed that the input can be made from again; null when it came from a file.</summary>
    public ulong? Seed { get; init; }

    /// <summary>What must be equal for a capture to be of the same thing, under stable names.</summary>
    public required ImmutableSortedDictionary<string, string> Identity { get; init; }

    /// <summary>The circumstances of the capture: shown, and no ground to refuse it.</summary>
    public required ImmutableSortedDictionary<string, string> Record { get; init; }

    /// <summary>Tensors that a delegate wrote, ascending.</summary>
    public required ImmutableArray<int> Delegated { get; init; }

    /// <summary>Keys of tensors that the runtime did not give, and why.</summary>
    public required ImmutableSortedDictionary<string, string> Unread { get; init; }

    public required ImmutableArray<SnapshotTensor> Inputs { get; init; }

    /// <summary>Operator outputs in the order of the model's operators, then states.</summary>
    public required ImmutableArray<SnapshotTensor> Tensors { get; init; }

    public string Label => $"{Flavour}, {InputName}";

    /// <summary>True when the same was captured and gave the same; the record may differ.</summary>
    public bool HasValueOf(SnapshotEntry other) =>
        Identity.SequenceEqual(other.Identity) && SameValues(Inputs, other.Inputs) && SameValues(Tensors, other.Tensors)
        && Unread.Keys.SequenceEqual(other.Unread.Keys) && Delegated.SequenceEqual(other.Delegated);

    private static bool SameValues(ImmutableArray<SnapshotTensor> some, ImmutableArray<SnapshotTensor> others) =>
        some.Length == others.Length && some.Zip(others).All(pair => pair.First.HasValueOf(pair.Second));
}

/// <summary>A tensor whose digest a promotion replaced; <see cref="Sha256"/> is the old one.</summary>
public sealed record ReplacedDigest(string Entry, string Key, string Name, string Sha256);

/// <summary>One promotion: when, why, the digest of the manifest that it replaced, and the digests that changed with it.</summary>
public sealed record Promotion(DateTimeOffset Date, string Reason, string Replaced, ImmutableArray<ReplacedDigest> Digests);

/// <summary>One generation of a snapshot, as its manifest says; immutable.</summary>
public sealed record Snapshot
{
    /// <summary>Where the model was when it was captured, relative to the snapshot's folder. Its digest is in the entries' identity.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The oracle's name, as after <c>--oracle</c>.</summary>
    public required string Oracle { get; init; }

    /// <summary>False when only the digests of what the oracle gave are kept.</summary>
    public required bool StoresTensors { get; init; }

    /// <summary>Names of the files in the snapshot's folder that hold tensors.</summary>
    public required ImmutableArray<string> Data { get; init; }

    public required ImmutableArray<SnapshotEntry> Entries { get; init; }

    /// <summary>Oldest first.</summary>
    public ImmutableArray<Promotion> History { get; init; } = [];

    /// <summary>In a pending generation, the digest of the manifest that it would replace; null in a golden.</summary>
    public string? Replaces { get; init; }

    /// <summary>Digest of the manifest itself; empty until it is written.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>Every tensor of every entry, inputs included.</summary>
    public IEnumerable<SnapshotTensor> AllTensors => Entries.SelectMany(entry => entry.Inputs.Concat(entry.Tensors));
}
