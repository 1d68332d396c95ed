using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace OffByN.Tests.Stress;

public sealed class StressInterruptTests
{
    [SkippableFact]
    public async Task An_interrupted_stress_writes_a_whole_report_of_what_it_did_and_leaves_no_process()
    {
        Requirement.LiteRt();
        using TemporaryFolder folder = new();
        string json = folder.File("report.json");
        using Process stress = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "offbyn.dll"), "stress", "RELU", "--oracle", "litert", "--candidate", "none", "--time", "600", "--json", json },
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Task<string> output = stress.StandardOutput.ReadToEndAsync();
        Task<string> errors = stress.StandardError.ReadToEndAsync();
        // Every step has a worker of its own: with the second the first step is done.
        HashSet<int> workers = [];
        for (Stopwatch clock = Stopwatch.StartNew(); workers.Count < 2 && clock.Elapsed < TimeSpan.FromMinutes(2); await Task.Delay(20))
            workers.UnionWith(ChildrenOf(stress.Id));

        using (Process kill = Process.Start("kill", ["-INT", stress.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await stress.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.True(stress.ExitCode == 130, $"exit code {stress.ExitCode}: {await errors}");
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllBytesAsync(json));
        Assert.True(report.RootElement.GetProperty("interrupted").GetBoolean());
        Assert.Equal(130, report.RootElement.GetProperty("exitCode").GetInt32());
        Assert.True(report.RootElement.GetProperty("cases").GetInt32() > 0);
        Assert.Contains("interrupted", await output, StringComparison.Ordinal);
        Assert.Equal([json], Directory.GetFiles(folder.Path));
        Assert.DoesNotContain(workers, worker => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{worker}")));
    }

    private static int[] ChildrenOf(int process) =>
    [
        .. from folder in Directory.GetDirectories("/proc")
           where int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)
           let parent = ParentOf(folder)
           where parent == process
           select int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture),
    ];

    /// <summary>-1 where the process is gone.</summary>
    private static int ParentOf(string folder)
    {
        try
        {
            string status = File.ReadAllText(Path.Combine(folder, "stat"));
            return int.Parse(status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }
}
