using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Policy;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference;
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

    /// <summary>The first operator parts on one input, the second on a later one, in parts of their own.</summary>
    [Fact]
    public async Task What_is_found_in_a_later_part_is_said_beside_what_was_found_before()
    {
        VerificationReport report = await Verification.RunAsync(
            new(Graph, Model, Seeded, [Flavour.Ref], new Oracle(), new Mistaken()),
            new Progress<string>(), CancellationToken.None);
        Assert.All(report.Runs, run => Assert.Equal([0, 1], run.Diagnosis.SelectMany(cause => cause.Operators).Select(layer => layer.Value).Order()));
        Assert.All(report.Runs[0].Diagnosis, cause => Assert.True(cause.Score.IsExact));
    }

    /// <summary>Two inputs part; a policy allows what is further off.</summary>
    [Fact]
    public async Task The_run_that_a_policy_leaves_as_the_worst_has_its_error_maps()
    {
        Gate gate = Gate.Exact with { Policy = new VerificationPolicy { Allowances = [new("", "known", null) { Operator = new NamePattern("CONV_2D") }] } };
        VerificationRequest request = new(Graph, Model, Seeded, [Flavour.Ref], new Oracle(), new Spoiler((2, "3", 16), (Faulty, "6", 1)))
        {
            WithMaps = true,
            Judged = run => Verdicts.Judge(run, gate, default),
        };
        VerificationReport report = Verdicts.Judge(await Verification.RunAsync(request, new Progress<string>(), CancellationToken.None), gate, default);
        RunReport worst = Decisive.Of(report)!.Worst;
        Assert.Equal($"seed {Faulty}", worst.InputName);
        Assert.NotNull(worst.Layers[1].Map);
        Assert.Single(report.Runs, run => run.Layers.Any(layer => layer.Map is not null));
    }

    [Fact]
    public async Task Behind_an_exception_no_capture_goes_on()
    {
        Oracle oracle = new() { Delay = TimeSpan.FromMilliseconds(50) };
        await Assert.ThrowsAsync<IOException>(() => Verification.RunAsync(new(Graph, Model, Seeded, [Flavour.Ref], oracle, new Throwing()), new Progress<string>(), CancellationToken.None));
        Assert.Equal(0, oracle.Running);
    }

    private static Task<VerificationReport> RunAsync(Oracle oracle) => Verification.RunAsync(
        new(Graph, Model, Seeded, [Flavour.Ref], oracle, new Spoiler((Faulty, "3", 1))),
        new Progress<string>(), CancellationToken.None);

    private static IReadOnlyList<ModelInput> Seeded => InputReader.FromSeeds(Graph, Enumerable.Range(0, Inputs).Select(seed => (ulong)seed));

    /// <summary>Gives what LiteRT's reference kernels compute, and counts.</summary>
    private sealed class Oracle : IOracle
    {
        private int held;

        public string Name => "litert@2.3.0";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public bool DiesOnce { get; set; }

        /// <summary>What a part takes.</summary>
        public TimeSpan Delay { get; init; }

        public int Running { get; private set; }

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

        public async Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
        {
            Asked += requests.Count;
            MostHeld = Math.Max(MostHeld, held += requests.Count);
            Running++;
            try
            {
                await Task.Delay(Delay, cancel);
                return [.. requests.Select(request => new CaptureOutcome(ReferenceCapture.Of(request), null))];
            }
            finally
            {
                Running--;
            }
        }
    }

    /// <summary>The reference, with a mistake of the catalogue in operator 0 on seed 1, and in operator 1 on the last seed.</summary>
    private sealed class Mistaken : ICandidate
    {
        private readonly ReferenceCandidate reference = new();
        private readonly Dictionary<string, LayerIndex> mistaken = new()
        {
            [InputReader.FromSeed(Graph, 1).Sha256] = new(0),
            [InputReader.FromSeed(Graph, Inputs - 1).Sha256] = new(1),
        };

        public CandidateDescription Description => reference.Description;

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
        {
            ImmutableArray<CandidateTensors> tensors = await reference.RunAsync(contexts, cancel);
            return [.. tensors.Zip(contexts, (one, context) =>
                mistaken.TryGetValue(InputReader.FromSet(Graph, context.Inputs, "", "").Sha256, out LayerIndex layer) ? Mistake(one, context, layer) : one)];
        }

        public ValueTask DisposeAsync() => reference.DisposeAsync();

        private static CandidateTensors Mistake(CandidateTensors tensors, CandidateContext context, LayerIndex layer)
        {
            OperatorCase one = OperatorCase.Of(context, tensors, layer)!;
            Hypothesis hypothesis = Hypotheses.Singles(one).First(single => single.Id.StartsWith("truncated-then-shifted", StringComparison.Ordinal));
            string key = TensorSet.KeyOf(one.Output.Index);
            TensorValue wrong = tensors.Isolated.Tensors[key] with { Data = Recomputation.Of(one.Expected, one.Inputs).Run(hypothesis.Prepared) };
            return tensors with { Isolated = new(tensors.Isolated.Tensors.SetItem(key, wrong)) };
        }
    }

    /// <summary>The reference, but for the seventh element of some operators on some inputs.</summary>
    private sealed class Spoiler(params (ulong Seed, string Tensor, byte Bits)[] faults) : ICandidate
    {
        private readonly ReferenceCandidate reference = new();
        private readonly ILookup<string, (ulong Seed, string Tensor, byte Bits)> faults = faults.ToLookup(fault => InputReader.FromSeed(Graph, fault.Seed).Sha256);

        public CandidateDescription Description => reference.Description;

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
        {
            ImmutableArray<CandidateTensors> tensors = await reference.RunAsync(contexts, cancel);
            return [.. tensors.Zip(contexts, (one, context) => faults[InputReader.FromSet(Graph, context.Inputs, "", "").Sha256].Aggregate(one, Spoilt))];
        }

        public ValueTask DisposeAsync() => reference.DisposeAsync();

        private static CandidateTensors Spoilt(CandidateTensors tensors, (ulong Seed, string Tensor, byte Bits) fault)
        {
            TensorValue first = tensors.Isolated.Tensors[fault.Tensor];
            byte[] data = first.Data.ToArray();
            data[7] ^= fault.Bits;
            return tensors with { Isolated = new(tensors.Isolated.Tensors.SetItem(fault.Tensor, first with { Data = data })) };
        }
    }

    /// <summary>Cannot be run.</summary>
    private sealed class Throwing : ICandidate
    {
        public CandidateDescription Description { get; } = new("throwing", "");

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) =>
            throw new IOException("no candidate");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
