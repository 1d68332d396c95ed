using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

public sealed class LiteRtOracleTests
{
    [SkippableTheory]
    [InlineData(Flavour.Ref, 0)]
    [InlineData(Flavour.Opt, 0)]
    [InlineData(Flavour.Xnn, 29)]
    public async Task MobileNet_on_a_picture_of_a_dog_gives_all_31_tensors(Flavour flavour, int delegated)
    {
        CaptureRequest request = Requests.Of("mobilenet_v1_1.0_224_quant.tflite", flavour, "dog.ppm");
        Capture capture = Assert.Single(await CaptureAsync(request)).Capture!;
        Assert.Empty(capture.Unread);
        Assert.Equal(31, capture.Identity.Tensors.Length);
        Assert.Equal(delegated, capture.Delegated.Count);
        Assert.Equal(5_046_715, capture.Identity.Tensors.Sum(t => capture.Tensors.Tensors[TensorSet.KeyOf(t)].Data.Length));
        foreach (TensorIndex tensor in capture.Identity.Tensors)
            Assert.Equal(request.Graph[tensor].Shape, capture.Tensors.Tensors[TensorSet.KeyOf(tensor)].Shape);
        Assert.Equal(request.Input.Tensors.Tensors.Values.Single().Data, capture.Tensors.Tensors["input_88"].Data);
        TensorValue scores = capture.Tensors.Tensors[TensorSet.KeyOf(request.Graph.Outputs[0])];
        // Classes 152 to 269 of the labels are dogs.
        Assert.InRange(scores.Data.Span.IndexOf(scores.Data.ToArray().Max()), 152, 269);
    }

    [SkippableFact]
    public async Task A_capture_says_what_it_is_of()
    {
        CaptureRequest request = Requests.Of("mobilenet_v1_1.0_224_quant.tflite", Flavour.Opt, "dog.ppm");
        Capture capture = Assert.Single(await CaptureAsync(request)).Capture!;
        Assert.Equal(("litert", "2.3.0", Flavour.Opt), (capture.Identity.Runtime, capture.Identity.Version, capture.Identity.Flavour));
        Assert.Equal(request.Graph.Sha256, capture.Identity.ModelSha256);
        Assert.Equal(
            request.Input.Sha256, capture.Identity.InputSha256);
        Assert.Equal(64, capture.Identity.LibrarySha256.Length);
        Assert.StartsWith("CPython 3.", capture.Record.Host, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_environment_that_is_not_one_cannot_start_and_says_why()
    {
        _ = Requirement.LiteRt();
        WorkerOracle oracle = new(PythonRuntime.At("/no/such/environment"), WorkerLimits.Default);
        CaptureOutcome outcome = Assert.Single(await oracle.CaptureAsync([Requests.Of("unit_add_int8.tflite", Flavour.Ref)]));
        Assert.Equal(NotCapturedKind.CannotStart, outcome.Failure!.Kind);
        Assert.Contains("/no/such/environment/offbyn.json", outcome.Failure!.Reason, StringComparison.Ordinal);
    }

    private static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(CaptureRequest request) =>
        new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default).CaptureAsync([request]);
}
