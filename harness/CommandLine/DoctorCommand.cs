using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Kernels;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>doctor</c>: everything that the main job needs of the machine, found by using it.</summary>
internal static class DoctorCommand
{
    private const int CannotRun = 3;

    private const string HowToGetOpenCl = "Run 'sudo apt-get install pocl-opencl-icd ocl-icd-libopencl1' (PoCL computes on the processor), or install your device's driver.";

    public static Command Create(IAnsiConsole console)
    {
        Command command = new("doctor", """
            Show what this machine has of what the program needs, and how to get what is missing.

            Exit codes: 0 the main job can run, 3 it cannot.
            """);
        command.SetAction(async (_, cancel) =>
        {
            Finding system = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? new("system", true, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors")
                : new("system", false, $"{RuntimeInformation.RuntimeIdentifier}: TFLite rounds differently there, so its results are not compared. Use Linux on x86-64.");
            Finding dotnet = new(".NET", true, $"{RuntimeInformation.FrameworkDescription}, {RuntimeEnvironment.GetRuntimeDirectory()}");
            Finding room = Room();
            ImmutableArray<Finding> oracles = [.. (await OracleCatalogue.ListAsync(WorkerLimits.Default, cancel).ConfigureAwait(false)).Select(Finding.Of)];
            ImmutableArray<Finding> preserving = await Preservation.FindingsAsync(cancel).ConfigureAwait(false);
            ImmutableArray<Finding> devices = await DevicesAsync(cancel).ConfigureAwait(false);
            foreach (Finding finding in (ImmutableArray<Finding>)[system, dotnet, room, .. oracles, .. preserving, .. devices])
                finding.Print(console);

            bool canRun = system.IsHere && room.IsHere && oracles.Any(oracle => oracle.IsHere) && devices.Any(device => device.IsHere);
            console.WriteLine(canRun
                ? "The main job can run: try 'offbyn demo'."
                : "The main job needs one oracle, one OpenCL device and the rest of the above.");
            return canRun ? 0 : CannotRun;
        });
        return command;
    }

    /// <summary>Asked in a worker, since a driver can end the process that loads it.</summary>
    private static async Task<ImmutableArray<Finding>> DevicesAsync(CancellationToken cancel)
    {
        OpenClCandidate pipeline = new(WorkerLimits.Default);
        await using (pipeline.ConfigureAwait(false))
        {
            Answer<ImmutableArray<DeviceFacts>> answer = await pipeline.DevicesAsync(cancel).ConfigureAwait(false);
            return answer.Failure is { } failure ? [new("OpenCL", false, $"{failure.Reason}. {HowToGetOpenCl}")]
                : answer.Value.IsEmpty ? [new("OpenCL", false, $"no device. {HowToGetOpenCl}")]
                : [.. answer.Value.Select(device => new Finding($"OpenCL device {device.Index}", true, device.ToString()))];
        }
    }

    /// <summary>Where workers keep the tensors of one capture.</summary>
    private static Finding Room()
    {
        long needed = WorkerLimits.Default.FileBytes;
        string place = TemporaryFolder.Place(needed);
        long free = new DriveInfo(place).AvailableFreeSpace;
        string found = string.Create(CultureInfo.InvariantCulture, $"{place} has {free / (double)(1 << 30):f1} GiB free");
        return free >= needed
            ? new("temporary files", true, found)
            : new("temporary files", false, string.Create(CultureInfo.InvariantCulture,
                $"{found}, one capture may take {needed / (double)(1 << 30):f0} GiB. Make room there, or let TMPDIR name a folder that has it."));
    }
}
