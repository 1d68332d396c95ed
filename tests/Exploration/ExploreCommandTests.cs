using OffByN.Golden.Inputs;
using OffByN.Harness.CommandLine;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Tests.Diagnosis;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Exploration;

/// <summary>A dump with a plain shift in every convolution, beside the snapshot of the repository: no runtime is needed.</summary>
public sealed class ExploreCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] verification;

    public ExploreCommandTests()
    {
        string model = folder.File("demo.tflite");
        File.WriteAllBytes(model, DemoModel.Write(new()));
        Graph graph = TfliteReader.Read(model);
        PlantedDump.Write(folder.File("mine.safetensors"), graph, InputReader.FromSeed(graph, 0), "plain-shift");
        verification = [model, "--oracle", $"golden:{Path.Combine(Repository.Root, "golden", "demo")}", "--flavour", "ref", "--candidate", $"dump:{folder.File("mine.safetensors")}"];
    }

    [Theory]
    [InlineData("frontier", "> operator 0 CONV_2D 1x64x64x16:")]
    [InlineData("layers", "DIVERGES")]
    [InlineData("layer", "by position:")]
    [InlineData("element", "high multiply")]
    public async Task Every_view_is_printed_without_a_terminal(string view, string expected)
    {
        (int code, string text) = await RunAsync("--print", view);
        Assert.Equal(0, code);
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guess_that_is_right_explains_every_element_and_shows_the_candidates_code()
    {
        (int code, string text) = await RunAsync("--print", "element", "--layer", "4", "--what-if", "plain-shift");
        Assert.Equal(0, code);
        Assert.Contains("(100.0 %), and makes 0 wrong that are right", text, StringComparison.Ordinal);
        Assert.DoesNotContain("does not give the candidate's code", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--what-if", "nothing of that name", "no hypothesis")]
    [InlineData("--element", "0,0,0,99", "expected 4 indices")]
    [InlineData("--element", "a", "whole numbers")]
    [InlineData("--layer", "99", "31 operators")]
    [InlineData("--print", "everything", "everything")]
    public async Task What_cannot_be_shown_is_a_user_error(string option, string value, string message)
    {
        string[] view = option == "--print" ? [] : ["--print", "element"];
        (int code, string text) = await RunAsync([.. view, option, value]);
        Assert.Equal(2, code);
        Assert.Contains(message, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guess_where_nothing_differs_is_a_user_error()
    {
        (int code, string text) = await RunAsync("--print", "layer", "--layer", "30", "--what-if", "half-even");
        Assert.Equal(2, code);
        Assert.Contains("does not differ by itself", text, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using TestConsole console = new TestConsole().Width(160);
        using StringWriter errors = new();
        int code = await Application.RunAsync(["explore", .. verification, .. arguments, "--quiet"], console, errors, CancellationToken.None);
        return (code, console.Output + errors);
    }
}
