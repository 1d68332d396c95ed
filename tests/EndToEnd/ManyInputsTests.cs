using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Tests.Golden;
using OffByN.Tests.Model;
using Xunit;

namespace OffByN.Tests.EndToEnd;

/// <summary>More inputs than are in memory at a time.</summary>
public sealed class ManyInputsTests
{
    private const int Inputs = 40;
    private const int Faulty = 23;

    private static readonly byte[] Model = ModelWriter.Write(SmallModels.Network());

    private static readonly Graph Graph = TfliteReader.Parse(Model, "network.tflite");

    [Fact]
    public async Task Every_input_is_compared_once_and_its_memory_given_back()
    {
        Oracle oracle = new();
        VerificationReport report = await RunAsync(oracle);
        Assert.Equal(Enumerable.Range(0, Inputs).Select(seed => $"seed {seed}"), report.Runs.Select(run => run.InputName));
        Assert.Equal((Inputs, Inputs), (oracle.Asked, oracle.Released));
        Assert.InRange(oracle.MostHeld, 1, Inputs - 1);
        Assert.True(oracle.IsSettled);
    }

    [Fact]
    public async Task The_merged_layers_are_the_runs_laid_end_to_end_and_the_worst_input_is_named()
    {
        VerificationReport report = await RunAsync(new Oracle());
        Decisive merged = Decisive.Of(report)!;
        Assert.Equal((Verdict.Fail, $"seed {Faulty}"), (report.Verdict, merged.Worst.InputName));
        foreach (LayerComparison layer in merged.Layers)
        {
            Assert.Equal(Inputs * layer.Tensor.Shape!.Elements, layer.Isolated!.Elements);
            Assert.Equal(report.Runs.Sum(run => run.Layers[layer.Layer.Value].Isolated!.Differing), layer.Isolated.Differing);
            Assert.Equal(layer.Isolated.Elements, layer.Isolated.Histogram.Sum(bin => bin.Count));
        }
        Assert.Equal([0], merged.Frontier!.Value.Select(layer => layer.Value));
    }

    [Fact]
    public async Task Where_a_worker_dies_late_everything_that_it_answered_is_asked_again()
    {
        Oracle oracle = new() { DiesOnce = true };
        VerificationReport report = await RunAsync(oracle);
        Assert.Equal((2 * Inputs, 2 * Inputs), (oracle.Asked, oracle.Released));
        Assert.Equal(Inputs, report.Runs.Length);
        Assert.All(report.Runs, run => Assert.Equal(6, run.Coverage.Compared));
    }

    private static Task<VerificationReport> RunAsync(Oracle oracle) => Verification.RunAsync(
        new(Graph, Model, InputReader.FromSeeds(Graph, Enumerable.Range(0, Inputs).Select(seed => (ulong)seed)), [Flavour.Ref], oracle, new OffByOneOnce()),
        new Progress<string>(), CancellationToken.None);

    /// <summary>Gives what LiteRT's reference kernels compute, and counts.</summary>
    private sealed class Oracle : IOracle
    {
        private int held;

        public string Name => "litert@2.3.0";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public bool DiesOnce { get; set; }

        public int Asked { get; private set; }

        public int Released { get; private set; }

        public int MostHeld { get; private set; }

        public bool IsSettled { get; private set; }

        public void Keep() => IsSettled = false;

        public Task<bool> SettleAsync(CancellationToken cancel)
        {
            IsSettled = true;
            bool lived = !DiesOnce;
            DiesOnce = false;
            return Task.FromResult(lived);
        }

        public void Release(Capture capture)
        {
            Released++;
            held--;
        }

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
        {
            Asked += requests.Count;
            MostHeld = Math.Max(MostHeld, held += requests.Count);
            return Task.FromResult<ImmutableArray<CaptureOutcome>>([.. requests.Select(request => new CaptureOutcome(ReferenceCapture.Of(request), null))]);
        }
    }

    /// <summary>The reference, but for one element of the first operator on one input.</summary>
    private sealed class OffByOneOnce : ICandidate
    {
        private readonly ReferenceCandidate reference = new();
        private readonly string sha256 = InputReader.FromSeed(Graph, Faulty).Sha256;

        public CandidateDescription Description => reference.Description;

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
        {
            ImmutableArray<CandidateTensors> tensors = await reference.RunAsync(contexts, cancel);
            return [.. tensors.Zip(contexts, (one, context) => InputReader.FromSet(Graph, context.Inputs, "", "").Sha256 == sha256 ? Spoilt(one) : one)];
        }

        public ValueTask DisposeAsync() => reference.DisposeAsync();

        private static CandidateTensors Spoilt(CandidateTensors tensors)
        {
            TensorValue first = tensors.Isolated.Tensors["3"];
            byte[] data = first.Data.ToArray();
            data[7] ^= 1;
            return tensors with { Isolated = new(tensors.Isolated.Tensors.SetItem("3", first with { Data = data })) };
        }
    }
}
