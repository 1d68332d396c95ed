using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Harness.Candidates;
using OffByN.Harness.Stress.Cases;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress;

/// <summary>What to generate and how long.</summary>
/// <param name="Families">Of <see cref="OperatorCases.Names"/>.</param>
/// <param name="Seed">The number of the first case of each family.</param>
/// <param name="Cases">Cases of each family; null for as many as the time allows.</param>
/// <param name="Time">After which no more cases are begun; null for no limit.</param>
public sealed record StressRequest(
    IOracle Oracle, ICandidate? Candidate, ImmutableArray<Flavour> Flavours, ImmutableArray<string> Families, int Seed, int? Cases, TimeSpan? Time);

/// <summary>Generates cases and runs them, round by round, until there are enough.</summary>
public static class StressRun
{
    /// <summary>Cases of a family in a round; whole models.</summary>
    private const int CasesPerRound = 64;

    /// <summary>What one request to the oracle holds: enough that starting its process costs little, few enough that an interruption loses little.</summary>
    private const int CasesPerRequest = 1024;

    /// <summary>The same where time is limited, so that little is begun that ends late.</summary>
    private const int CasesPerTimedRequest = 256;

    /// <summary>Failures that are made smaller, the first of each family and flavour; the others are counted.</summary>
    private const int MostShrunk = 8;

    /// <param name="progress">Told after each step how many cases are done, and how fast.</param>
    public static async Task<StressReport> RunAsync(StressRequest request, IProgress<string> progress, CancellationToken cancel)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-stress-");
        try
        {
            return await RunAsync(request, new StressRunner(request.Oracle, request.Candidate, folder.FullName), progress, cancel).ConfigureAwait(false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<StressReport> RunAsync(StressRequest request, StressRunner runner, IProgress<string> progress, CancellationToken cancel)
    {
        Stopwatch clock = Stopwatch.StartNew();
        SortedDictionary<(string Family, Flavour Flavour), FamilyTally> tallies = [];
        HashSet<(string Family, Flavour Flavour)> failing = [];
        List<CaseOutcome> failures = [], deaths = [];
        List<StressFailure> shrunk = [];
        int cases = 0;
        bool interrupted = false;
        string? notStarted = null;
        TimeSpan ran = TimeSpan.Zero;
        try
        {
            foreach (ImmutableArray<OperatorCase> step in Steps(request))
            {
                if (request.Time is { } most && clock.Elapsed >= most)
                    break;
                ImmutableArray<CaseOutcome> outcomes = await runner.RunAsync(step, request.Flavours, cancel).ConfigureAwait(false);
                cases += step.Length;
                ran = clock.Elapsed;
                notStarted ??= outcomes.FirstOrDefault(outcome => outcome.NotCaptured is { Kind: NotCapturedKind.CannotStart })?.NotCaptured?.Reason;
                foreach (var group in outcomes.GroupBy(outcome => (outcome.Case.Family, outcome.Flavour)))
                {
                    FamilyTally tally = FamilyTally.Of(group.Key.Family, group.Key.Flavour, [.. group]);
                    tallies[group.Key] = tallies.TryGetValue(group.Key, out FamilyTally? before) ? before.Plus(tally) : tally;
                    if (group.FirstOrDefault(outcome => outcome.IsFailure) is { } failure && failing.Add(group.Key))
                        failures.Add(failure);
                    deaths.AddRange(group.Where(FamilyTally.IsDeath));
                }
                // What cannot start will not start for the next cases either.
                if (outcomes.All(outcome => outcome.NotCaptured is { Kind: NotCapturedKind.CannotStart }))
                    break;
                progress.Report(string.Create(CultureInfo.InvariantCulture,
                    $"{cases} cases, {cases / ran.TotalMinutes:f0} a minute, {failures.Count} families differ, {deaths.Count} cases kill the oracle"));
            }
            foreach (CaseOutcome failure in failures.Take(MostShrunk))
            {
                progress.Report($"making {failure.Case.Family} {failure.Case.Number} smaller");
                shrunk.Add(new(failure, await Shrinking.SmallestAsync(failure, runner, cancel).ConfigureAwait(false)));
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            interrupted = true;
        }
        return new(request.Oracle.Name, request.Candidate?.Description.Kind ?? "none", request.Seed, cases, ran, [.. tallies.Values])
        {
            Failures = [.. shrunk, .. failures.Skip(shrunk.Count).Select(failure => new StressFailure(failure, failure))],
            Deaths = [.. deaths],
            NotStarted = notStarted,
            IsInterrupted = interrupted,
            HasCandidate = request.Candidate is not null,
        };
    }

    /// <summary>All families take turns, so that a run that ends early has seen each of them.</summary>
    private static IEnumerable<ImmutableArray<OperatorCase>> Steps(StressRequest request)
    {
        ImmutableArray<OperatorCase>.Builder step = ImmutableArray.CreateBuilder<OperatorCase>();
        for (int done = 0; request.Cases is null || done < request.Cases; done += CasesPerRound)
        {
            int count = Math.Min(CasesPerRound, (request.Cases ?? int.MaxValue) - done);
            foreach (string family in request.Families)
            {
                step.AddRange(Enumerable.Range(request.Seed + done, count).Select(number => OperatorCases.Aimed(family, number)));
                if (step.Count >= (request.Time is null ? CasesPerRequest : CasesPerTimedRequest))
                    yield return step.DrainToImmutable();
            }
        }
        if (step.Count > 0)
            yield return step.DrainToImmutable();
    }
}
