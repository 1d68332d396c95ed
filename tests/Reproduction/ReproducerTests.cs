using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Reproduction;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Tests.EndToEnd;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Reproduction;

public sealed class ReproducerTests
{
    /// <summary>The bound of these sums is about a fiftieth.</summary>
    [SkippableTheory]
    [InlineData(0, false)]
    [InlineData(0.0001f, false)]
    [InlineData(0.1f, true)]
    public async Task A_float_is_a_failing_case_beyond_its_bound_alone(float off, bool fails)
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        byte[] model = ModelWriter.Write(BoundedModelTests.Model());
        Graph graph = TfliteReader.Parse(model, "bounded");
        ModelInput input = InputReader.FromSeed(graph, 0);
        Capture capture = Assert.Single(await oracle.CaptureAsync([new CaptureRequest(graph, Tapping.Tap(model, graph), input, Flavour.Opt)])).Capture!;
        byte[] sums = capture.Tensors.Tensors["3"].Data.ToArray();
        MemoryMarshal.Cast<byte, float>(sums.AsSpan())[100] += off;
        TensorSet given = new([KeyValuePair.Create("3", capture.Tensors.Tensors["3"] with { Data = sums })]);
        using Reproducer reproducer = new(oracle, Flavour.Opt, new ReferenceCandidate(), NoProgress.Instance, CancellationToken.None);

        Assert.Equal(fails, await reproducer.FindAsync(OneOperator.Cut(graph, new(0), capture.Tensors.Read, given)!) is not null);
        Assert.Null(reproducer.Obstacle);
    }

    [Fact]
    public void What_is_cut_out_can_be_written_or_is_not_cut_out()
    {
        Graph graph = TfliteReader.Parse(ModelWriter.Write(BoundedModelTests.Model()), "bounded");
        TensorSet inputs = InputReader.FromSeed(graph, 0).Tensors;
        Assert.Single(TfliteReader.Parse(ModelWriter.Write(OneOperator.Cut(graph with { Subgraphs = 2 }, new(0), inputs.Read, null)!.Graph), "alone").Operators);
        Assert.Null(OneOperator.Cut(graph with { Tensors = graph.Tensors.SetItem(3, graph.Tensors[3] with { Note = "of a type that is not read" }) }, new(0), inputs.Read, null));
    }

    /// <summary>The reference adds up in another order than TFLite's optimized kernels.</summary>
    [SkippableFact]
    public async Task A_candidate_that_is_run_again_is_held_to_the_same_bound()
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        Graph graph = TfliteReader.Parse(ModelWriter.Write(BoundedModelTests.Model()), "bounded");
        using Reproducer reproducer = new(oracle, Flavour.Opt, new ReferenceCandidate(), NoProgress.Instance, CancellationToken.None);

        Assert.Null(await reproducer.FindAsync(OneOperator.Cut(graph, new(0), InputReader.FromSeed(graph, 0).Tensors.Read, null)!));
        Assert.Null(reproducer.Obstacle);
    }
}
