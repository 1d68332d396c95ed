using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Arithmetic;
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
    /// <summary>For all profiles together; what one does not need is the next one's.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromMinutes(11);

    public static async Task<int> RunAsync(string file, IReadOnlyList<string> operators)
    {
        using AtomicFile output = AtomicFile.Create(file);
        ImmutableArray<string> families = operators.Count == 0 ? OperatorCases.Names : [.. operators.SelectMany(name => OperatorCases.Of(name))];
        Dictionary<EvidenceKey, EvidenceCount> counts = [];
        Profiled[] profiled =
        [
            .. from runtime in OracleCatalogue.Found()
               from flavour in runtime.Flavours
               let profile = KnownProfiles.Find(RuntimeProfiles.NameOf(runtime.Name, flavour))
               where profile is not null
               select new Profiled(runtime, flavour, profile),
        ];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-evidence-");
        long start = Stopwatch.GetTimestamp();
        foreach ((int done, Profiled one) in profiled.Index())
        {
            EvidenceRun run = new(new WorkerOracle(one.Runtime, WorkerLimits.Default), one.Flavour, one.Profile, folder.FullName);
            TimeSpan share = (MostTime - Stopwatch.GetElapsedTime(start)) / (profiled.Length - done);
            await run.SeekAsync(families, share, new ToError(), CancellationToken.None).ConfigureAwait(false);
            foreach ((EvidenceKey key, EvidenceCount count) in run.Counts)
                counts.Add(key, count);
            foreach (CaseOutcome outcome in run.Contradicting.Take(4))
                Console.Error.WriteLine($"against its profile: {outcome}");
        }
        folder.Delete(recursive: true);
        ImmutableArray<EvidenceKey> contradictions = EvidenceTable.Contradictions(counts);
        output.Write(System.Text.Encoding.UTF8.GetBytes(Page(counts, [.. profiled.Select(one => one.Profile.Name)])));
        output.Commit();
        foreach (EvidenceKey key in EvidenceTable.Below(counts, EvidenceRun.Enough))
            Console.Error.WriteLine($"below {EvidenceRun.Enough}: {key} {counts[key]}");
        foreach (EvidenceKey key in contradictions)
            Console.Error.WriteLine($"contradicted: {key} {counts[key]}");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(start).TotalMinutes:f1} minutes"));
        return contradictions.IsEmpty ? 0 : 1;
    }

    private sealed record Profiled(OracleRuntime Runtime, Flavour Flavour, Profile Profile);

    private sealed class ToError : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine(value);
    }

    private static string Page(Dictionary<EvidenceKey, EvidenceCount> counts, ImmutableArray<string> profiles) => string.Create(CultureInfo.InvariantCulture, $"""
        # Evidence

        What the profiles in `arithmetic/Profiles` rest on. For each operator and type, and each field of its parameter record, two values that the field has in some profile; then
        how many output elements were seen on which both differ, and which side real TFLite took there: `A 1,234` means A in all of them. **Bold** would be a contradiction. Elements
        are solved for, not waited for: accumulators, codes and scales are chosen so that the two values part. A pair is left at {EvidenceRun.Enough:N0} elements. `A 1,234; B 1,234`: some rules of
        the profile have A and others B, as where its delegate was not given an operator. An empty cell: no operator of that type has either value there, or none that the delegate leaves. A field that an operator
        does not read has no line: in {EvidenceRun.CasesPerFamily} cases of each family both values prepare the same operator, and a test finds no other result in further ones. `same`: the two cannot be
        told apart there, for the reason below. `none found`: they should part, but no case was found on which they do.

        A value may claim its results to the bit or within a bound, which the reference computes for each element, and which a field that chooses it is judged by: an oracle takes the
        side of the value that allows what it gave where the other does not. `bounded 1,234`: there are such elements alone that lie within the bounds of both; neither has the bits.
        What lies outside the bound of the value that is followed is a contradiction. `Order`, of float32 sums: where a profile has `Sequential`, elements that the reverse order
        makes another number; where it has `Unknown`, which is a bound, elements that are not what the sequential order gives, and lie within the bound of all orders. Bounds of
        approximated functions (`Units`, `ExponentialUnits`) choose no result, and have no line.

        Made by `dotnet run -c Release --project bench -- evidence docs/evidence.md` on an x86-64 processor with AVX-512. {counts.Values.Sum(count => count.Elements):N0} elements in {counts.Values.Sum(count => count.Cases):N0} cases.

        {EvidenceTable.Markdown(counts, profiles)}
        ## Pairs that cannot be told apart

        No element can decide between these, for the reason that each line begins with. A test computes with both values and finds the same.

        {string.Join('\n', EvidenceTable.Inseparable(counts).Select(line => "* " + line))}

        """);
}
