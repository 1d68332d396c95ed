using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Demo;
using OffByN.Harness.Goldens;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Golden;

/// <summary>The snapshot in <c>golden/demo</c>: what LiteRT 2.3.0 gives for the generated model, by digest, in three flavours.</summary>
public sealed class DemoGoldenTests
{
    private static readonly byte[] Model = DemoModel.Write(new());

    private static readonly Graph Graph = TfliteReader.Parse(Model, "demo");

    private static readonly OpenSnapshot Golden = SnapshotFolder.Open(Path.Combine(Repository.Root, "golden", "demo"));

    [Fact]
    public void The_golden_is_of_the_model_and_of_all_its_operators_in_three_flavours()
    {
        Assert.True(new GoldenOracle(Golden).IsOf(Graph));
        Assert.Equal(["ref", "opt", "xnn"], Golden.Snapshot.Entries.Select(entry => entry.Flavour));
        Assert.All(Golden.Snapshot.Entries, entry => Assert.Equal(Tapping.Tapped(Graph).Select(TensorSet.KeyOf), entry.Tensors.Select(tensor => tensor.Key)));
    }

    [Fact]
    public async Task The_reference_gives_the_golden_bit_for_bit_in_every_flavour()
    {
        ReferenceCandidate candidate = new();
        VerificationRequest request = new(
            Graph, Model, [InputReader.FromSeed(Graph, 0)], [Flavour.Ref, Flavour.Opt, Flavour.Xnn], new GoldenOracle(Golden), candidate);
        VerificationReport report = await Verification.RunAsync(request, new Progress<string>(), default);
        Assert.All(report.Runs, run => Assert.Equal((Verdict.Pass, 31, 31), (run.Verdict, run.Coverage.Compared, run.Coverage.Total)));
    }

    [SkippableFact]
    public async Task The_runtime_of_the_golden_still_gives_it()
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        SnapshotComparison comparison = await SnapshotCheck.RunAsync(Golden, Graph, Tapping.Tap(Model, Graph), oracle, default);
        ImmutableArray<IdentityDifference> differences = [.. comparison.Entries.SelectMany(entry => entry.Identity)];
        // A wheel for another Python holds another library: that is another runtime, of which this golden says nothing.
        Skip.If(differences.Length > 0 && differences.All(difference => difference.Part == "library.sha256"), $"another build of the runtime is here: {differences.FirstOrDefault()}");
        Assert.Equal((93, 0, false), (comparison.Equal, comparison.Changed, comparison.IsIncomplete));
    }
}
