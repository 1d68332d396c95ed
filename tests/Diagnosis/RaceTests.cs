using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Tests.Model;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Diagnosis;

public sealed class RaceTests
{
    [Fact]
    public async Task A_candidate_that_gives_something_else_the_second_time_is_called_a_race_and_no_arithmetic_is_searched_for()
    {
        VerificationReport report = await VerifyAsync(run => run);
        LayerComparison layer = report.Runs[0].Layers[0];
        Assert.Equal(LayerVerdict.Diverges, layer.Verdict);
        Assert.False(layer.IsReproducible);
        Assert.Empty(layer.Causes);
        Assert.Equal(1, report.ExitCode);
        using TestConsole console = new TestConsole().Width(200);
        TerminalReport.Write(report, console);
        Assert.Contains("operator 0 CONV_2D: two runs on the same inputs differ: a race, or memory that nobody wrote; no arithmetic was searched for", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_candidate_that_gives_the_same_twice_is_diagnosed()
    {
        LayerComparison layer = (await VerifyAsync(_ => 0)).Runs[0].Layers[0];
        Assert.Equal(LayerVerdict.Diverges, layer.Verdict);
        Assert.True(layer.IsReproducible);
    }

    /// <param name="place">The element of operator 0 that is one off in a run.</param>
    private static Task<VerificationReport> VerifyAsync(Func<int, int> place)
    {
        Graph graph = SmallModels.Network();
        ModelInput input = InputReader.FromSeed(graph, 0);
        TensorSet right = PlantedDump.Of(graph, input, null);
        CaptureIdentity identity = new() { ModelSha256 = "", InputSha256 = input.Sha256, Runtime = "litert", Version = "2.3.0", LibrarySha256 = "", Flavour = Flavour.Ref, Tensors = [] };
        Capture capture = new(right, identity, new("", "", 1, "", default, "")) { Delegated = [], Unread = ImmutableSortedDictionary<string, string>.Empty };
        return Verification.CompareAsync(
            new(graph, default, [input], [Flavour.Ref], new Nothing(), new Racing(graph, right, place)), [new(capture, null)], new Progress<string>(), CancellationToken.None);
    }

    private sealed class Racing(Graph graph, TensorSet right, Func<int, int> place) : ICandidate
    {
        private int run;

        public CandidateDescription Description { get; } = new("racing", "");

        public void Prepare(Graph model, Profile profile)
        {
        }

        public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
        {
            TensorIndex output = graph.Operators[0].Outputs[0];
            Assert.True(right.TryGet(output, out TensorValue? value));
            byte[] codes = value.Data.ToArray();
            codes[place(run++)] ^= 1;
            TensorSet wrong = new(right.Tensors.SetItem(TensorSet.KeyOf(output), value with { Data = codes }));
            return Task.FromResult<ImmutableArray<CandidateTensors>>([new() { Against = IsolatedAgainst.OracleInputs, Isolated = wrong, Cumulative = wrong }]);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Its captures are there already.</summary>
    private sealed class Nothing : IOracle
    {
        public string Name => "nothing";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default) => throw new NotSupportedException();
    }
}
