using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Tests.Operators;

/// <summary>Which generated cases the tests run, and running them.</summary>
internal static class SampledCases
{
    /// <summary>The given number of cases of a family, or as many as OFFBYN_CASES says.</summary>
    public static IEnumerable<OperatorCase> Of(string family, int count)
    {
        if (Environment.GetEnvironmentVariable("OFFBYN_CASES") is { Length: > 0 } more)
            count = int.Parse(more, CultureInfo.InvariantCulture);
        return Enumerable.Range(0, count).Select(number => OperatorCases.Aimed(family, number));
    }

    /// <summary>The families that OFFBYN_FAMILY asks for by the beginnings of their names, else all.</summary>
    public static IEnumerable<string> Families() => OperatorCases.Names.Where(name =>
        Environment.GetEnvironmentVariable("OFFBYN_FAMILY") is not { Length: > 0 } only || only.Split(',').Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Cases through real TFLite in each of its flavours, with the reference beside it.</summary>
    public static async Task<ImmutableArray<CaseOutcome>> RunAsync(IReadOnlyList<OperatorCase> cases, OracleRuntime runtime)
    {
        using TemporaryFolder folder = new();
        return await new StressRunner(new WorkerOracle(runtime, WorkerLimits.Default), null, folder.Path).RunAsync(cases, runtime.Flavours, CancellationToken.None);
    }
}
