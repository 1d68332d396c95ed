using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

/// <summary>What is true of every runtime of real TFLite, whether it is called from Python or through the C API.</summary>
public sealed class RuntimeTests
{
    [SkippableTheory]
    [InlineData("litert")]
    [InlineData("native")]
    public async Task A_model_that_corrupts_the_heap_fails_and_does_not_take_the_models_beside_it_down(string name)
    {
        WorkerOracle oracle = Oracle(name);
        CaptureRequest[] scrambled = [.. oracle.Flavours.Select(flavour => Requests.Of("tflm_keyword_scrambled_8bit_svdf.tflite", flavour))];
        ImmutableArray<CaptureOutcome> outcomes = await oracle.CaptureAsync(
            [Requests.Of("mlperf_tiny_kws_ref_model.tflite", Flavour.Opt), .. scrambled, Requests.Of("unit_add_uint8.tflite", Flavour.Opt)]);
        Assert.NotNull(outcomes[0].Capture);
        foreach (CaptureOutcome outcome in outcomes[1..^1])
        {
            Assert.Null(outcome.Capture);
            Assert.Contains(outcome.Failure!.Kind, new[] { NotCapturedKind.Crashed, NotCapturedKind.NotReproducible });
        }
        Assert.NotNull(outcomes[^1].Capture);
    }

    [SkippableTheory]
    [InlineData("litert")]
    [InlineData("native")]
    public async Task A_model_that_is_refused_is_refused_in_the_runtime_s_own_words_and_the_next_is_captured(string name)
    {
        ImmutableArray<CaptureOutcome> outcomes = await Oracle(name).CaptureAsync(
            [Requests.Of("tflm_person_detect.tflite", Flavour.Opt), Requests.Of("unit_add_int8.tflite", Flavour.Opt)]);
        Assert.Equal(NotCapturedKind.Refused, outcomes[0].Failure!.Kind);
        Assert.Contains("quantized_dimension must be in range", outcomes[0].Failure!.Reason, StringComparison.Ordinal);
        Assert.NotNull(outcomes[1].Capture);
    }

    [SkippableTheory]
    [InlineData("litert")]
    [InlineData("native")]
    public async Task States_are_reset_before_every_run_and_read_before_and_after_it(string name)
    {
        CaptureRequest request = Requests.Of("keras_lstm_mnist_ptq.tflite", Flavour.Opt);
        Capture capture = Assert.Single(await Oracle(name).CaptureAsync([request])).Capture!;
        ImmutableArray<TensorIndex> states = [.. request.Graph.Tensors.Where(tensor => tensor.IsVariable).Select(tensor => tensor.Index)];
        Assert.NotEmpty(states);
        Assert.Contains(states, state => capture.Tensors.Tensors[TensorSet.InitialStateKeyOf(state)] is { Type: TensorType.Int8 } initial
            && initial.Data.Span.IndexOfAnyExcept((byte)255) < 0);
        Assert.Contains(states, state => !capture.Tensors.Tensors[TensorSet.StateKeyOf(state)].Data.Span.SequenceEqual(
            capture.Tensors.Tensors[TensorSet.InitialStateKeyOf(state)].Data.Span));
    }

    [SkippableTheory]
    [InlineData("litert", "dimension 1 of tensor 88")]
    [InlineData("native", "the model takes uint8 1x224x224x3, found uint8 1x2x2x3")]
    public async Task An_input_of_the_wrong_size_is_refused(string name, string words)
    {
        CaptureRequest request = Requests.Of("mobilenet_v1_1.0_224_quant.tflite", Flavour.Opt);
        TensorSet wrong = new([new("input_88", new TensorValue(TensorType.UInt8, [1, 2, 2, 3], new byte[12]))]);
        CaptureOutcome outcome = Assert.Single(await Oracle(name).CaptureAsync([request with { Input = request.Input with { Tensors = wrong } }]));
        Assert.Equal(NotCapturedKind.Refused, outcome.Failure!.Kind);
        Assert.Contains(words, outcome.Failure.Reason, StringComparison.Ordinal);
    }

    private static WorkerOracle Oracle(string name) => new(name == "litert" ? Requirement.LiteRt() : Requirement.Native(), WorkerLimits.Default);
}
