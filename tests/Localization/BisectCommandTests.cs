using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Harness.CommandLine;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Tests.EndToEnd;
using OffByN.Workers;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Localization;

/// <summary><c>bisect</c> says what <c>verify</c> says, with fewer taps.</summary>
public sealed class BisectCommandTests : IDisposable
{
    private static readonly Graph Sums = BoundedModelTests.Model() with { Operators = BoundedModelTests.Model().Operators[..1], Outputs = [new(3)] };

    private readonly TemporaryFolder folder = new();

    /// <summary>The reference adds up in another order than TFLite's optimized kernels.</summary>
    [SkippableFact]
    public async Task What_is_within_its_bound_is_no_divergence()
    {
        (int code, string text) = await BisectAsync(Sums, "reference", "opt");
        Assert.StartsWith("EQUAL", text, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    /// <summary>The bound of these sums is about a fiftieth.</summary>
    [SkippableTheory]
    [InlineData(0.0001f, 0, "EQUAL")]
    [InlineData(0.1f, 1, "DIFFERS  first at operator 0 CONV_2D: [0,0,6,4]: ")]
    public async Task A_sum_of_a_dump_is_held_to_its_bound(float off, int expected, string begins)
    {
        Graph graph = TfliteReader.Read(Written(Sums));
        CaptureOutcome outcome = Assert.Single(await new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default).CaptureAsync(
            [new CaptureRequest(graph, ModelWriter.Write(Sums), InputReader.FromSeed(graph, 0), Flavour.Opt)]));
        TensorValue sums = outcome.Capture!.Tensors.Tensors["3"];
        byte[] data = sums.Data.ToArray();
        MemoryMarshal.Cast<byte, float>(data.AsSpan())[100] += off;
        SafeTensors.Write(folder.File("dump.safetensors"), new TensorSet([KeyValuePair.Create("3", sums with { Data = data })]));

        (int code, string text) = await BisectAsync(Sums, $"dump:{folder.File("dump.safetensors")}", "opt");

        Assert.StartsWith(begins, text, StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }

    /// <summary>A QUANTIZE makes codes of ulps, and would not show that the sums before it are off: it starts from the oracle's.</summary>
    [SkippableFact]
    public async Task Behind_a_bound_the_chain_goes_on_from_the_oracle_and_what_is_before_it_is_compared_too()
    {
        (int code, string text) = await BisectAsync(BoundedModelTests.Model(), "reference", "opt");
        Assert.StartsWith("EQUAL", text, StringComparison.Ordinal);
        Assert.Contains("(2 operators compared)", text, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    /// <summary>A delegate names those of its operators whose outputs are tapped, and no others.</summary>
    [SkippableFact]
    public async Task Operators_that_a_delegate_took_are_computed_as_it_does()
    {
        Requirement.LiteRt();
        (int code, string text) = await RunAsync("bisect", SharedFiles.Model("mlperf_tiny_kws_ref_model.tflite"), "--candidate", "reference", "--flavour", "xnn");
        Assert.StartsWith("EQUAL", text, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [SkippableFact]
    public async Task Shapes_and_operands_that_only_the_run_tells_are_told()
    {
        (int code, string text) = await BisectAsync(RunTimeShapeTests.Model(), "reference", "ref");
        Assert.StartsWith("EQUAL", text, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    /// <summary>LOCAL_RESPONSE_NORMALIZATION is not computed; the output before it is equal, and is not the model's.</summary>
    [SkippableFact]
    public async Task What_leaves_the_model_and_cannot_be_compared_is_never_equal()
    {
        (int code, string text) = await BisectAsync(new()
        {
            Path = "",
            Sha256 = "",
            Tensors = [Numbers(0, [1, 1, 1, 4]), Numbers(1, [1, 1, 1, 4]), Numbers(2, [1, 1, 1, 4])],
            Operators =
            [
                new() { Index = new(0), Code = BuiltinOperator.Relu, Inputs = [new(0)], Outputs = [new(1)] },
                new() { Index = new(1), Code = BuiltinOperator.LocalResponseNormalization, Inputs = [new(1)], Outputs = [new(2)] },
            ],
            Inputs = [new(0)],
            Outputs = [new(2)],
        }, "reference", "ref");
        Assert.StartsWith("NOT COMPARED  operator 1 LOCAL_RESPONSE_NORMALIZATION: ", text, StringComparison.Ordinal);
        Assert.Equal(3, code);

        static TensorInfo Numbers(int index, Shape shape) => new() { Index = new(index), Name = $"t{index}", Type = TensorType.Float32, Shape = shape };
    }

    public void Dispose() => folder.Dispose();

    private Task<(int Code, string Text)> BisectAsync(Graph model, string candidate, string flavour)
    {
        Requirement.LiteRt();
        return RunAsync("bisect", Written(model), "--candidate", candidate, "--flavour", flavour);
    }

    private string Written(Graph model)
    {
        string path = folder.File("model.tflite");
        File.WriteAllBytes(path, ModelWriter.Write(model));
        return path;
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using TestConsole console = new TestConsole().Width(200);
        using StringWriter errors = new();
        int code = await Application.RunAsync([.. arguments, "--quiet"], console, errors, CancellationToken.None);
        return (code, console.Output + errors);
    }
}
