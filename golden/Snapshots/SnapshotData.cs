using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>The bytes behind a generation's digests. Files are mapped at once and read when a tensor is asked for; no byte is given that its digest does not match.</summary>
public sealed class SnapshotData
{
    private readonly string folder;
    private readonly Lazy<ImmutableDictionary<string, (string File, TensorValue Value)>> values;

    private SnapshotData(string folder, Snapshot snapshot, ImmutableArray<(string Path, ReadOnlyMemory<byte> Bytes)> files)
    {
        this.folder = folder;
        values = new(() => Index(snapshot, files));
    }

    /// <exception cref="UserErrorException">A file that the manifest names is missing or cannot be read.</exception>
    internal static SnapshotData Open(string folder, Snapshot snapshot) =>
        new(folder, snapshot, [.. snapshot.Data.Select(name => Path.Combine(folder, name)).Select(path => (path, MappedFile.Open(path).Memory))]);

    /// <summary>A tensor's value; null when only its digest is kept.</summary>
    /// <exception cref="UserErrorException">A file is damaged, or its bytes are not those of the digest.</exception>
    public TensorValue? Get(SnapshotTensor tensor)
    {
        if (!values.Value.TryGetValue(tensor.Sha256, out (string File, TensorValue Value) stored))
            return null;
        string found = DataFiles.DigestOf(stored.Value.Data.Span);
        if (found != tensor.Sha256)
            throw new UserErrorException($"{stored.File}: expected bytes of sha256 {tensor.Sha256} for tensor {tensor.Key} \"{Printable.Of(tensor.Name)}\", found {found}: the file is damaged. Restore it, or capture again.");
        return stored.Value.Data.Length == tensor.Bytes
            ? new TensorValue(tensor.Type, tensor.Shape, stored.Value.Data)
            : throw new UserErrorException($"{stored.File}: expected {tensor.Bytes} bytes for tensor {tensor.Key} \"{Printable.Of(tensor.Name)}\", {tensor.Type.Lower()} {tensor.Shape}, found {stored.Value.Data.Length}.");
    }

    /// <summary>Reads everything that the generation says it keeps.</summary>
    /// <exception cref="UserErrorException">Something is missing or damaged.</exception>
    public void Verify(Snapshot snapshot)
    {
        IEnumerable<SnapshotTensor> kept = snapshot.Entries.SelectMany(entry => snapshot.StoresTensors ? entry.Inputs.Concat(entry.Tensors) : entry.Seed is null ? entry.Inputs : []);
        foreach (SnapshotTensor tensor in kept.DistinctBy(tensor => tensor.Sha256))
        {
            if (Get(tensor) is null)
                throw new UserErrorException($"{folder}: the bytes of tensor {tensor.Key} \"{Printable.Of(tensor.Name)}\" are in none of its data files. Restore them, or capture again.");
        }
    }

    private static ImmutableDictionary<string, (string, TensorValue)> Index(Snapshot snapshot, ImmutableArray<(string Path, ReadOnlyMemory<byte> Bytes)> files)
    {
        SnapshotTensor[] tensors = [.. snapshot.AllTensors.DistinctBy(tensor => tensor.Sha256)];
        long bytes = tensors.Sum(tensor => tensor.Bytes);
        ImmutableDictionary<string, (string, TensorValue)>.Builder index = ImmutableDictionary.CreateBuilder<string, (string, TensorValue)>();
        foreach ((string path, ReadOnlyMemory<byte> file) in files)
        {
            foreach ((string digest, TensorValue value) in DataFiles.Read(file, path, tensors.Length, bytes).Tensors)
                index[digest] = (path, value);
        }
        return index.ToImmutable();
    }
}
