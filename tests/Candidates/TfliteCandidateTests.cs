using System.Collections.Immutable;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Tests.Golden;
using OffByN.Tests.Model;
using Xunit;

namespace OffByN.Tests.Candidates;

public sealed class TfliteCandidateTests
{
    private static readonly byte[] Model = ModelWriter.Write(SmallModels.Network());

    private static readonly Graph Graph = TfliteReader.Parse(Model, "network.tflite");

    /// <summary>Whatever kind of runtime it is: each knows how its captures are given back.</summary>
    [Fact]
    public async Task A_capture_is_given_back_to_its_runtime_when_the_last_run_that_faces_it_is_done()
    {
        Runtime runtime = new();
        await using TfliteCandidate candidate = new(runtime, Flavour.Ref, Model);
        ModelInput input = InputReader.FromSeed(Graph, 0);
        CandidateContext context = Verification.ContextOf(Graph, input, ReferenceCapture.Of(new(Graph, Model, input, Flavour.Ref)))!;
        ImmutableArray<CandidateTensors> tensors = await candidate.RunAsync([context, context], CancellationToken.None);
        candidate.Release(tensors[0]);
        Assert.Empty(runtime.Released);
        candidate.Release(tensors[1]);
        Assert.Same(Assert.Single(runtime.Captured), Assert.Single(runtime.Released));
        candidate.Release(tensors[1]);
        Assert.Single(runtime.Released);
    }

    [Fact]
    public async Task Where_nothing_was_captured_the_total_is_of_the_outputs_that_there_are()
    {
        Graph graph = Graph with { Operators = Graph.Operators.SetItem(0, Graph.Operators[0] with { Outputs = [.. Graph.Operators[0].Outputs, TensorIndex.None] }) };
        VerificationReport report = await Verification.RunAsync(
            new(graph, Model, [InputReader.FromSeed(graph, 0)], [Flavour.Xnn], new Runtime(), new ReferenceCandidate()), new Progress<string>(), CancellationToken.None);
        Assert.Equal((0, 6), (report.Runs[0].Coverage.Compared, report.Runs[0].Coverage.Total));
    }

    /// <summary>Gives what LiteRT's reference kernels compute, and keeps account of what it gave and got back.</summary>
    private sealed class Runtime : IOracle
    {
        public string Name => "litert@2.3.0";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public List<Capture> Captured { get; } = [];

        public List<Capture> Released { get; } = [];

        public void Release(Capture capture) => Released.Add(capture);

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default) =>
            Task.FromResult<ImmutableArray<CaptureOutcome>>([.. requests.Select(Outcome)]);

        private CaptureOutcome Outcome(CaptureRequest request)
        {
            if (request.Flavour != Flavour.Ref)
                return new(null, new(NotCapturedKind.Refused, "no such flavour", ""));
            Captured.Add(ReferenceCapture.Of(request));
            return new(Captured[^1], null);
        }
    }
}
