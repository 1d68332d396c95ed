using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Harness.Stress.Cases;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Elements of which the two values make different results, and whose side the oracle took.</summary>
/// <param name="Cases">Cases that hold such elements.</param>
/// <param name="Bounded">Further elements, within the bounds that both values claim: what is approximated is not told to the bit.</param>
public sealed record EvidenceCount(long Cases, long Elements, long WithFollowed, long WithAlternative, long Bounded)
{
    public static readonly EvidenceCount None = new(0, 0, 0, 0, 0);

    public static EvidenceCount operator +(EvidenceCount a, EvidenceCount b) =>
        new(a.Cases + b.Cases, a.Elements + b.Elements, a.WithFollowed + b.WithFollowed, a.WithAlternative + b.WithAlternative, a.Bounded + b.Bounded);
}

/// <summary>
/// Lets an oracle decide between all values that a field of a parameter record has in some profile. Only cases on which the values really part are sent to it, so that every
/// element counted is one where it had to take a side. A pair is left as soon as it is decided, so that the time goes to those that are not.
/// </summary>
public sealed class EvidenceRun(WorkerOracle oracle, Flavour flavour, Profile profile, string folder)
{
    /// <summary>Elements after which a pair is decided.</summary>
    public const long Enough = 1000;

    /// <summary>Cases of a family that are looked at for the pairs that it has.</summary>
    public const int CasesPerFamily = 96;

    /// <summary>Cases aimed at pairs in a round, and those aimed at one of them.</summary>
    private const int AttemptsPerRound = 900, LeastAttempts = 6, MostAttempts = 120;

    /// <summary>Cases that are made for one that is aimed: few of a family have the operator in the arithmetic of the pair.</summary>
    private const int MadePerAttempt = 24;

    /// <summary>Sources of a pair, at most.</summary>
    private const int MostSources = 64;

    /// <summary>Between the numbers of two cases that are made of one that the runtime kept from its delegate: what is aimed at random is another each time.</summary>
    private const int KeptStride = 1_000_003;

    /// <summary>Attempts of which none tells a pair apart, after which it is given up.</summary>
    private const int VainTries = 240;

    /// <summary>Attempts after which a pair is left with the few elements that were found.</summary>
    private const int MostTries = 1500;

    private readonly Dictionary<EvidenceKey, EvidenceCount> counts = [];
    private readonly Dictionary<EvidenceKey, int> tries = [];
    private readonly Dictionary<EvidenceKey, List<Source>> sources = [];
    private readonly List<CaseOutcome> contradicting = [];

    /// <summary>What was counted so far. A pair on which no case was found to part has no elements.</summary>
    public IReadOnlyDictionary<EvidenceKey, EvidenceCount> Counts => counts;

    /// <summary>Cases on which the oracle does not follow its profile.</summary>
    public IReadOnlyList<CaseOutcome> Contradicting => contradicting;

    /// <summary>Seeks evidence in families until every pair is decided or given up, or the time is over.</summary>
    public async Task SeekAsync(ImmutableArray<string> families, TimeSpan most, IProgress<string> progress, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        StressRunner runner = new(oracle, null, folder);
        await SurveyAsync(runner, families, cancel).ConfigureAwait(false);
        for (int round = 0, next = 0; ; round++)
        {
            EvidenceKey[] needy = [.. sources.Keys.Where(IsNeedy)];
            progress.Report(string.Create(CultureInfo.InvariantCulture,
                $"{profile.Name}: {counts.Count(pair => pair.Value.Elements >= Enough)} pairs decided, {needy.Length} open, {Stopwatch.GetElapsedTime(start).TotalSeconds:f0} s"));
            if (needy.Length == 0 || Stopwatch.GetElapsedTime(start) >= most)
                break;
            // A few cases decide most pairs.
            int attempts = round == 0 ? LeastAttempts : Math.Clamp(AttemptsPerRound / needy.Length, LeastAttempts, MostAttempts);
            (EvidenceKey Key, Source Source, int Number)[] planned =
            [
                .. from key in needy
                   let own = sources[key]
                   from attempt in Enumerable.Range(next, attempts)
                   select (key, own[attempt % own.Count], attempt),
            ];
            next += attempts;
            OperatorCase[] telling = [.. planned.AsParallel().AsOrdered().WithCancellation(cancel).Select(one => Telling(one.Key, one.Source, one.Number)).OfType<OperatorCase>()];
            foreach (EvidenceKey key in needy)
                tries[key] = tries.GetValueOrDefault(key) + attempts;
            Look(await runner.RunAsync(telling, [flavour], cancel).ConfigureAwait(false));
        }
    }

