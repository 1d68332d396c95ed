using System.Collections.Immutable;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Harness.Stress.Evidence;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Stress;

/// <summary>What the profiles of the TFLite C library claim beyond equal results.</summary>
public sealed class NativeProfileTests
{
    private const int CasesPerFamily = 12;

    [SkippableFact]
    public async Task What_the_profile_says_is_refused_the_library_refuses_in_its_own_words()
    {
        OperatorCase[] cases = [.. OperatorCases.Names.SelectMany(family => Enumerable.Range(0, CasesPerFamily).Select(number => OperatorCases.Make(family, number))).Where(IsRefused)];

        ImmutableArray<CaseOutcome> outcomes = await RunAsync(cases, [Flavour.Opt]);

        Assert.True(cases.Select(one => one.Code).Distinct().Count() > 12);
        Assert.All(outcomes, outcome => Assert.True(outcome.NotCaptured is { Kind: NotCapturedKind.Refused }, outcome.ToString()));
    }

    [SkippableFact]
    public async Task Its_fingerprint_follows_its_own_profile_within_bounds_where_that_claims_no_more()
    {
        string[] families = ["CONV_2D float32", "DEPTHWISE_CONV_2D float32", "FULLY_CONNECTED float32", "FULLY_CONNECTED float32 int8", "MEAN int8"];
        OperatorCase[] cases = [.. families.SelectMany(family => Enumerable.Range(0, 16).Select(number => OperatorCases.Aimed(family, number)))];

        ImmutableArray<FingerprintLine> lines = Fingerprinting.Of(await RunAsync(cases, [Flavour.Opt, Flavour.Xnn]), CancellationToken.None);

        FingerprintLine[] floats = [.. lines.Where(line => line.Type == "float32")], codes = [.. lines.Where(line => line.Type == "int8")];
        Assert.All(floats, line => Assert.Contains($"native-2.9.0/{line.Flavour}", line.Bounded));
        Assert.All(codes, line => Assert.Empty(line.Bounded));
        Assert.All(floats.Concat(codes), line => Assert.Contains($"native-2.9.0/{line.Flavour}", line.Follows));
        Assert.Contains(lines, line => line.Type == "float32 with int8 weights");
    }

    private static bool IsRefused(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        return Native.Opt.Refuses(new(graph, graph.Operators[0]), delegated: false);
    }

    private static async Task<ImmutableArray<CaseOutcome>> RunAsync(OperatorCase[] cases, ImmutableArray<Flavour> flavours)
    {
        OracleRuntime runtime = Requirement.Native();
        using TemporaryFolder folder = new();
        return await new StressRunner(new WorkerOracle(runtime, WorkerLimits.Default), null, folder.Path).RunAsync(cases, flavours, CancellationToken.None);
    }
}
