using System.Diagnostics;
using System.Globalization;
using OffByN.Golden;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Demo;
using OffByN.Model;

namespace OffByN.Bench;

/// <summary>
/// Kills <c>golden capture --replace</c> with SIGKILL, again and again over what the last one left, at random moments after its first byte in the snapshot's
/// folder, and checks by digest that the snapshot is one of the two captures, whole. Two inputs take turns.
/// </summary>
internal static class GoldenKillBenchmark
{
    private const int MaxDelayMicroseconds = 60_000;

    public static int Run(int kills)
    {
        using TemporaryDirectory temporary = new();
        string model = temporary.File("demo.tflite"), folder = temporary.File("golden");
        AtomicFile.Write(model, DemoModel.Write(new()));
        string[][] known = [.. Enumerable.Range(0, 2).Select(seed => Known(model, temporary.File($"known-{seed}"), seed))];
        Known(model, folder, 1);
        Random random = new(188);
        int mixtures = 0, finished = 0, renamed = 0, remnants = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            string before = SnapshotFolder.Open(folder).Snapshot.Sha256;
            int current = Array.FindIndex(known, digests => digests.SequenceEqual(DigestsOf(folder)));
            using (Process capture = OffByNProgram.Start(Arguments(model, folder, 1 - current)))
            {
                AwaitFirstByte(folder, capture);
                for (long start = Stopwatch.GetTimestamp(), delay = random.Next(MaxDelayMicroseconds); Stopwatch.GetElapsedTime(start).TotalMicroseconds < delay;)
                    Thread.SpinWait(20);
                finished += capture.HasExited ? 1 : 0;
                capture.Kill(entireProcessTree: true);
                capture.WaitForExit();
            }
            remnants += Directory.EnumerateFiles(folder, ".*.tmp").Any() ? 1 : 0;
            try
            {
                OpenSnapshot golden = SnapshotFolder.Open(folder);
                golden.Data.Verify(golden.Snapshot);
                renamed += golden.Snapshot.Sha256 != before ? 1 : 0;
                mixtures += known.Any(digests => digests.SequenceEqual(DigestsOf(folder))) ? 0 : 1;
            }
            catch (UserErrorException error)
            {
                Console.WriteLine(error.Message);
                mixtures++;
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kills} kills: {mixtures} mixtures; {renamed} left the new generation, {kills - renamed} the old one; {remnants} left a half-written file, {finished} came after the end"));
        return mixtures == 0 ? 0 : 1;
    }

    private static string[] Known(string model, string folder, int seed)
    {
        (int code, string output, _) = OffByNProgram.Run(Arguments(model, folder, seed));
        return code == 0 ? DigestsOf(folder) : throw new UserErrorException($"golden capture ended with {code}: {output}");
    }

    private static string[] Arguments(string model, string folder, int seed) =>
        ["golden", "capture", model, "--seed", seed.ToString(CultureInfo.InvariantCulture), "--flavour", "all", "--out", folder, "--replace"];

    private static string[] DigestsOf(string folder) => [.. SnapshotFolder.Open(folder).Snapshot.AllTensors.Select(tensor => tensor.Sha256)];

    /// <summary>A probe of the folder, which ends as soon as it began, comes before the capture; what counts is a data file.</summary>
    private static void AwaitFirstByte(string folder, Process capture)
    {
        HashSet<string> before = [.. Directory.GetFiles(folder)];
        while (!capture.HasExited && !Directory.EnumerateFiles(folder).Any(path => !before.Contains(path) && path.Contains(".safetensors", StringComparison.Ordinal)))
            Thread.SpinWait(50);
    }
}
