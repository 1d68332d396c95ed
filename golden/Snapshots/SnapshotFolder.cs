using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>What is kept of a capture beside its digests.</summary>
public enum SnapshotContent
{
    /// <summary>Every tensor's bytes, as they are: they are mapped when read.</summary>
    Tensors,

    /// <summary>Every tensor's bytes, gzipped.</summary>
    CompressedTensors,

    /// <summary>Of the bytes only those of inputs that no seed makes again.</summary>
    Digests,
}

/// <summary>What writing a capture did.</summary>
public enum WriteOutcome
{
    Created,

    /// <summary>The golden is this capture already. A pending generation, which was another, is gone.</summary>
    Unchanged,

    /// <summary>The golden is this capture already; bytes that it lacked were added.</summary>
    Completed,

    /// <summary>The capture waits beside the golden until it is accepted.</summary>
    Pending,

    Replaced,
}

/// <summary>A capture to be written: its entries, and the values of each under the keys of its tensors. <paramref name="ModelPath"/> is as the user gave it.</summary>
public sealed record SnapshotDraft(string ModelPath, string Oracle, ImmutableArray<(SnapshotEntry Entry, TensorSet Values)> Entries);

/// <summary>A generation that was opened for reading. Its files stay readable also when another generation takes their place.</summary>
public sealed record OpenSnapshot(string Folder, Snapshot Snapshot, SnapshotData Data)
{
    /// <summary>The model's path as it was recorded, from the current folder.</summary>
    public string ModelPath => Path.GetRelativePath(Environment.CurrentDirectory, Path.GetFullPath(Snapshot.ModelPath, Path.GetFullPath(Folder)));
}

/// <summary>
/// A snapshot on disk: <c>manifest.json</c> is the golden, <c>pending.json</c> a generation that waits for it, other files hold the bytes that they name by
/// digest. A generation becomes visible by the rename of its manifest, after everything that it names is on disk, and what it names never changes: whatever
/// ends a writer, a reader finds the generation before or the one after.
/// </summary>
public static class SnapshotFolder
{
    public const string ManifestName = "manifest.json";
    public const string PendingName = "pending.json";

    private const int MaxManifestBytes = 64 << 20;
    private const int Attempts = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="UserErrorException">There is no golden, or it is damaged.</exception>
    public static OpenSnapshot Open(string folder) => Open(folder, ManifestName) ?? throw new UserErrorException(
        $"{folder}: expected a snapshot, a folder with a {ManifestName}; there is none. Make one with 'offbyn golden capture MODEL --out {folder}'.");

    /// <summary>The generation that waits; null without one.</summary>
    /// <exception cref="UserErrorException">It is damaged.</exception>
    public static OpenSnapshot? OpenPending(string folder) =>
        Open(folder, PendingName) is { } pending && Open(folder, ManifestName) is { } golden && !SameValues(pending.Snapshot.Entries, golden.Snapshot.Entries) ? pending : null;

    /// <summary>Tries, before the work, whether a snapshot could be written there; leaves nothing behind.</summary>
    /// <exception cref="UserErrorException">It could not, or what is there is no usable snapshot.</exception>
    public static void Probe(string folder)
    {
        string? existing = Path.GetFullPath(folder);
        while (existing is not null && !Directory.Exists(existing) && !File.Exists(existing))
            existing = Path.GetDirectoryName(existing);
        if (existing is null || File.Exists(existing))
            throw new UserErrorException($"{folder}: expected a folder that can be written, found a file at {existing}. Name another.");
        AtomicFile.Create(Path.Combine(existing, ManifestName)).Dispose();
        _ = Open(folder, ManifestName);
    }

