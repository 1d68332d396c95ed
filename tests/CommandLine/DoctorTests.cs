using System.Diagnostics;
using OffByN.Harness.CommandLine;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.CommandLine;

public sealed class DoctorTests
{
    [SkippableFact]
    public async Task Oracle_list_shows_both_kinds_of_real_TFLite_with_their_flavours()
    {
        _ = Requirement.LiteRt();
        _ = Requirement.Native();
        using TestConsole console = new TestConsole().Width(400);
        Assert.Equal(0, await Application.RunAsync(["oracle", "list"], console, TextWriter.Null, CancellationToken.None));
        Assert.Contains(console.Lines, line => line.StartsWith("ok       oracle litert@2.3.0: litert 2.3.0, flavours ref opt xnn, in CPython", StringComparison.Ordinal));
        Assert.Contains(console.Lines, line => line.StartsWith("ok       oracle native", StringComparison.Ordinal) && line.Contains("flavours opt xnn, without Python", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Where_everything_is_here_the_main_job_can_run()
    {
        _ = Requirement.Native();
        Requirement.OpenCl();
        using TestConsole console = new TestConsole().Width(400);
        Assert.Equal(0, await Application.RunAsync(["doctor"], console, TextWriter.Null, CancellationToken.None));
        Assert.Contains(console.Lines, line => line.StartsWith("ok       OpenCL device 0:", StringComparison.Ordinal));
        Assert.Contains("The main job can run", console.Output, StringComparison.Ordinal);
        Assert.Equal(
            console.Lines.Any(line => line.StartsWith("ok       oracle litert@2.3.0", StringComparison.Ordinal)),
            console.Lines.Contains("ok       tensors of litert@2.3.0: tapped ones and those of its own preserve_all_tensors are the same"));
    }

    [Fact]
    public async Task Where_something_is_missing_the_main_job_cannot_run_and_every_line_says_what_to_do()
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "offbyn.dll"), "doctor"]) { RedirectStandardOutput = true };
        start.Environment["OFFBYN_TFLITE_C"] = "/no/such/library.so";
        start.Environment["OCL_ICD_VENDORS"] = "/no/such/folder";
        using Process doctor = Process.Start(start)!;
        string[] lines = (await doctor.StandardOutput.ReadToEndAsync()).Split('\n');
        await doctor.WaitForExitAsync();
        Assert.Equal(3, doctor.ExitCode);
        Assert.Contains(lines, line => line.StartsWith("missing  oracle native: /no/such/library.so cannot be read", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("missing  OpenCL", StringComparison.Ordinal));
        string text = string.Join(' ', lines);
        Assert.Contains("Correct OFFBYN_TFLITE_C", text, StringComparison.Ordinal);
        Assert.Contains("apt-get install pocl-opencl-icd", text, StringComparison.Ordinal);
    }
}
