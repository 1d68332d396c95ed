using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.EndToEnd;

/// <summary>CONV_2D of float32 with 800 products a sum, and QUANTIZE behind it, in which every ulp may become a code.</summary>
public sealed class BoundedModelTests
{
    /// <summary>A tenth of a product; the bound of these sums is about a fiftieth.</summary>
    private const float Off = 0.1f;

    [SkippableTheory]
    [InlineData(Flavour.Ref)]
    [InlineData(Flavour.Opt)]
    [InlineData(Flavour.Xnn)]
    public async Task Sums_in_another_order_are_within_their_bound_and_what_follows_them_is_compared_exactly(Flavour flavour)
    {
        await using ReferenceCandidate candidate = new();
        RunReport run = await RunAsync(candidate, flavour);
        Assert.Equal(Verdict.Pass, run.Verdict);
        Assert.Equal((2, 2), (run.Coverage.Compared, run.Coverage.Total));
        // The order of the other two is known.
        bool isBounded = flavour == Flavour.Opt;
        Assert.Equal(isBounded, run.Layers[0].Isolated!.Differing > 0);
        Assert.Equal(isBounded ? LayerVerdict.Within : LayerVerdict.Equal, run.Layers[0].Verdict);
        Assert.Equal(!isBounded ? null : "2 gamma sum |x w| + |bias|, gamma = K u / (1 - K u), K = 801, u = 2^-24", run.Layers[0].Isolated!.Bound);
        Assert.Equal((0, 0), (run.Layers[1].Isolated!.Differing, run.Layers[1].Cumulative!.Differing));
        Assert.Equal(LayerVerdict.Equal, run.Layers[1].Verdict);
    }

    [SkippableFact]
    public async Task A_sum_that_is_off_by_more_than_its_bound_diverges()
    {
        await using OffCandidate candidate = new();
        RunReport run = await RunAsync(candidate, Flavour.Opt);
        Assert.Equal(Verdict.Fail, run.Verdict);
        Assert.Equal(LayerVerdict.Diverges, run.Layers[0].Verdict);
        Assert.Equal([new LayerIndex(0)], run.Frontier);
    }

    [Fact]
    public void Without_the_inputs_that_a_bound_is_made_of_none_is_known()
    {
        ReferencePipeline pipeline = new(Model(), LiteRt.Opt, new HashSet<TensorIndex>());
        Assert.Equal("no bound is known: its input, tensor 0 (t0), is missing", pipeline.BoundOf(new(0), 0, _ => null)?.Unknown);
        Assert.Null(pipeline.BoundOf(new(1), 0, _ => null));
    }

    private static async Task<RunReport> RunAsync(ICandidate candidate, Flavour flavour)
    {
        byte[] bytes = ModelWriter.Write(Model());
        Graph graph = TfliteReader.Parse(bytes, "bounded");
        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, [InputReader.FromSeed(graph, 0)], [flavour], new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), candidate),
            new Progress<string>(), CancellationToken.None);
        return Assert.Single(report.Runs);
    }

    internal static Graph Model()
    {
        Random random = new(1);
        return new()
        {
            Path = "bounded",
            Sha256 = "",
            Tensors =
            [
                Tensor(0, TensorType.Float32, [1, 9, 9, 32]), Tensor(1, TensorType.Float32, [16, 5, 5, 32]) with { IsConstant = true, Data = Floats(16 * 800) },
                Tensor(2, TensorType.Float32, [16]) with { IsConstant = true, Data = Floats(16) }, Tensor(3, TensorType.Float32, [1, 9, 9, 16]),
                Tensor(4, TensorType.Int8, [1, 9, 9, 16]) with { Quantization = new([0.25f], [3], 0) },
            ],
            Operators =
            [
                new() { Index = new(0), Code = BuiltinOperator.Conv2D, Inputs = [new(0), new(1), new(2)], Outputs = [new(3)], Options = new Conv2DOptions(StrideW: 1, StrideH: 1) },
                new() { Index = new(1), Code = BuiltinOperator.Quantize, Inputs = [new(3)], Outputs = [new(4)], Options = new QuantizeOptions() },
            ],
            Inputs = [new(0)],
            Outputs = [new(4)],
        };

        byte[] Floats(int count) => MemoryMarshal.AsBytes<float>([.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)]).ToArray();
    }

    private static TensorInfo Tensor(int index, TensorType type, Shape shape) => new() { Index = new(index), Name = $"t{index}", Type = type, Shape = shape };

    /// <summary>The reference with one sum too large.</summary>
    private sealed class OffCandidate : ICandidate
    {
        private readonly ReferenceCandidate reference = new();

        public CandidateDescription Description => reference.Description;

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) =>
            [.. (await reference.RunAsync(contexts, cancel)).Select(tensors => tensors with { Isolated = WithOneOff(tensors.Isolated), Cumulative = WithOneOff(tensors.Cumulative) })];

        public ValueTask DisposeAsync() => reference.DisposeAsync();

        private static TensorSet WithOneOff(TensorSet tensors) => new(tensors.Tensors.Select(pair =>
        {
            if (pair.Value.Type != TensorType.Float32)
                return pair;
            byte[] data = pair.Value.Data.ToArray();
            MemoryMarshal.Cast<byte, float>(data.AsSpan())[100] += Off;
            return KeyValuePair.Create(pair.Key, pair.Value with { Data = data });
        }));
    }
}