    /// <summary>Writes a capture: as the golden where there is none or <paramref name="replace"/> asks for it, else beside the golden. Equal to the golden, it changes nothing.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written, or what is there is no usable snapshot; it is then as it was.</exception>
    public static WriteOutcome Write(string folder, SnapshotDraft draft, SnapshotContent content, bool replace, DateTimeOffset now)
    {
        bool isNew = !Directory.Exists(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder}: expected a folder that can be written: {error.Message}", error);
        }
        using FolderLock held = FolderLock.Take(folder, Patience);
        try
        {
            return Write(folder, held, draft, content, replace, now);
        }
        finally
        {
            Sweep(folder);
            if (isNew && !Directory.EnumerateFileSystemEntries(folder).Any())
                Directory.Delete(folder);
        }
    }

    /// <summary>Makes the pending generation the golden, and writes the reason and the old digests into its history.</summary>
    /// <exception cref="UserErrorException">Nothing is pending, it is damaged, or the golden is no longer the one that it was captured beside.</exception>
    public static Promotion Accept(string folder, string reason, DateTimeOffset now)
    {
        _ = Open(folder);
        using FolderLock held = FolderLock.Take(folder, Patience);
        Snapshot golden = Open(folder).Snapshot;
        OpenSnapshot pending = OpenPending(folder) ?? throw new UserErrorException($"{folder}: nothing is pending: the golden is what was captured last.");
        if (pending.Snapshot.Replaces != golden.Sha256)
            throw new UserErrorException($"{folder}: what is pending was captured beside a golden of sha256 {pending.Snapshot.Replaces}, found {golden.Sha256}. Capture again.");
        pending.Data.Verify(pending.Snapshot);
        Promotion promotion = PromotionOf(golden, pending.Snapshot, reason, now);
        AtomicFile.Write(Path.Combine(folder, ManifestName), Manifest.Write(pending.Snapshot with { Replaces = null, History = [.. golden.History, promotion] }));
        held.Flush();
        Sweep(folder);
        return promotion;
    }

    private static WriteOutcome Write(string folder, FolderLock held, SnapshotDraft draft, SnapshotContent content, bool replace, DateTimeOffset now)
    {
        OpenSnapshot? golden = Open(folder, ManifestName);
        ImmutableArray<SnapshotEntry> entries = [.. draft.Entries.Select(entry => entry.Entry)];
        bool isSame = golden is not null && SameValues(golden.Snapshot.Entries, entries);
        string pending = Path.Combine(folder, PendingName);
        if (isSame && (content == SnapshotContent.Digests || HoldsEverything(golden!)))
        {
            File.Delete(pending);
            return WriteOutcome.Unchanged;
        }
        Snapshot written = new()
        {
            ModelPath = Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(draft.ModelPath)),
            Oracle = draft.Oracle,
            StoresTensors = content != SnapshotContent.Digests,
            Data = WriteData(folder, draft, content),
            Entries = entries,
        };
        if (golden is not null && !isSame && !replace)
        {
            AtomicFile.Write(pending, Manifest.Write(written with { Replaces = golden.Snapshot.Sha256 }));
            held.Flush();
            return WriteOutcome.Pending;
        }
        ImmutableArray<Promotion> history = golden is null ? [] : isSame ? golden.Snapshot.History
            : [.. golden.Snapshot.History, PromotionOf(golden.Snapshot, written, "capture --replace", now)];
        AtomicFile.Write(Path.Combine(folder, ManifestName), Manifest.Write(written with { History = history }));
        File.Delete(pending);
        held.Flush();
        return golden is null ? WriteOutcome.Created : isSame ? WriteOutcome.Completed : WriteOutcome.Replaced;
    }

    private static OpenSnapshot? Open(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        for (int attempt = 1; ; attempt++)
        {
            if (!File.Exists(path))
                return null;
            Snapshot snapshot = Manifest.Read(MappedManifest(path).Span, path);
            try
            {
                return new OpenSnapshot(folder, snapshot, SnapshotData.Open(folder, snapshot));
            }
            // A writer may have put another generation in place of this one and deleted its files.
            catch (UserErrorException) when (attempt < Attempts && File.Exists(path) && !Manifest.HasDigest(MappedManifest(path).Span, snapshot.Sha256))
            {
            }
        }
    }

    private static ReadOnlyMemory<byte> MappedManifest(string path) => MappedFile.Open(path).Memory is { Length: <= MaxManifestBytes } file
        ? file
        : throw new UserErrorException($"{path}: expected a manifest of at most {MaxManifestBytes} bytes.");

    private static bool HoldsEverything(OpenSnapshot golden)
    {
        try
        {
            golden.Data.Verify(golden.Snapshot);
            return golden.Snapshot.StoresTensors;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    /// <summary>A file for each entry, with the values that no file before it has.</summary>
    private static ImmutableArray<string> WriteData(string folder, SnapshotDraft draft, SnapshotContent content)
    {
        HashSet<string> stored = [];
        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>();
        foreach ((SnapshotEntry entry, TensorSet values) in draft.Entries)
        {
            IEnumerable<SnapshotTensor> kept = content != SnapshotContent.Digests ? entry.Inputs.Concat(entry.Tensors) : entry.Seed is null ? entry.Inputs : [];
            Dictionary<string, TensorValue> file = kept.Where(tensor => stored.Add(tensor.Sha256)).ToDictionary(tensor => tensor.Sha256, tensor => values.Tensors[tensor.Key]);
            if (file.Count == 0)
                continue;
            string name = DataFiles.NameOf(file.Keys, content == SnapshotContent.CompressedTensors);
            DataFiles.Write(Path.Combine(folder, name), new TensorSet(file));
            names.Add(name);
        }
        return names.ToImmutable();
    }

    private static bool SameValues(ImmutableArray<SnapshotEntry> some, ImmutableArray<SnapshotEntry> others) =>
        some.Length == others.Length && some.Zip(others).All(pair => pair.First.HasValueOf(pair.Second));

    private static Promotion PromotionOf(Snapshot golden, Snapshot promoted, string reason, DateTimeOffset now)
    {
        HashSet<(string Flavour, string? Input, string Key, string Sha256)> kept =
            [.. promoted.Entries.SelectMany(entry => entry.Tensors.Select(tensor => Place(entry, tensor)))];
        return new(now, reason, golden.Sha256, [.. golden.Entries.SelectMany(entry => entry.Tensors
            .Where(tensor => !kept.Contains(Place(entry, tensor)))
            .Select(tensor => new ReplacedDigest(entry.Label, tensor.Key, tensor.Name, tensor.Sha256)))]);

        static (string, string?, string, string) Place(SnapshotEntry entry, SnapshotTensor tensor) =>
            (entry.Flavour, entry.Inputs.IsEmpty ? null : string.Join(' ', entry.Inputs.Select(input => input.Sha256)), tensor.Key, tensor.Sha256);
    }

    /// <summary>Deletes what no manifest names: files of former generations, of captures that did not come to an end, and a pending generation that became the golden.</summary>
    private static void Sweep(string folder)
    {
        try
        {
            OpenSnapshot? golden = Open(folder, ManifestName), pending = OpenPending(folder);
            HashSet<string> named = [ManifestName, .. golden?.Snapshot.Data ?? [], .. pending is null ? [] : (string[])[PendingName, .. pending.Snapshot.Data]];
            foreach (string name in Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Where(name => IsOurs(name) && !named.Contains(name)).ToArray())
                File.Delete(Path.Combine(folder, name));
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            // Nothing is deleted beside a manifest that cannot be read; the reason was told, or will be to the next reader.
        }
    }

    private static bool IsOurs(string name) => name == PendingName || DataFiles.IsName(name)
        || (AtomicFile.FinalName(name) is { } final && (DataFiles.IsName(final) || final is ManifestName or PendingName));
}
