using System.Text.Json.Nodes;
using OffByN.Golden.Inputs;
using OffByN.Harness.CommandLine;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Tests.Diagnosis;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.CommandLine;

/// <summary>A report of <c>verify --json</c> in the place of model and options; the snapshot of the repository is the oracle.</summary>
public sealed class ReplayTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model, input, report;

    public ReplayTests() => (model, input, report) = (folder.File("demo.tflite"), folder.File("input.raw"), folder.File("report.json"));

    public async Task InitializeAsync()
    {
        File.WriteAllBytes(model, DemoModel.Write(new()));
        Graph graph = TfliteReader.Read(model);
        ModelInput seeded = InputReader.FromSeed(graph, 0);
        File.WriteAllBytes(input, Assert.Single(seeded.Tensors.Tensors).Value.Data.ToArray());
        PlantedDump.Write(folder.File("mine.safetensors"), graph, seeded, "plain-shift");
        (int code, _) = await RunAsync(
            "verify", model, "--input", input, "--oracle", $"golden:{Path.Combine(Repository.Root, "golden", "demo")}", "--flavour", "ref",
            "--candidate", $"dump:{folder.File("mine.safetensors")}", "--json", report);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_report_is_explained_as_the_command_that_made_it_would_be()
    {
        (int code, string text) = await RunAsync("explain", report, "--layer", "0");
        Assert.Equal(0, code);
        Assert.Contains("operator 0 CONV_2D", text, StringComparison.Ordinal);
        Assert.Contains("plain shift", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_bisected_and_explored_without_more_words()
    {
        (int code, string text) = await RunAsync("bisect", report);
        Assert.Equal(1, code);
        Assert.Contains("first at operator 0 CONV_2D", text, StringComparison.Ordinal);
        (code, text) = await RunAsync("explore", report, "--print", "frontier");
        Assert.Equal(0, code);
        Assert.Contains("> operator 0 CONV_2D", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_candidate_may_be_given_beside_it()
    {
        (int code, string text) = await RunAsync("explain", report, "--layer", "0", "--candidate", "reference");
        Assert.Equal(0, code);
        Assert.Contains("does not diverge", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_changed_since_is_refused_with_both_values()
    {
        string before = TfliteReader.Read(model).Sha256;
        File.WriteAllBytes(model, DemoModel.Write(new(Seed: 1)));
        (int code, string text) = await RunAsync("explain", report, "--layer", "0");
        Assert.Equal(3, code);
        Assert.Contains($"recorded {before}, found {TfliteReader.Read(model).Sha256}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_changed_since_is_refused_with_both_values()
    {
        byte[] pixels = File.ReadAllBytes(input);
        pixels[7] ^= 1;
        File.WriteAllBytes(input, pixels);
        (int code, string text) = await RunAsync("explain", report, "--layer", "0");
        Assert.Equal(3, code);
        Assert.Contains("the input input.raw changed since: recorded 9c31872b", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_golden_that_changed_since_is_refused_with_both_values()
    {
        Edit(json => json["command"]!["goldenSha256"] = new string('0', 64));
        (int code, string text) = await RunAsync("explain", report, "--layer", "0");
        Assert.Equal(3, code);
        Assert.Contains($"changed since: recorded {new string('0', 64)}, found", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--input", "other.raw")]
    [InlineData("--seed", "1")]
    public async Task Other_inputs_beside_a_report_are_a_user_error(string option, string value)
    {
        (int code, string text) = await RunAsync("explain", report, "--layer", "0", option, value);
        Assert.Equal(2, code);
        Assert.Contains("on its own inputs", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--candidate=command:touch MARK")]
    [InlineData("--candidate:command:touch MARK")]
    [InlineData("--candidate", "command:touch MARK")]
    public async Task A_program_that_a_report_names_is_not_run(params string[] words)
    {
        string mark = folder.File("mark");
        JsonNode?[] spelled = [.. words.Select(word => (JsonNode?)word.Replace("MARK", mark, StringComparison.Ordinal))];
        Edit(json => json["command"]!["arguments"] = new JsonArray([model, $"--input={input}", .. spelled]));
        (int code, string text) = await RunAsync("explain", report, "--layer", "0");
        Assert.Equal(2, code);
        Assert.Contains("is not run", text, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "/command", "null" },
        { "/command", "{}" },
        { "/command/arguments", "[]" },
        { "/command/arguments", "[1]" },
        { "/command/arguments", "[\"--json=x\"]" },
        { "/command/arguments", "[\"@/etc/passwd\"]" },
        { "/command/arguments", "[\"nowhere.tflite\"]" },
        { "/command/arguments", "[\"nowhere.tflite\", \"--json=x\"]" },
        { "/runs", "[]" },
        { "/runs", "{}" },
        { "/runs/0/oracle", "[]" },
        { "/schema", "\"offbyn/verify/2\"" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_report_is_a_user_error(string place, string value)
    {
        Edit(json =>
        {
            string[] steps = place[1..].Split('/');
            JsonNode parent = steps[..^1].Aggregate(json, (node, step) => (node is JsonArray array ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : node[step])!);
            parent[steps[^1]] = JsonNode.Parse(value);
        });
        (int code, string text) = await RunAsync("explain", report, "--layer", "0");
        Assert.Equal(2, code);
        Assert.Contains("offbyn: ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_is_no_report_is_a_user_error()
    {
        File.WriteAllText(report, "{\"schema\":");
        Assert.Equal(2, (await RunAsync("explain", report, "--layer", "0")).Code);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => folder.Dispose();

    private void Edit(Action<JsonNode> change)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(report))!;
        change(json);
        File.WriteAllText(report, json.ToJsonString());
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using TestConsole console = new TestConsole().Width(200);
        using StringWriter errors = new();
        int code = await Application.RunAsync([.. arguments, "--quiet"], console, errors, CancellationToken.None);
        return (code, console.Output + errors);
    }
}
