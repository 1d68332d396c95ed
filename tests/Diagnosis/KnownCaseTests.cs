using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Diagnosis;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Diagnosis;

/// <summary>Cases whose answer is known, on the real MobileNet V1 and a real picture.</summary>
public sealed class KnownCaseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [SkippableTheory]
    [InlineData("dump")]
    [InlineData("tflite")]
    public async Task XNNPACK_s_own_tensors_are_a_legitimate_alternative_by_name_and_in_no_layer_a_mistake(string kind)
    {
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(SharedFiles.Model("mobilenet_v1_1.0_224_quant.tflite"));
        ModelInput input = InputReader.Read(graph, [SharedFiles.Path("images", "dog.ppm")])[0];
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        await using ICandidate candidate = kind == "tflite" ? new TfliteCandidate(oracle, Flavour.Xnn, bytes) : await DumpAsync(graph, bytes, input, oracle);

        VerificationReport report = await Verification.RunAsync(new(graph, bytes, [input], [Flavour.Ref], oracle, candidate), new Progress<string>(), CancellationToken.None);

        RunReport run = Assert.Single(report.Runs);
        LayerComparison[] diverging = [.. run.Layers.Where(layer => layer.Verdict == LayerVerdict.Diverges)];
        Assert.NotEmpty(diverging);
        Cause convolutions = run.Diagnosis[0];
        Assert.True(convolutions.IsLegitimate);
        Assert.True(convolutions.IsConfirmed);
        Assert.Equal("litert-2.3.0/xnn+delegate", convolutions.Hypothesis.Id);
        Assert.Contains("xnnpack", convolutions.Members.Select(member => member.Hypothesis.Id));
        Assert.DoesNotContain("single-rounding", convolutions.Members.Select(member => member.Hypothesis.Id));
        Assert.True(convolutions.Margin > 0);
        Assert.All(run.Diagnosis, cause => Assert.True(cause.IsLegitimate, cause.Hypothesis.Id));
        Assert.All(diverging, layer => Assert.True(layer.Causes is [{ IsLegitimate: true, Score.IsExact: true }, ..], $"operator {layer.Layer}: {layer.Causes.FirstOrDefault()?.Hypothesis.Id}"));
    }

    [SkippableTheory]
    [InlineData("shift", "truncated-then-shifted")]
    [InlineData("float", "float-truncated")]
    [InlineData("asked", "float-high-multiply")]
    public async Task The_forms_of_the_question_are_confirmed_over_the_whole_network(string example, string slug)
    {
        Requirement.OpenCl();
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(SharedFiles.Model("mobilenet_v1_0.25_128_quant.tflite"));
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        await using OpenClPipelineCandidate candidate = new(Path.Combine(AppContext.BaseDirectory, "examples", "issue-188", example));

        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, [InputReader.FromSeed(graph, 0)], [Flavour.Ref], oracle, candidate), new Progress<string>(), CancellationToken.None);

        RunReport run = Assert.Single(report.Runs);
        Cause cause = Assert.Single(run.Diagnosis);
        Assert.True(cause is { IsConfirmed: true, IsLegitimate: false }, cause.Hypothesis.Id);
        Assert.Contains(slug, cause.Members.Select(member => member.Hypothesis.Mistakes[0].Slug));
        Assert.Equal(string.Join(" ", run.Frontier!.Value), string.Join(" ", cause.Operators));
    }

    private async Task<ICandidate> DumpAsync(Graph graph, ReadOnlyMemory<byte> model, ModelInput input, WorkerOracle oracle)
    {
        Capture xnnpack = Assert.Single(await oracle.CaptureAsync([new(graph, Tapping.Tap(model, graph), input, Flavour.Xnn)])).Capture!;
        SafeTensors.Write(folder.File("xnn.safetensors"), xnnpack.Tensors);
        return DumpCandidate.Read(folder.File("xnn.safetensors"), graph);
    }

    public void Dispose() => folder.Dispose();
}
