using System.Collections.Immutable;
using System.Security.Cryptography;
using OffByN.Golden;
using OffByN.Golden.Snapshots;
using OffByN.Model;

namespace OffByN.TestWorker;

/// <summary>Captures of a model that never was: two flavours on one input that came from a file. Each generation differs from the others in every tensor that is not shared.</summary>
public static class SampleSnapshots
{
    public const int Tensors = 8;

    public static SnapshotDraft Draft(int generation, int bytes = 1 << 12) => new("model.tflite", "litert@2.3.0", [Entry("ref", generation, bytes), Entry("xnn", generation, bytes)]);

    /// <summary>As <see cref="Draft"/>, but with <paramref name="data"/> as tensor 1 of every entry.</summary>
    public static SnapshotDraft With(this SnapshotDraft draft, byte[] data) => draft with
    {
        Entries = [.. draft.Entries.Select(entry => (
            entry.Entry with { Tensors = [.. entry.Entry.Tensors.Select(tensor => tensor.Key == "1" ? Tensor("1", Value(data)) : tensor)] },
            new TensorSet(entry.Values.Tensors.SetItem("1", Value(data)))))],
    };

    /// <summary>Writes one generation after the other over the last, until it is killed.</summary>
    public static int WriteForever(string folder, int bytes)
    {
        for (int generation = 0; ; generation++)
            SnapshotFolder.Write(folder, Draft(generation, bytes), SnapshotContent.Tensors, replace: true, DateTimeOffset.UnixEpoch);
    }

    private static (SnapshotEntry Entry, TensorSet Values) Entry(string flavour, int generation, int bytes)
    {
        // The first half of the tensors is the same in both flavours, as it is where a delegate takes nothing.
        Dictionary<string, TensorValue> values = Enumerable.Range(0, Tensors).ToDictionary(
            i => $"{i}", i => Value(Bytes(1000 * generation + 10 * i + (i >= Tensors / 2 && flavour == "xnn" ? 1 : 0), bytes)));
        values["input_9"] = Value(Bytes(9, 16));
        SnapshotEntry entry = new()
        {
            Flavour = flavour,
            InputName = "dog.ppm",
            Identity = ImmutableSortedDictionary<string, string>.Empty.Add("flavour", flavour).Add("input.sha256", "9").Add("version", "2.3.0"),
            Record = ImmutableSortedDictionary<string, string>.Empty.Add("threads", "1"),
            Delegated = flavour == "xnn" ? [5, 6] : [],
            Unread = ImmutableSortedDictionary<string, string>.Empty.Add("77", "no bytes"),
            Inputs = [Tensor("input_9", values["input_9"])],
            Tensors = [.. Enumerable.Range(0, Tensors).Select(i => Tensor($"{i}", values[$"{i}"]))],
        };
        return (entry, new TensorSet(values));
    }

    private static byte[] Bytes(int seed, int count)
    {
        byte[] data = new byte[count];
        new Random(seed).NextBytes(data);
        return data;
    }

    private static TensorValue Value(byte[] data) => new(TensorType.UInt8, [1, data.Length], data);

    private static SnapshotTensor Tensor(string key, TensorValue value) => new(key, $"layer {key}", value.Type, value.Shape, Convert.ToHexStringLower(SHA256.HashData(value.Data.Span)))
    {
        Quantization = new([0.5f], [3], 0),
        Range = TensorRange.Of(value),
    };
}