    /// <summary>Finds where cases of each pair come from. What a runtime gives to its delegate, and what it keeps, only the runtime tells: every case of a family that may be given is run.</summary>
    private async Task SurveyAsync(StressRunner runner, ImmutableArray<string> families, CancellationToken cancel)
    {
        Dictionary<string, OperatorCase[]> shared = families.AsParallel().AsOrdered().WithCancellation(cancel)
            .Select(family => (Family: family, Cases: Enumerable.Range(0, CasesPerFamily).Select(number => OperatorCases.Make(family, number)).ToArray()))
            .Where(family => family.Cases.Any(IsLikelyDelegated)).ToDictionary(family => family.Family, family => family.Cases);
        ImmutableArray<CaseOutcome> outcomes = await runner.RunAsync([.. shared.Values.SelectMany(cases => cases)], [flavour], cancel).ConfigureAwait(false);
        HashSet<(EvidenceKey Key, string Family)> reached = [.. outcomes.AsParallel().Where(HasElements).SelectMany(outcome =>
            FieldPair.Of(outcome.Case, profile, outcome.Delegated).Where(pair => pair.IsReadBy(outcome.Case)).Select(pair => (pair.Key, outcome.Case.Family)))];
        foreach (var pair in FieldPair.Read(profile, families, CasesPerFamily))
        {
            List<Source> own = [.. pair.Where(family => !shared.ContainsKey(family) || reached.Contains((pair.Key, family))).Select(family => new Source(family, null))];
            if (own.Count == 0)
                continue;
            sources[pair.Key] = own;
            counts.TryAdd(pair.Key, EvidenceCount.None);
        }
        Look(outcomes);
    }

    /// <summary>Whether the oracle gave something that can be matched: not an output without elements, or of another shape than declared.</summary>
    private static bool HasElements(CaseOutcome outcome) =>
        !outcome.Oracle.IsEmpty && outcome.Oracle[0].Shape.Elements > 0 && outcome.Oracle[0].Shape.Equals(outcome.Case.Output.Shape);

    /// <summary>Where cases of a pair come from: a family, whose cases the profile's delegate would take; or a case that the runtime kept from it.</summary>
    private sealed record Source(string Family, OperatorCase? Kept);

    private bool IsLikelyDelegated(OperatorCase one) => profile.LikelyDelegated(CaseModel.Of([one]).Graph).Count > 0;

    /// <summary>Counts what outcomes tell, and remembers the cases that the delegate was not given although it is for such.</summary>
    private void Look(ImmutableArray<CaseOutcome> outcomes)
    {
        contradicting.AddRange(outcomes.Where(outcome => outcome.IsFailure || (!outcome.Oracle.IsEmpty && !outcome.Oracle[0].Shape.Equals(outcome.Case.Output.Shape))));
        foreach ((EvidenceKey key, EvidenceCount count) in outcomes.AsParallel().SelectMany(Judge).ToArray())
            counts[key] = counts.GetValueOrDefault(key, EvidenceCount.None) + count;
        var kept = outcomes.AsParallel().AsOrdered().Where(outcome => !outcome.Delegated && HasElements(outcome) && IsLikelyDelegated(outcome.Case))
            .SelectMany(outcome => FieldPair.Of(outcome.Case, profile, delegated: false).Where(pair => pair.IsReadBy(outcome.Case)).Select(pair => (pair.Key, outcome.Case)));
        foreach ((EvidenceKey key, OperatorCase one) in kept.ToArray())
        {
            List<Source> own = CollectionsMarshal.GetValueRefOrAddDefault(sources, key, out _) ??= [];
            counts.TryAdd(key, EvidenceCount.None);
            if (own.Count < MostSources)
                own.Add(new(one.Family, one));
        }
    }

    /// <summary>A case that tells a pair apart; null where none of those made does.</summary>
    private OperatorCase? Telling(EvidenceKey key, Source source, int attempt) => source.Kept is { } kept
        ? Aimed(key, kept with { Number = unchecked(kept.Number + attempt * KeptStride) }, delegated: false, keepsScales: attempt % 2 == 0)
        : Enumerable.Range(attempt * MadePerAttempt, MadePerAttempt)
            .Select(number => Aimed(key, OperatorCases.Make(source.Family, number), delegated: null, keepsScales: false)).FirstOrDefault(aimed => aimed is not null);

    private OperatorCase? Aimed(EvidenceKey key, OperatorCase made, bool? delegated, bool keepsScales)
    {
        if (made.Output.Type != key.Type)
            return null;
        try
        {
            // Aiming may make it another operator, for which another rule holds.
            return Pair(made) is { } found && found.Aimed(made, keepsScales) is { } aimed && Pair(aimed) is { } still && still.IsToldApartBy(aimed) ? aimed : null;
        }
        catch (NotComputableException)
        {
            return null;
        }

        FieldPair? Pair(OperatorCase one) => FieldPair.Of(one, profile, delegated).FirstOrDefault(pair => pair.Key == key);
    }

    private bool IsNeedy(EvidenceKey key) => EvidenceReasons.Of(key) is null && counts.GetValueOrDefault(key, EvidenceCount.None) is var count && count.Elements < Enough
        && tries.GetValueOrDefault(key) < (count.Elements > 0 ? MostTries : count.Bounded < Enough ? VainTries : 0);

    private IEnumerable<(EvidenceKey Key, EvidenceCount Count)> Judge(CaseOutcome outcome)
    {
        if (!HasElements(outcome))
            yield break;
        foreach (FieldPair pair in FieldPair.Of(outcome.Case, profile, outcome.Delegated).Where(pair => IsNeedy(pair.Key)))
        {
            if (pair.Judge(outcome.Case, outcome.Oracle[0].Data.Span) is { } count && count.Elements + count.Bounded > 0)
                yield return (pair.Key, count);
        }
    }
}
