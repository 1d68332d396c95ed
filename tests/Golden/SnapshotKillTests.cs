using System.Diagnostics;
using System.Globalization;
using OffByN.Golden.Snapshots;
using OffByN.TestWorker;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class SnapshotKillTests
{
    private const int Kills = 12;
    private const int Bytes = 1 << 18;

    /// <summary>A writer is killed at moments spread over its work, each time over what the last one left.</summary>
    [Fact]
    public void A_writer_killed_at_any_moment_leaves_a_whole_generation()
    {
        using TemporaryFolder temporary = new();
        string folder = temporary.File("golden");
        SnapshotFolder.Write(folder, SampleSnapshots.Draft(0, Bytes), SnapshotContent.Tensors, replace: false, default);
        HashSet<string> seen = [];
        for (int kill = 0; kill < Kills; kill++)
        {
            int generations = SnapshotFolder.Open(folder).Snapshot.History.Length;
            using (Process writer = Start(folder))
            {
                // Not before it has begun: its start takes longer than its work.
                for (Stopwatch patience = Stopwatch.StartNew(); SnapshotFolder.Open(folder).Snapshot.History.Length == generations && patience.Elapsed.TotalSeconds < 60;)
                    Thread.Sleep(1);
                Thread.Sleep(kill * 3);
                writer.Kill();
                writer.WaitForExit();
            }
            OpenSnapshot golden = SnapshotFolder.Open(folder);
            golden.Data.Verify(golden.Snapshot);
            Assert.True(golden.Snapshot.History.Length > generations, "the writer did not get to write");
            seen.Add(golden.Snapshot.Sha256);
        }
        Assert.Equal(Kills, seen.Count);
    }

    private static Process Start(string folder) => Process.Start(new ProcessStartInfo("dotnet")
    {
        ArgumentList = { typeof(SampleSnapshots).Assembly.Location, "snapshots", folder, Bytes.ToString(CultureInfo.InvariantCulture) },
        UseShellExecute = false,
    })!;
}
