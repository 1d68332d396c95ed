using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.EndToEnd;

/// <summary>Whole verifications of real models against real TFLite.</summary>
public sealed class RealModelTests
{
    private const string MobileNet = "mobilenet_v1_1.0_224_quant.tflite";

    private static readonly ImmutableArray<Flavour> All = [Flavour.Ref, Flavour.Opt, Flavour.Xnn];

    [SkippableFact]
    public async Task The_reference_equals_every_flavour_of_LiteRT_on_MobileNet_V1() => AssertEqual(
        await VerifyAsync(MobileNet, "tiger.ppm", All, new ReferenceCandidate()), 5_046_715);

    [SkippableFact]
    public async Task The_OpenCL_pipeline_equals_every_flavour_of_LiteRT_on_MobileNet_V1()
    {
        Requirement.OpenCl();

        AssertEqual(await VerifyAsync(MobileNet, "tiger.ppm", All, new OpenClPipelineCandidate()), 5_046_715);
    }

    [SkippableTheory]
    [InlineData("mlperf_tiny_vww_96_int8.tflite", 232_068)]
    [InlineData("mlperf_tiny_kws_ref_model.tflite", 72_152)]
    [InlineData("person_detect_uint8_coralmicro.tflite", 231_811)]
    public async Task Reference_and_OpenCL_equal_every_flavour_on_smaller_networks(string model, long elements)
    {
        Requirement.OpenCl();

        AssertEqual(await VerifyAsync(model, null, All, new ReferenceCandidate()), elements);
        AssertEqual(await VerifyAsync(model, null, All, new OpenClPipelineCandidate()), elements);
    }

    [SkippableFact]
    public async Task A_capture_of_another_flavour_given_as_a_dump_diverges_where_its_rounding_does()
    {
        (Graph graph, TensorSet xnn) = await CaptureAsync(Flavour.Xnn);
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "xnn.safetensors");
        SafeTensors.Write(path, xnn);

        VerificationReport report = await VerifyAsync(MobileNet, "dog.ppm", [Flavour.Ref], DumpCandidate.Read(path, graph));

        Assert.Equal(Verdict.Fail, report.Verdict);
        RunReport run = Assert.Single(report.Runs);
        Assert.Equal(0, run.Frontier!.Value[0].Value);
        Assert.All(run.Layers, layer => Assert.Equal("own-inputs", layer.Isolated!.Against));
        Assert.All(run.Layers, layer => Assert.True(layer.Isolated!.MaxAbs <= 1));
        LayerComparison pool = run.Layers.Single(layer => layer.Operator.Code == BuiltinOperator.AveragePool2D);
        Assert.Equal(LayerVerdict.Inherited, pool.Verdict);
        Assert.Equal([26], pool.InheritedFrom.Select(layer => layer.Value));
    }

    [SkippableFact]
    public async Task A_dump_made_with_another_input_is_not_compared_and_says_so_first()
    {
        (Graph graph, TensorSet tensors) = await CaptureAsync(Flavour.Ref);
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "dog.safetensors");
        SafeTensors.Write(path, tensors);

        VerificationReport report = await VerifyAsync(MobileNet, "tiger.ppm", [Flavour.Ref], DumpCandidate.Read(path, graph));

        Assert.Equal(3, report.ExitCode);
        Assert.Contains("tensor 88 (input) differs from the run's input", Assert.Single(report.Runs).Reason, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("tflm_keyword_scrambled_8bit_svdf.tflite", "")]
    [InlineData("tflm_person_detect.tflite", "quantized_dimension must be in range")]
    public async Task A_model_that_the_runtime_crashes_on_or_refuses_is_not_compared(string model, string words)
    {
        VerificationReport report = await VerifyAsync(model, null, [Flavour.Ref], new ReferenceCandidate());

        Assert.Equal(3, report.ExitCode);
        Assert.Contains(words, Assert.Single(report.Runs).Reason, StringComparison.Ordinal);
    }

    private static async Task<VerificationReport> VerifyAsync(string model, string? image, ImmutableArray<Flavour> flavours, ICandidate candidate)
    {
        string path = SharedFiles.Model(model);
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(path);
        IReadOnlyList<ModelInput> inputs = image is null ? [InputReader.FromSeed(graph, 0)] : InputReader.Read(graph, [SharedFiles.Path("images", image)]);
        await using (candidate)
            return await Verification.RunAsync(new(graph, bytes, inputs, flavours, oracle, candidate), NoProgress.Instance, CancellationToken.None);
    }

    private static async Task<(Graph Graph, TensorSet Tensors)> CaptureAsync(Flavour flavour)
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(SharedFiles.Model(MobileNet));
        ModelInput input = InputReader.Read(graph, [SharedFiles.Path("images", "dog.ppm")]).Single();
        CaptureOutcome outcome = Assert.Single(await oracle.CaptureAsync([new CaptureRequest(graph, Tapping.Tap(bytes, graph), input, flavour)]));
        return (graph, outcome.Capture!.Tensors);
    }

    private static void AssertEqual(VerificationReport report, long elements)
    {
        Assert.Equal(Verdict.Pass, report.Verdict);
        Assert.All(report.Runs, run =>
        {
            Assert.Equal(run.Coverage.Total, run.Coverage.Compared);
            Assert.Equal(elements, run.Layers.Sum(layer => layer.Isolated!.Elements));
            Assert.Equal(0, run.Layers.Sum(layer => layer.Isolated!.Differing + layer.Cumulative!.Differing));
            Assert.Empty(run.Frontier!.Value);
        });
    }
}
