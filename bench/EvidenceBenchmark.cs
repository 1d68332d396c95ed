using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Harness.Stress.Evidence;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Bench;

/// <summary>
/// What the profiles rest on: every oracle of this machine decides between the values that a field has in some profile, on elements that are solved for so that the
/// values part.
/// </summary>
internal static class EvidenceBenchmark
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(6);

    public static async Task<int> RunAsync(string file, IReadOnlyList<string> operators)
    {
        using AtomicFile output = AtomicFile.Create(file);
        ImmutableArray<string> families = operators.Count == 0 ? OperatorCases.Names : [.. operators.SelectMany(name => OperatorCases.Of(name))];
        Dictionary<EvidenceKey, EvidenceCount> counts = [];
        List<string> profiles = [];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-evidence-");
        foreach (OracleRuntime runtime in OracleCatalogue.Found())
        {
            foreach (Flavour flavour in runtime.Flavours)
            {
                string name = RuntimeProfiles.NameOf(runtime.Name, flavour);
                if (KnownProfiles.Find(name) is not { } profile)
                    continue;
                profiles.Add(name);
                EvidenceRun run = new(new WorkerOracle(runtime, WorkerLimits.Default), flavour, profile, folder.FullName);
                foreach (string family in families)
                {
                    long start = Stopwatch.GetTimestamp();
                    await run.SeekAsync(family, MostTime, CancellationToken.None).ConfigureAwait(false);
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {family}: {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s"));
                }
                foreach ((EvidenceKey key, EvidenceCount count) in run.Counts)
                    counts.Add(key, count);
                foreach (CaseOutcome outcome in run.Contradicting.Take(4))
                    Console.Error.WriteLine($"against its profile: {outcome}");
            }
        }
        folder.Delete(recursive: true);
        ImmutableArray<EvidenceKey> contradictions = EvidenceTable.Contradictions(counts);
        output.Write(System.Text.Encoding.UTF8.GetBytes(Page(counts, [.. profiles])));
        output.Commit();
        foreach (EvidenceKey key in contradictions)
            Console.Error.WriteLine($"contradicted: {key} {counts[key]}");
        return contradictions.IsEmpty ? 0 : 1;
    }

    private static string Page(Dictionary<EvidenceKey, EvidenceCount> counts, ImmutableArray<string> profiles) => string.Create(CultureInfo.InvariantCulture, $"""
        # Evidence

        What the profiles in `arithmetic/Profiles` rest on. For each operator and type, and each field of its parameter record, two values that the field has in some profile; then
        how many output elements were seen on which both differ, and which side real TFLite took there: `A 1,234` means A in all of them. **Bold** would be a contradiction. Elements
        are solved for, not waited for: accumulators, codes and scales are chosen so that the two values part. An empty cell: the profile's rule has neither value, or no case
        was found that tells them apart there.

        Made by `dotnet run -c Release --project bench -- evidence docs/evidence.md` on an x86-64 processor with AVX-512. {counts.Values.Sum(count => count.Elements):N0} elements in {counts.Values.Sum(count => count.Cases):N0} cases.

        {EvidenceTable.Markdown(counts, profiles)}
        ## Pairs that nothing told apart

        No case was found on which these make different results: the field has no effect on that operator and type in these profiles, or its effect is masked by another field.

        {string.Join('\n', EvidenceTable.Inseparable(counts).Select(line => "* " + line))}

        """);
}
