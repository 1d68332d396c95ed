using System.Diagnostics;
using System.Text.Json;
using OffByN.Harness.Candidates;
using OffByN.Tests.Candidates;
using Xunit;

namespace OffByN.Tests.EndToEnd;

/// <summary>The real <c>./offbyn</c>, as a shell starts it: what the start script, the compiled program and its workers make of a command line together.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly string Program = Path.Combine(Repository.Root, "offbyn");

    private readonly TemporaryFolder folder = new();

    public ProgramTests()
    {
        using Process setUp = Process.Start(Path.Combine(Repository.Root, "build", "setup"), "--check");
        setUp.WaitForExit();
        Skip.If(setUp.ExitCode != 0, "set-up would have something to do first: run build/setup");
    }

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void A_right_candidate_passes_with_its_report_on_stdout_alone_and_in_the_file()
    {
        Requirement.Native();
        Requirement.OpenCl();
        (int code, string output, string errors) = Run("verify", TinyModel.File, "--oracle", "native", "--json", folder.File("report.json"));
        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith("PASS  4 of 4 operator outputs", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
        using JsonDocument report = JsonDocument.Parse(File.ReadAllBytes(folder.File("report.json")));
        Assert.Equal(("pass", 0), (report.RootElement.GetProperty("verdict").GetString(), report.RootElement.GetProperty("exitCode").GetInt32()));
        Assert.Equal(4, report.RootElement.GetProperty("runs")[0].GetProperty("coverage").GetProperty("compared").GetInt32());
        Assert.Equal(["report.json"], folder.Files);
    }

    [SkippableFact]
    public void A_command_that_truncates_fails_and_is_told_so()
    {
        Requirement.Native();
        Skip.If(Words.FindProgram("python3") is null, "python3 is not installed");
        (int code, string output, string errors) = Run(
            "verify", TinyModel.File, "--oracle", "native", "--candidate", $"command:python3 {Path.Combine(TinyModel.Folder, "accelerator.py")}");
        Assert.Equal((1, ""), (code, errors));
        Assert.StartsWith("FAIL  ", output, StringComparison.Ordinal);
        Assert.Contains("trunc", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_wrong_flag_is_2_and_said_on_stderr_alone()
    {
        (int code, string output, string errors) = Run("verify", TinyModel.File, "--jsom", folder.File("report.json"));
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("offbyn: Unrecognized command or argument '--jsom'.", errors, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [SkippableFact]
    public void Help_is_0_and_on_stdout_alone()
    {
        (int code, string output, string errors) = Run("--help");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("offbyn verify mobilenet.tflite --input dog.ppm", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_reader_that_leaves_early_does_no_harm()
    {
        (int code, string output, string errors) = Run("bash", ["-c", $"set -o pipefail; '{Program}' inspect '{TinyModel.File}' | head -1"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    [SkippableFact]
    public async Task Ctrl_C_is_130_and_leaves_neither_a_report_nor_the_command_that_ran()
    {
        Requirement.Native();
        string script = folder.File("hang.sh"), mark = folder.File("mark");
        await File.WriteAllTextAsync(script, $"echo $$ > '{mark}.new'; mv '{mark}.new' '{mark}'; exec sleep 60");
        // Whoever runs the tests may ignore the signal, and what they start would too.
        using Process offbyn = Start("env", [
            "--default-signal=INT", Program, "verify", TinyModel.File, "--oracle", "native", "--candidate", $"command:/bin/sh {script}", "--json", folder.File("report.json")]);
        Task<string> output = offbyn.StandardOutput.ReadToEndAsync(), errors = offbyn.StandardError.ReadToEndAsync();
        while (!File.Exists(mark) && !offbyn.HasExited)
            await Task.Delay(20);
        string command = (await File.ReadAllTextAsync(mark)).Trim();
        using (Process interrupt = Process.Start("kill", ["-INT", $"{offbyn.Id}"]))
            await interrupt.WaitForExitAsync();
        await offbyn.WaitForExitAsync();
        Assert.Equal((130, "", "offbyn: interrupted; nothing was written"), (offbyn.ExitCode, await output, (await errors).Trim()));
        Assert.Equal(["hang.sh", "mark"], folder.Files);
        Assert.True(HasEnded(command), "the command lived on");
    }

    /// <summary>Also true of one that nobody has buried yet: it has no words any more.</summary>
    private static bool HasEnded(string process) => SpinWait.SpinUntil(
        () => !File.Exists($"/proc/{process}/cmdline") || File.ReadAllText($"/proc/{process}/cmdline").Length == 0, TimeSpan.FromSeconds(2));

    private static (int Code, string Output, string Errors) Run(params string[] arguments) => Run(Program, arguments);

    private static (int Code, string Output, string Errors) Run(string program, string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private static Process Start(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        // The lines for a step of GitHub Actions are not what this is about.
        start.Environment.Remove("GITHUB_ACTIONS");
        return Process.Start(start)!;
    }
}
