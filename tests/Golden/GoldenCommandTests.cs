using System.Text.Json;
using OffByN.Golden.Snapshots;
using OffByN.Harness.CommandLine;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Golden;

/// <summary>The commands as a script calls them, with the snapshot of the repository and with LiteRT where it is here.</summary>
public sealed class GoldenCommandTests : IDisposable
{
    private static readonly string Demo = Path.Combine(Repository.Root, "golden", "demo");

    private readonly TemporaryFolder temporary = new();

    private readonly string model;

    public GoldenCommandTests() => File.WriteAllBytes(model = temporary.File("demo.tflite"), DemoModel.Write(new()));

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task Verify_against_a_golden_needs_no_runtime_and_names_it()
    {
        string json = temporary.File("report.json");
        (int code, string text) = await RunAsync("verify", model, "--oracle", $"golden:{Demo}", "--flavour", "xnn", "--candidate", "reference", "--json", json);
        Assert.Equal(0, code);
        Assert.StartsWith("PASS  31 of 31 operator outputs equal litert 2.3.0 xnn", text, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        Assert.Contains("captured 20", report.RootElement.GetProperty("runs")[0].GetProperty("oracle").GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_golden_with_several_flavours_asks_for_one()
    {
        (int code, string text) = await RunAsync("verify", model, "--oracle", $"golden:{Demo}", "--candidate", "reference");
        Assert.Equal(2, code);
        Assert.Contains("  ref, seed 0\n  opt, seed 0\n  xnn, seed 0", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_input_than_the_goldens_is_not_compared()
    {
        (int code, string text) = await RunAsync("verify", model, "--oracle", $"golden:{Demo}", "--flavour", "ref", "--candidate", "reference", "--seed", "1");
        Assert.Equal(3, code);
        Assert.Contains("input.sha256: golden 9c31872b", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_than_the_goldens_is_not_compared()
    {
        await File.WriteAllBytesAsync(model, DemoModel.Write(new(Seed: 1)));
        (int code, string text) = await RunAsync("verify", model, "--oracle", $"golden:{Demo}", "--flavour", "ref", "--candidate", "reference");
        Assert.Equal(3, code);
        Assert.Contains("model.sha256: golden ", text, StringComparison.Ordinal);
        (code, text) = await RunAsync("golden", "check", Demo, "--model", model);
        Assert.Equal(3, code);
        Assert.Contains("model.sha256: golden ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_shows_itself()
    {
        (int code, string text) = await RunAsync("golden", "show", Demo);
        Assert.Equal(0, code);
        Assert.Contains("identity runtime: litert", text, StringComparison.Ordinal);
        Assert.Contains("depthwise_13", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_is_equal_to_itself()
    {
        (int code, string text) = await RunAsync("golden", "diff", Demo, Demo);
        Assert.Equal(0, code);
        Assert.StartsWith("PASS  93 tensors equal", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("golden", "show", "NOWHERE")]
    [InlineData("golden", "check", "NOWHERE")]
    [InlineData("golden", "diff", "DEMO")]
    [InlineData("golden", "diff", "DEMO", "NOWHERE")]
    [InlineData("golden", "accept", "DEMO", "--reason", "why")]
    [InlineData("golden", "accept", "DEMO", "--reason", " ")]
    [InlineData("golden", "accept", "DEMO")]
    [InlineData("golden", "check", "DEMO", "--model", "NOWHERE")]
    [InlineData("golden", "check", "DEMO", "--model", "MODEL", "--oracle", "golden:DEMO")]
    [InlineData("golden", "capture", "MODEL", "--out", "NOWHERE", "--oracle", "golden:DEMO", "--flavour", "ref")]
    [InlineData("golden", "capture", "MODEL", "--out", "NOWHERE", "--digests-only", "--compress")]
    [InlineData("golden", "capture", "MODEL", "--out", "MODEL")]
    [InlineData("golden", "capture", "MODEL", "--out", "MODEL/below")]
    [InlineData("verify", "MODEL", "--oracle", "golden:NOWHERE")]
    [InlineData("verify", "MODEL", "--oracle", "golden:DEMO", "--flavour", "ref", "--candidate", "reference", "--policy", "NOWHERE")]
    [InlineData("verify", "MODEL", "--oracle", "golden:DEMO", "--flavour", "ref", "--candidate", "reference", "--baseline", "NOWHERE")]
    [InlineData("verify", "MODEL", "--oracle", "golden:DEMO", "--flavour", "ref", "--candidate", "reference", "--update")]
    [InlineData("verify", "MODEL", "--oracle", "golden:DEMO", "--flavour", "ref", "--candidate", "reference", "--labels", "MODEL")]
    public async Task What_cannot_be_used_ends_with_2_and_writes_nothing(params string[] arguments)
    {
        string nowhere = temporary.File("nowhere");
        byte[] manifest = await File.ReadAllBytesAsync(Path.Combine(Demo, SnapshotFolder.ManifestName));
        (int code, string text) = await RunAsync([.. arguments.Select(argument =>
            argument.Replace("NOWHERE", nowhere, StringComparison.Ordinal).Replace("DEMO", Demo, StringComparison.Ordinal).Replace("MODEL", model, StringComparison.Ordinal))]);
        Assert.True(code == 2, text);
        Assert.StartsWith("offbyn: ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.Equal(["demo.tflite"], temporary.Files);
        Assert.Equal(manifest, await File.ReadAllBytesAsync(Path.Combine(Demo, SnapshotFolder.ManifestName)));
    }

    [Fact]
    public async Task A_policy_and_a_baseline_take_their_part_in_the_verdict()
    {
        string dump = temporary.File("dump"), baseline = temporary.File("baseline.json"), policy = temporary.File("offbyn.yaml");
        Directory.CreateDirectory(dump);
        string[] verify = ["verify", model, "--oracle", $"golden:{Demo}", "--flavour", "ref", "--candidate", $"dump:{dump}"];
        await DumpAsync(dump, at: 100);
        Assert.Equal(1, (await RunAsync(verify)).Code);
        await File.WriteAllTextAsync(policy, "allow:\n  - {layer: softmax, maxOffBy: 1, reason: the table has 8 bits}\n");
        (int code, string text) = await RunAsync([.. verify, "--policy", policy]);
        Assert.True(code == 0, text);
        Assert.Contains("1 within the policy", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(policy, "allow:\n  - {layer: logits, maxOffBy: 1, reason: not needed}\n");
        (code, text) = await RunAsync([.. verify, "--policy", policy]);
        Assert.Equal(1, code);
        Assert.Contains("nothing needs it", text, StringComparison.Ordinal);

        (code, text) = await RunAsync([.. verify, "--baseline", baseline, "--update"]);
        Assert.True(code == 0, text);
        Assert.Equal(0, (await RunAsync([.. verify, "--baseline", baseline])).Code);
        byte[] written = await File.ReadAllBytesAsync(baseline);
        await DumpAsync(dump, at: 101);
        Assert.Equal(1, (await RunAsync([.. verify, "--baseline", baseline, "--update"])).Code);
        Assert.Equal(written, await File.ReadAllBytesAsync(baseline));
    }

    [SkippableFact]
    public async Task A_capture_is_checked_and_what_differs_waits_until_it_is_accepted()
    {
        _ = Requirement.LiteRt();
        string folder = temporary.File("golden");
        string[] capture = ["golden", "capture", model, "--out", folder, "--oracle", "litert@2.3.0"];
        Assert.Equal((0, $"{folder}: captured\n"), await RunAsync(capture));
        Assert.Equal(0, (await RunAsync("golden", "check", folder)).Code);
        Assert.Contains("nothing was written", (await RunAsync(capture)).Text, StringComparison.Ordinal);
        (int code, string text) = await RunAsync([.. capture, "--seed", "1"]);
        Assert.Equal(0, code);
        Assert.Contains("golden accept", text, StringComparison.Ordinal);
        (code, text) = await RunAsync("golden", "diff", folder);
        Assert.Equal(1, code);
        Assert.Contains("cosine", text, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("golden", "accept", folder, "--reason", "another input")).Code);
        Assert.Equal("another input", SnapshotFolder.Open(folder).Snapshot.History.Single().Reason);
        Assert.Equal(0, (await RunAsync("golden", "check", folder)).Code);
    }

    /// <summary>The right tensors, but for that many elements of the softmax, which are off by one.</summary>
    private async Task DumpAsync(string folder, int at)
    {
        OpenSnapshot golden = SnapshotFolder.Open(Demo);
        Graph graph = TfliteReader.Read(model);
        GoldenOracle oracle = new(golden);
        CaptureRequest request = new(graph, File.ReadAllBytes(model), oracle.Inputs(graph).Single(), Flavour.Ref);
        Capture capture = (await oracle.CaptureAsync([request])).Single().Capture!;
        foreach (TensorIndex tensor in Tapping.Tapped(graph))
        {
            byte[] data = capture.Tensors.Tensors[$"{tensor}"].Data.ToArray();
            if (tensor == graph.Outputs[0])
            {
                for (int i = 0; i < at; i++)
                    data[i] ^= 1;
            }
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{tensor}.bin"), data);
        }
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using TestConsole console = new();
        console.Profile.Width = 400;
        using StringWriter errors = new();
        int code = await Application.RunAsync([.. arguments], console, errors, default);
        return (code, errors + console.Output);
    }
}
