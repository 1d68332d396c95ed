using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Comparison;
using OffByN.Harness.Goldens;
using OffByN.Model;

namespace OffByN.Bench;

/// <summary>
/// Compares two mapped snapshots of 1 GB: on one thread tensor by tensor, the golden's digests verified as always and without that; and as
/// <c>golden diff</c> does, which verifies both sides, on all cores. Prints GB of the golden a second and the process's anonymous memory.
/// </summary>
internal static class SnapshotBenchmark
{
    private const int Tensors = 64;
    private const int TensorBytes = 1 << 24;

    public static int Run()
    {
        using TemporaryDirectory folder = new();
        // In a process of its own: what making them took is not part of the memory that comparing takes.
        using Process maker = Process.Start(new ProcessStartInfo("dotnet") { ArgumentList = { typeof(SnapshotBenchmark).Assembly.Location, "snapshot", "make", folder.Path } })!;
        maker.WaitForExit();
        OpenSnapshot golden = SnapshotFolder.Open(folder.File("golden")), other = SnapshotFolder.Open(folder.File("other"));
        TensorSet expected = BytesOf(golden), actual = BytesOf(other);
        foreach (string pass in (string[])["first", "again"])
        {
            Report($"{pass}, verified and compared, one thread", () => Compare(golden, other, golden.Data.Get, tensor => actual.Tensors[tensor.Sha256]));
            Report($"{pass}, compared alone, one thread", () => Compare(golden, other, tensor => expected.Tensors[tensor.Sha256], tensor => actual.Tensors[tensor.Sha256]));
            Report($"{pass}, golden diff, {Environment.ProcessorCount} cores", () => SnapshotDiff.Of(golden, other, default).Changed);
        }
        return 0;
    }

    public static int Make(string folder)
    {
        Write(Path.Combine(folder, "golden"), differs: false);
        Write(Path.Combine(folder, "other"), differs: true);
        return 0;
    }

    private static TensorSet BytesOf(OpenSnapshot snapshot) => SafeTensors.Read(Path.Combine(snapshot.Folder, snapshot.Snapshot.Data[0]));

    private static int Compare(OpenSnapshot golden, OpenSnapshot other, Func<SnapshotTensor, TensorValue?> expected, Func<SnapshotTensor, TensorValue?> actual) =>
        golden.Snapshot.Entries[0].Tensors.Zip(other.Snapshot.Entries[0].Tensors).Count(pair =>
            TensorComparer.Compare(expected(pair.First)!, actual(pair.Second)!, pair.First.Quantization, FloatBound.Exact) is Metrics { Differing: > 0 });

    private static void Report(string what, Func<int> compare)
    {
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        int differing = compare();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, processor = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
        const double Gigabytes = (double)Tensors * TensorBytes / 1e9;
        string anonymous = File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon", StringComparison.Ordinal)).Split(':')[1].Trim();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {Gigabytes / seconds:f2} GB/s, {Gigabytes / processor:f2} GB a second of processor time, {differing} of {Tensors} tensors differ, RssAnon {anonymous}"));
    }

    /// <summary>One entry of random codes; in the other snapshot every third is off by one.</summary>
    private static void Write(string folder, bool differs)
    {
        Random random = new(1);
        Dictionary<string, TensorValue> values = [];
        ImmutableArray<SnapshotTensor>.Builder tensors = ImmutableArray.CreateBuilder<SnapshotTensor>();
        for (int index = 0; index < Tensors; index++)
        {
            byte[] data = new byte[TensorBytes];
            random.NextBytes(data);
            for (int i = 0; differs && i < data.Length; i += 3)
                data[i] ^= 1;
            string key = index.ToString(CultureInfo.InvariantCulture);
            values[key] = new(TensorType.UInt8, [1, 4096, 4096], data);
            tensors.Add(new(key, $"layer {key}", TensorType.UInt8, [1, 4096, 4096], Convert.ToHexStringLower(SHA256.HashData(data))) { Quantization = new([0.1f], [3], 0) });
        }
        SnapshotEntry entry = new()
        {
            Flavour = "ref",
            InputName = "none",
            Identity = ImmutableSortedDictionary<string, string>.Empty,
            Record = ImmutableSortedDictionary<string, string>.Empty,
            Delegated = [],
            Unread = ImmutableSortedDictionary<string, string>.Empty,
            Inputs = [],
            Tensors = tensors.ToImmutable(),
        };
        SnapshotFolder.Write(folder, new("none", "none", [(entry, new TensorSet(values))]), SnapshotContent.Tensors, replace: false, DateTimeOffset.UtcNow);
    }
}
