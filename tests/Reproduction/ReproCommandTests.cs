using System.Diagnostics;
using OffByN.Golden.Inputs;
using OffByN.Harness.CommandLine;
using OffByN.Harness.Demo;
using OffByN.Harness.Reproduction;
using OffByN.Model;
using OffByN.Tests.Diagnosis;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Reproduction;

public sealed class ReproCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model, dump, destination;

    public ReproCommandTests()
    {
        (model, dump, destination) = (folder.File("demo.tflite"), folder.File("mine.safetensors"), folder.File("case"));
        File.WriteAllBytes(model, DemoModel.Write(new(Resolution: 32, Channels: 8, Classes: 10)));
        Graph graph = TfliteReader.Read(model);
        PlantedDump.Write(dump, graph, InputReader.FromSeed(graph, 0), "plain-shift");
    }

    public static TheoryData<string> Candidates => ["dump", "kernels"];

    [SkippableTheory]
    [MemberData(nameof(Candidates))]
    public async Task A_case_is_smaller_and_fails_again_with_the_lines_of_its_README_and_in_TFLite_alone(string kind)
    {
        Requirement.LiteRt();
        await MakeAsync(kind);
        Graph graph = TfliteReader.Read(Path.Combine(destination, ReproductionFolder.Model));
        // Of a dump only outputs can be left out.
        Assert.Equal(kind == "dump" ? "1x16x16x1" : "1x1x1x1", Assert.Single(graph.Operators.Select(op => graph[op.Outputs[0]].Shape!.ToString())));
        string[] lines = [.. File.ReadLines(Path.Combine(destination, ReproductionFolder.Readme)).Where(line => line.StartsWith("    ./offbyn ", StringComparison.Ordinal))];
        Assert.Equal(kind == "dump" ? 1 : 2, lines.Length);
        foreach (string line in lines)
            Assert.Equal(1, (await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..])).Code);
        if (kind == "kernels")
            Assert.Contains("(the only element differs by 1 code)", await File.ReadAllTextAsync(Path.Combine(destination, ReproductionFolder.Readme)), StringComparison.Ordinal);
        await ShowsInTfLiteAloneAsync();
    }

    [SkippableFact]
    public async Task Without_a_divergence_nothing_is_written_and_that_is_said()
    {
        Requirement.LiteRt();
        (int code, string text) = await RunAsync("repro", model, "--candidate", "reference", "--layer", "3", destination);
        Assert.Equal(0, code);
        Assert.Contains("operator 3 DEPTHWISE_CONV_2D does not diverge by itself (equal): there is nothing to write", text, StringComparison.Ordinal);
        (code, text) = await RunAsync("repro", model, "--candidate", "reference", destination);
        Assert.Equal(0, code);
        Assert.Contains("no operator that was compared by itself diverges", text, StringComparison.Ordinal);
        Assert.Equal(["demo.tflite", "mine.safetensors"], folder.Files);
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_a_user_error_and_stays_as_it_is()
    {
        (int code, string text) = await RunAsync("repro", model, folder.Path);
        Assert.Equal(2, code);
        Assert.Contains("new or empty", text, StringComparison.Ordinal);
        Assert.Equal(["demo.tflite", "mine.safetensors"], folder.Files);
    }

    [Fact]
    public async Task A_layer_that_the_model_lacks_leaves_nothing_behind()
    {
        Assert.Equal(2, (await RunAsync("repro", model, "--layer", "31", destination)).Code);
        Assert.Equal(["demo.tflite", "mine.safetensors"], folder.Files);
    }

    public void Dispose() => folder.Dispose();

    private async Task MakeAsync(string kind)
    {
        if (kind == "kernels")
            Requirement.OpenCl();
        string candidate = kind == "dump" ? $"dump:{dump}" : $"kernels:{Path.Combine(AppContext.BaseDirectory, "examples", "issue-188", "shift")}";
        (int code, string text) = await RunAsync("repro", model, "--candidate", candidate, "--layer", "1", destination);
        Assert.True(code == 1, text);
    }

    private async Task ShowsInTfLiteAloneAsync()
    {
        (int code, string text) = await ScriptAsync(destination);
        Assert.Contains("TFLite gives expected.npz", text, StringComparison.Ordinal);
        Assert.Contains("elements of actual.npz differ from TFLite\n  [0,", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(0, code);
        File.Copy(Path.Combine(destination, ReproductionFolder.Expected), Path.Combine(destination, ReproductionFolder.Actual), overwrite: true);
        Assert.Equal(1, (await ScriptAsync(destination)).Code);
    }

    /// <summary>What the script of a case says and returns, in a Python that has LiteRT; skips the running test where there is none.</summary>
    internal static async Task<(int Code, string Text)> ScriptAsync(string folder)
    {
        string python = Path.Combine(Repository.Root, ".venv", "litert-2.3.0", "bin", "python");
        Skip.IfNot(File.Exists(python), $"no Python with LiteRT in {python}");
        using Process process = Process.Start(new ProcessStartInfo(python, [Path.Combine(folder, ReproductionFolder.Script)]) { RedirectStandardOutput = true })!;
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text);
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using TestConsole console = new TestConsole().Width(200);
        using StringWriter errors = new();
        int code = await Application.RunAsync([.. arguments, "--quiet"], console, errors, CancellationToken.None);
        return (code, console.Output + errors);
    }
}
