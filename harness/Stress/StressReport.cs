using System.Collections.Immutable;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress;

/// <summary>One family in one flavour. Elements are those of all outputs.</summary>
/// <param name="Refused">Cases that the oracle would not take.</param>
/// <param name="Died">Cases that the oracle's process did not survive, or on which it hung or did not repeat itself.</param>
/// <param name="NotComputed">Cases that the reference does not compute.</param>
/// <param name="NotCandidate">Cases that the oracle and the reference computed and the candidate did not.</param>
/// <param name="Reasons">Why cases were not compared, each reason once, the most frequent first.</param>
public sealed record FamilyTally(
    string Family, Flavour Flavour, int Cases, int Delegated, int Refused, int Died, int NotComputed, int NotCandidate, Difference Reference, Difference Candidate,
    ImmutableArray<string> Reasons)
{
    /// <summary>Why the candidate computed none of the cases that the reference did, most often; null where it computed one, or there was none.</summary>
    public string? CandidateObstacle => Candidate.Elements == 0 && Reference.Elements > 0 ? CandidateReason : null;

    private string? CandidateReason { get; init; }

    public static FamilyTally Of(string family, Flavour flavour, IReadOnlyCollection<CaseOutcome> outcomes) => new(
        family, flavour, outcomes.Count, outcomes.Count(outcome => outcome.Delegated),
        outcomes.Count(outcome => outcome.NotCaptured is { Kind: NotCapturedKind.Refused }),
        outcomes.Count(IsDeath),
        outcomes.Count(outcome => outcome.NotComputed is not null),
        outcomes.Count(outcome => outcome.NotCandidate is not null && outcome.NotComputed is null),
        Sum(outcomes.Select(outcome => outcome.Reference)), Sum(outcomes.Select(outcome => outcome.Candidate)),
        [.. outcomes.Select(outcome => outcome.NotCaptured?.Reason ?? outcome.NotComputed ?? outcome.NotCandidate).OfType<string>()
            .CountBy(reason => reason).OrderByDescending(reason => reason.Value).Select(reason => reason.Key)])
    {
        CandidateReason = outcomes.Where(outcome => outcome.NotComputed is null).Select(outcome => outcome.NotCandidate).OfType<string>()
            .CountBy(reason => reason).OrderByDescending(reason => reason.Value).Select(reason => reason.Key).FirstOrDefault(),
    };

    /// <summary>The tally of more cases of the same.</summary>
    public FamilyTally Plus(FamilyTally other) => this with
    {
        Cases = Cases + other.Cases,
        Delegated = Delegated + other.Delegated,
        Refused = Refused + other.Refused,
        Died = Died + other.Died,
        NotComputed = NotComputed + other.NotComputed,
        NotCandidate = NotCandidate + other.NotCandidate,
        Reference = Sum([Reference, other.Reference]),
        Candidate = Sum([Candidate, other.Candidate]),
        Reasons = [.. Reasons.Union(other.Reasons)],
        CandidateReason = CandidateReason ?? other.CandidateReason,
    };

    internal static bool IsDeath(CaseOutcome outcome) =>
        outcome.NotCaptured is { Kind: not (NotCapturedKind.Refused or NotCapturedKind.CannotStart) };

    private static Difference Sum(IEnumerable<Difference?> differences) => differences.OfType<Difference>().Aggregate(
        Difference.None, (sum, one) => new(sum.Elements + one.Elements, sum.Differing + one.Differing, sum.First.Length > 0 ? sum.First : one.First));
}

/// <summary>A case in which the reference or the candidate differs from the oracle, and the smallest one that was found from it.</summary>
public sealed record StressFailure(CaseOutcome Found, CaseOutcome Smallest)
{
    /// <summary>Where the smallest case was written to; null where it was not.</summary>
    public string? Folder { get; init; }
}

/// <summary>What a stress run found.</summary>
/// <param name="Seed">The number of the first case of each family.</param>
/// <param name="Cases">Cases that were generated, each of which ran in every flavour.</param>
public sealed record StressReport(string Oracle, string Candidate, int Seed, int Cases, TimeSpan Time, ImmutableArray<FamilyTally> Families)
{
    public ImmutableArray<StressFailure> Failures { get; init; } = [];

    /// <summary>Cases that the oracle's process did not survive.</summary>
    public ImmutableArray<CaseOutcome> Deaths { get; init; } = [];

    /// <summary>Why the oracle could not be started for some cases; null where it always could.</summary>
    public string? NotStarted { get; init; }

    public bool IsInterrupted { get; init; }

    public bool HasCandidate { get; init; }

    public double CasesPerMinute => Time == TimeSpan.Zero ? 0 : Cases / Time.TotalMinutes;

    /// <summary>Families of which nothing was compared in any flavour.</summary>
    public ImmutableArray<string> NotCompared =>
    [
        .. Families.GroupBy(family => family.Family)
            .Where(group => group.Sum(family => family.Reference.Elements) == 0).Select(group => group.Key),
    ];

    public Verdict Verdict => Families.Any(family => family.Reference.Differing + family.Candidate.Differing > 0) ? Verdict.Fail
        : Families.IsEmpty || NotStarted is not null || Deaths.Length > 0 || NotCompared.Length > 0 || (HasCandidate && Families.Sum(family => family.Candidate.Elements) == 0) ? Verdict.NotCompared
        : Verdict.Pass;

    /// <summary>1 a difference, 3 something was not compared, 0 neither; 130 interrupted.</summary>
    public int ExitCode => IsInterrupted ? 130 : Verdict switch { Verdict.Fail => 1, Verdict.NotCompared => 3, _ => 0 };
}
