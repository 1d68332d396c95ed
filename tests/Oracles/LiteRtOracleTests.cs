using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

public sealed class LiteRtOracleTests
{
    private const string MobileNet = "mobilenet_v1_1.0_224_quant.tflite";

    [SkippableTheory]
    [InlineData(Flavour.Ref, 0)]
    [InlineData(Flavour.Opt, 0)]
    [InlineData(Flavour.Xnn, 29)]
    public async Task MobileNet_on_a_picture_of_a_dog_gives_all_31_tensors(Flavour flavour, int delegated)
    {
        CaptureRequest request = Request(MobileNet, flavour);
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
        CaptureRequest request = Request(MobileNet, Flavour.Opt);
        Capture capture = Assert.Single(await CaptureAsync(request)).Capture!;
        Assert.Equal(("litert", "2.3.0", Flavour.Opt), (capture.Identity.Runtime, capture.Identity.Version, capture.Identity.Flavour));
        Assert.Equal(request.Graph.Sha256, capture.Identity.ModelSha256);
        Assert.Equal(
            request.Input.Sha256, capture.Identity.InputSha256);
        Assert.Equal(64, capture.Identity.LibrarySha256.Length);
        Assert.StartsWith("CPython 3.", capture.Record.Host, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_model_that_corrupts_the_heap_fails_and_does_not_take_the_models_beside_it_down()
    {
        ImmutableArray<CaptureOutcome> outcomes = await CaptureAsync(
            Request("mlperf_tiny_kws_ref_model.tflite", Flavour.Ref),
            Request("tflm_keyword_scrambled_8bit_svdf.tflite", Flavour.Ref),
            Request("tflm_keyword_scrambled_8bit_svdf.tflite", Flavour.Opt),
            Request("tflm_keyword_scrambled_8bit_svdf.tflite", Flavour.Xnn),
            Request("unit_add_uint8.tflite", Flavour.Ref));
        Assert.NotNull(outcomes[0].Capture);
        foreach (CaptureOutcome scrambled in outcomes[1..4])
        {
            Assert.Null(scrambled.Capture);
            Assert.Contains(scrambled.Failure!.Kind, new[] { NotCapturedKind.Crashed, NotCapturedKind.NotReproducible });
        }
        Assert.NotNull(outcomes[4].Capture);
    }

    [SkippableFact]
    public async Task A_model_that_the_runtime_refuses_is_refused_in_its_own_words_and_the_next_is_captured()
    {
        ImmutableArray<CaptureOutcome> outcomes = await CaptureAsync(
            Request("tflm_person_detect.tflite", Flavour.Ref), Request("unit_add_int8.tflite", Flavour.Ref));
        Assert.Equal(NotCapturedKind.Refused, outcomes[0].Failure!.Kind);
        Assert.Contains("quantized_dimension must be in range", outcomes[0].Failure!.Reason, StringComparison.Ordinal);
        Assert.NotNull(outcomes[1].Capture);
    }

    [SkippableFact]
    public async Task States_are_reset_before_every_run_and_read_before_and_after_it()
    {
        CaptureRequest request = Request("keras_lstm_mnist_ptq.tflite", Flavour.Ref);
        Capture capture = Assert.Single(await CaptureAsync(request)).Capture!;
        ImmutableArray<TensorIndex> states = [.. request.Graph.Tensors.Where(t => t.IsVariable).Select(t => t.Index)];
        Assert.NotEmpty(states);
        Assert.Contains(states, t => capture.Tensors.Tensors[Capture.InitialStateKeyOf(t)] is { Type: TensorType.Int8 } state && state.Data.Span.IndexOfAnyExcept((byte)255) < 0);
        Assert.Contains(states, t => !capture.Tensors.Tensors[Capture.StateKeyOf(t)].Data.Span.SequenceEqual(capture.Tensors.Tensors[Capture.InitialStateKeyOf(t)].Data.Span));
    }

    [SkippableFact]
    public async Task An_input_of_the_wrong_size_is_refused()
    {
        CaptureRequest request = Request(MobileNet, Flavour.Ref);
        TensorSet wrong = new([new("input_88", new TensorValue(TensorType.UInt8, [1, 2, 2, 3], new byte[12]))]);
        CaptureOutcome outcome = Assert.Single(await CaptureAsync(request with { Input = request.Input with { Tensors = wrong } }));
        Assert.Equal(NotCapturedKind.Refused, outcome.Failure!.Kind);
    }

    [SkippableFact]
    public async Task An_environment_that_is_not_one_cannot_start_and_says_why()
    {
        _ = Requirement.LiteRt();
        WorkerOracle oracle = new(PythonRuntime.At("/no/such/environment"), WorkerLimits.Default);
        CaptureOutcome outcome = Assert.Single(await oracle.CaptureAsync([Request("unit_add_int8.tflite", Flavour.Ref)]));
        Assert.Equal(NotCapturedKind.CannotStart, outcome.Failure!.Kind);
        Assert.Contains("/no/such/environment/offbyn.json", outcome.Failure!.Reason, StringComparison.Ordinal);
    }

    private static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(params CaptureRequest[] requests) =>
        new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default).CaptureAsync(requests);

    /// <summary>The dog for MobileNet; every byte 1 for the other models, which is a code, a small number or a bit of every type.</summary>
    private static CaptureRequest Request(string model, Flavour flavour)
    {
        string path = SharedFiles.Model(model);
        Graph graph = TfliteReader.Read(path);
        ModelInput input = model == MobileNet ? InputReader.Read(graph, [SharedFiles.Path("images", "dog.ppm")]).Single() : Ones(graph);
        return new CaptureRequest(graph, Tapping.Tap(File.ReadAllBytes(path), graph), input, flavour);
    }

    private static ModelInput Ones(Graph graph) => new("ones", "", new(graph.Inputs.Select(input =>
    {
        TensorInfo tensor = graph[input];
        byte[] data = new byte[tensor.Type.Bytes(tensor.Shape!.Elements)];
        Array.Fill(data, (byte)1);
        return KeyValuePair.Create(TensorSet.InputKeyOf(input), new TensorValue(tensor.Type, tensor.Shape!, data));
    })));
}
