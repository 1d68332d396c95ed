using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

public sealed class PreservationCheckTests
{
    /// <summary>Two activations and their sum, which a runtime may write over the second.</summary>
    private static readonly Graph Graph = new()
    {
        Path = "residual.tflite",
        Sha256 = "",
        Tensors = [.. Enumerable.Range(0, 4).Select(index => new TensorInfo { Index = new(index), Name = $"t{index}", Type = TensorType.UInt8, Shape = [2] })],
        Operators = [Layer(0, BuiltinOperator.Relu, [0], 1), Layer(1, BuiltinOperator.Relu6, [1], 2), Layer(2, BuiltinOperator.Add, [1, 2], 3)],
        Inputs = [new(0)],
        Outputs = [new(3)],
    };

    private static readonly TensorSet True = Tensors([1, 2], [3, 4], [5, 6]);

    [Fact]
    public async Task A_runtime_that_returns_an_operators_output_for_its_input_is_caught_and_the_operator_named() =>
        Assert.Equal([new OverwrittenTensor(new(2), new(2))], (await CheckAsync(Flavour.Opt, Tensors([1, 2], [5, 6], [5, 6])))!.Value.ToArray());

    [Fact]
    public async Task A_tensor_that_differs_otherwise_is_told_without_a_culprit() =>
        Assert.Equal([new OverwrittenTensor(new(1), null)], (await CheckAsync(Flavour.Ref, Tensors([1, 9], [3, 4], [5, 6])))!.Value.ToArray());

    [Fact]
    public async Task A_runtime_that_keeps_its_tensors_is_not_accused() => Assert.Empty((await CheckAsync(Flavour.Opt, True))!.Value);

    [Fact]
    public async Task Nothing_is_said_of_a_runtime_that_refuses_or_of_a_flavour_that_delegates_otherwise_when_it_preserves()
    {
        Assert.Null(await CheckAsync(Flavour.Opt, null));
        Assert.Null(await CheckAsync(Flavour.Xnn, Tensors([1, 2], [5, 6], [5, 6])));
    }

    [SkippableFact]
    public async Task Tflite_runtime_2_14_0_overwrites_what_feeds_a_residual_addition_of_MobileNet_V2_and_LiteRT_does_not()
    {
        string path = SharedFiles.Path("models", "mobilenet_v2_1.0_224_quant.tflite");
        OracleRuntime litert = Requirement.LiteRt();
        Assert.Empty(await OfAsync(litert, path));
        OracleRuntime? old = OracleCatalogue.Named("tflite-runtime@2.14.0");
        Skip.If(old is null, "no environment .venv/tflite-runtime-2.14.0 is here");
        ImmutableArray<OverwrittenTensor> overwritten = await OfAsync(old!, path);
        Assert.Equal(10, overwritten.Length);
        Assert.All(overwritten, tensor => Assert.NotNull(tensor.By));
    }

    private static async Task<ImmutableArray<OverwrittenTensor>> OfAsync(OracleRuntime runtime, string path)
    {
        (Graph graph, ReadOnlyMemory<byte> model) = TfliteReader.ReadWithBytes(path);
        WorkerOracle oracle = new(runtime, WorkerLimits.Default);
        CaptureRequest request = new(graph, Tapping.Tap(model, graph), InputReader.FromSeed(graph, 0), Flavour.Opt);
        Capture capture = (await oracle.CaptureAsync([request]))[0].Capture!;
        return (await PreservationCheck.RunAsync(oracle, model, request, capture, default))!.Value;
    }

    private static Task<ImmutableArray<OverwrittenTensor>?> CheckAsync(Flavour flavour, TensorSet? preserved)
    {
        CaptureRequest request = new(Graph, new byte[] { 1 }, new("", "", TensorSet.Empty), flavour);
        return PreservationCheck.RunAsync(new StandIn(preserved), new byte[] { 2 }, request, Of(request, True), default);
    }

    private static Capture Of(CaptureRequest request, TensorSet tensors)
    {
        CaptureIdentity identity = new()
        {
            ModelSha256 = "", InputSha256 = "", Runtime = "stand-in", Version = "1", LibrarySha256 = "", Flavour = request.Flavour, Tensors = request.Taps,
        };
        return new(tensors, identity, new("", "", 1, "", default, "")) { Delegated = [], Unread = ImmutableSortedDictionary<string, string>.Empty };
    }

    private static TensorSet Tensors(params byte[][] values) =>
        new(values.Select((value, index) => KeyValuePair.Create(TensorSet.KeyOf(new(index + 1)), new TensorValue(TensorType.UInt8, [2], value))));

    private static Operator Layer(int index, BuiltinOperator code, int[] inputs, int output) =>
        new() { Index = new(index), Code = code, Inputs = [.. inputs.Select(input => new TensorIndex(input))], Outputs = [new(output)] };

    /// <summary>A runtime with the option: asked to preserve, it must be given the model that is not tapped.</summary>
    private sealed class StandIn(TensorSet? preserved) : IOracle
    {
        public string Name => "stand-in";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref, Flavour.Opt, Flavour.Xnn];

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
        {
            CaptureRequest request = Assert.Single(requests);
            Assert.True(request is { Preserves: true, TappedModel.Length: 1 } && request.TappedModel.Span[0] == 2);
            return Task.FromResult<ImmutableArray<CaptureOutcome>>(
                [preserved is null ? new(null, new(NotCapturedKind.Refused, "no such option", "")) : new(Of(request, preserved), null)]);
        }
    }
}
