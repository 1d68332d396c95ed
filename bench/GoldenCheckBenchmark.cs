using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Goldens;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Bench;

/// <summary>
/// <c>golden check</c> of a snapshot, less the start of the process and the capture: reading model and snapshot, verifying what it keeps, and comparing. Timed
/// twice in a fresh process. The code that reads model and snapshot is compiled before the first time already, since the capture that stands in for the oracle's
/// is made with it; the command pays for that too.
/// </summary>
internal static class GoldenCheckBenchmark
{
    public static int Run(string model)
    {
        using TemporaryDirectory folder = new();
        OpenSnapshot snapshot = OffByNProgram.Capture(model, folder.Path);
        Console.WriteLine($"{snapshot.Snapshot.AllTensors.Sum(tensor => tensor.Bytes)} bytes in {snapshot.Snapshot.AllTensors.Count()} tensors");
        using Process fresh = Process.Start(new ProcessStartInfo("dotnet") { ArgumentList = { typeof(GoldenCheckBenchmark).Assembly.Location, "golden-check", model, folder.Path } })!;
        fresh.WaitForExit();
        return fresh.ExitCode;
    }

    public static int RunFresh(string model, string folder)
    {
        // What the oracle would give: the snapshot's own tensors, in memory.
        OpenSnapshot source = SnapshotFolder.Open(folder);
        Graph graph = TfliteReader.Read(model);
        GoldenOracle golden = new(source);
        Canned canned = new(golden.CaptureAsync([new(graph, ReadOnlyMemory<byte>.Empty, golden.Inputs(graph)[0], golden.Flavours[0])]).Result);
        for (int run = 0; run < 2; run++)
        {
            long start = Stopwatch.GetTimestamp();
            (Graph read, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(model);
            SnapshotComparison comparison = SnapshotCheck.RunAsync(SnapshotFolder.Open(folder), read, Tapping.Tap(bytes, read), canned, default).Result;
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (comparison.Changed > 0 || comparison.IsIncomplete)
                throw new InvalidOperationException("the snapshot does not equal itself");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(run == 0 ? "first" : "again")}: {milliseconds:f1} ms, {comparison.Equal} tensors equal"));
        }
        return 0;
    }

    private sealed class Canned(ImmutableArray<CaptureOutcome> outcomes) : IOracle
    {
        public string Name => "canned";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default) => Task.FromResult(outcomes);
    }
}
