using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

public sealed class NativeOracleTests
{
    private const string MobileNet = "mobilenet_v1_1.0_224_quant.tflite";

    [SkippableFact]
    public async Task The_library_that_setup_gets_is_the_one_whose_arithmetic_was_examined()
    {
        OracleRuntime runtime = Requirement.Native();
        Skip.IfNot(runtime.Name == "native@2.9.0", "OFFBYN_TFLITE_C names another library");
        OracleListing listed = Assert.Single(await OracleCatalogue.ListAsync(WorkerLimits.Default), oracle => oracle.Name == runtime.Name);
        Assert.Equal(("native", "2.9.0"), (listed.Runtime!.Runtime, listed.Runtime.Version));
    }

    [SkippableTheory]
    [InlineData("dog.ppm")]
    [InlineData("tiger.ppm")]
    [InlineData("car.ppm")]
    public async Task The_reference_equals_every_byte_of_MobileNet(string picture)
    {
        RunReport run = await VerifyAsync(MobileNet, Flavour.Opt, picture);
        Assert.Equal((Verdict.Pass, 31), (run.Verdict, run.Coverage.Compared));
        Assert.Equal(5_046_715, run.Layers.Sum(layer => layer.Isolated!.Elements));
    }

    [SkippableTheory]
    [InlineData("mlperf_tiny_kws_ref_model.tflite", 2)]
    [InlineData("mobilenet_v1_0.25_128_quant.tflite", 0)]
    public async Task With_xnn_the_reference_follows_the_delegate_where_it_took_something(string model, int delegated)
    {
        RunReport run = await VerifyAsync(model, Flavour.Xnn);
        Capture capture = Assert.Single(await CaptureAsync(Requests.Of(model, Flavour.Xnn))).Capture!;
        Assert.Equal(delegated == 0, capture.Delegated.IsEmpty);
        Assert.Equal(delegated == 0 ? "nothing delegated, equals opt" : null, run.Oracle.Note);
        Assert.Equal(Verdict.Pass, run.Verdict);
    }

    [SkippableTheory]
    [InlineData("unit_pc_depthwise_conv.tflite", 1)]
    [InlineData("mlperf_tiny_trainedRes_quant_fc_per_channel.tflite", 14)]
    [InlineData("tflm_retinaface.tflite", 8)]
    public async Task Where_it_differs_from_LiteRt_the_reference_follows_it(string model, int layer)
    {
        Capture litert = Assert.Single(await new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default).CaptureAsync([Requests.Of(model, Flavour.Opt)])).Capture!;
        Capture native = Assert.Single(await CaptureAsync(Requests.Of(model, Flavour.Opt))).Capture!;
        RunReport run = await VerifyAsync(model, Flavour.Opt);
        LayerComparison compared = run.Layers.Single(found => found.Layer.Value == layer);
        string key = TensorSet.KeyOf(compared.Tensor.Index);
        Assert.False(litert.Tensors.Tensors[key].Data.Span.SequenceEqual(native.Tensors.Tensors[key].Data.Span));
        Assert.Equal((0, true), (compared.Isolated!.Differing, compared.Isolated.Elements > 0));
    }

    [SkippableFact]
    public async Task It_has_no_reference_kernels_and_says_so()
    {
        CaptureOutcome outcome = Assert.Single(await CaptureAsync(Requests.Of("unit_add_int8.tflite", Flavour.Ref)));
        Assert.Equal(NotCapturedKind.Refused, outcome.Failure!.Kind);
        Assert.Contains("no flavour ref", outcome.Failure.Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_file_that_is_no_library_cannot_start_and_says_why()
    {
        OracleRuntime runtime = Requirement.Native();
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("lib.so"), "no library");
        WorkerProgram program = runtime.Program with { Environment = new Dictionary<string, string> { ["OFFBYN_TFLITE_C"] = folder.File("lib.so") } };
        CaptureOutcome outcome = Assert.Single(await new WorkerOracle(runtime with { Program = program }, WorkerLimits.Default)
            .CaptureAsync([Requests.Of("unit_add_int8.tflite", Flavour.Opt)]));
        Assert.Equal(NotCapturedKind.CannotStart, outcome.Failure!.Kind);
        Assert.Contains(folder.File("lib.so"), outcome.Failure.Reason, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(4, 600, "gave no answer to capture within 4 s")]
    [InlineData(60, 2, "used more than 2 s of processor time")]
    public async Task A_model_that_takes_for_ever_has_hung(int deadline, int processor, string reason)
    {
        WorkerLimits limits = WorkerLimits.Default with { Deadline = TimeSpan.FromSeconds(deadline), CpuPerRequest = TimeSpan.FromSeconds(processor) };
        byte[] model = ModelWriter.Write(EndlessPool());
        Graph graph = TfliteReader.Parse(model, "endless.tflite");
        CaptureOutcome outcome = Assert.Single(await new WorkerOracle(Requirement.Native(), limits)
            .CaptureAsync([new(graph, Tapping.Tap(model, graph), InputReader.FromSeed(graph, 0), Flavour.Opt)]));
        Assert.Equal(NotCapturedKind.Hung, outcome.Failure!.Kind);
        Assert.Contains(reason, outcome.Failure.Reason, StringComparison.Ordinal);
    }

    /// <summary>An average over 1023x1023 elements for each of 16 million.</summary>
    private static Graph EndlessPool()
    {
        TensorInfo tensor = new() { Index = new(0), Name = "input", Type = TensorType.UInt8, Shape = [1, 1024, 1024, 16], Quantization = new([1], [0], 0) };
        return new()
        {
            Path = "",
            Sha256 = "",
            Tensors = [tensor, tensor with { Index = new(1), Name = "output" }],
            Operators =
            [
                new()
                {
                    Index = new(0),
                    Code = BuiltinOperator.AveragePool2D,
                    Inputs = [new(0)],
                    Outputs = [new(1)],
                    Options = new Pool2DOptions(Padding.Same, 1, 1, 1023, 1023),
                },
            ],
            Inputs = [new(0)],
            Outputs = [new(1)],
        };
    }

    private static async Task<RunReport> VerifyAsync(string model, Flavour flavour, string? picture = null)
    {
        CaptureRequest request = Requests.Of(model, flavour, picture);
        await using ReferenceCandidate reference = new();
        VerificationReport report = await Verification.RunAsync(
            new(request.Graph, request.TappedModel, [request.Input], [flavour], new WorkerOracle(Requirement.Native(), WorkerLimits.Default), reference),
            new Progress<string>(), CancellationToken.None);
        return Assert.Single(report.Runs);
    }

    private static Task<ImmutableArray<CaptureOutcome>> CaptureAsync(CaptureRequest request) =>
        new WorkerOracle(Requirement.Native(), WorkerLimits.Default).CaptureAsync([request]);
}
