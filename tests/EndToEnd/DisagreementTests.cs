using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.EndToEnd;

public sealed class DisagreementTests
{
    /// <summary>On MobileNet V1 every tensor differs between ref and xnn, since the first convolution does; the reshape and the softmax by themselves do not.</summary>
    [SkippableFact]
    public async Task Flavours_disagree_in_the_operators_that_compute_differently_not_in_those_that_inherit_a_difference()
    {
        string path = SharedFiles.Path("models", "mobilenet_v1_0.25_128_quant.tflite");
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(path);
        await using ReferenceCandidate candidate = new();
        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, [InputReader.FromSeed(graph, 0)], [Flavour.Ref, Flavour.Xnn], new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), candidate),
            new Progress<string>(), CancellationToken.None);
        string[] disagreeing = [.. report.Disagreements.Select(layer => graph[layer].Name).Distinct().Order()];
        Assert.Contains("CONV_2D", disagreeing);
        Assert.DoesNotContain("RESHAPE", disagreeing);
        Assert.DoesNotContain("AVERAGE_POOL_2D", disagreeing);
        Assert.True(report.Disagreements.Length < graph.Operators.Length);
    }
}
