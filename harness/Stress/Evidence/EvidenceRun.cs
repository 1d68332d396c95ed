using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Harness.Stress.Cases;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Elements of which the two values make different results, and whose side the oracle took.</summary>
/// <param name="Cases">Cases that hold such elements.</param>
public sealed record EvidenceCount(long Cases, long Elements, long WithFollowed, long WithAlternative)
{
    public static readonly EvidenceCount None = new(0, 0, 0, 0);

    public static EvidenceCount operator +(EvidenceCount a, EvidenceCount b) =>
        new(a.Cases + b.Cases, a.Elements + b.Elements, a.WithFollowed + b.WithFollowed, a.WithAlternative + b.WithAlternative);
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
    public const int CasesPerFamily = 48;

    /// <summary>Cases aimed at pairs in a round, and those aimed at one of them.</summary>
    private const int AttemptsPerRound = 900, LeastAttempts = 6, MostAttempts = 120;

    /// <summary>Cases that are made for one that is aimed: few of a family have the operator in the arithmetic of the pair.</summary>
    private const int MadePerAttempt = 24;

    /// <summary>Attempts of which none tells a pair apart, after which it is given up.</summary>
    private const int VainTries = 240;

    private readonly Dictionary<EvidenceKey, EvidenceCount> counts = [];
    private readonly Dictionary<EvidenceKey, int> tries = [];
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
        ILookup<EvidenceKey, string> found = FieldPair.Of(profile, families, CasesPerFamily);
        foreach (var pair in found)
            counts.TryAdd(pair.Key, EvidenceCount.None);
        int next = 0;
        while (true)
        {
            var needy = found.Where(pair => IsNeedy(pair.Key)).ToArray();
            progress.Report(string.Create(CultureInfo.InvariantCulture,
                $"{profile.Name}: {counts.Count(pair => pair.Value.Elements >= Enough)} pairs decided, {needy.Length} open, {Stopwatch.GetElapsedTime(start).TotalSeconds:f0} s"));
            if (needy.Length == 0 || Stopwatch.GetElapsedTime(start) >= most)
                break;
            int attempts = Math.Clamp(AttemptsPerRound / needy.Length, LeastAttempts, MostAttempts);
            (EvidenceKey Key, string Family, int Number)[] planned =
            [
                .. from pair in needy
                   let own = pair.ToArray()
                   from attempt in Enumerable.Range(next, attempts)
                   select (pair.Key, own[attempt % own.Length], attempt),
            ];
            next += attempts;
            OperatorCase[] telling = [.. planned.AsParallel().AsOrdered().WithCancellation(cancel).Select(one => Telling(one.Key, one.Family, one.Number)).OfType<OperatorCase>()];
            foreach (var pair in needy)
                tries[pair.Key] = tries.GetValueOrDefault(pair.Key) + attempts;
            ImmutableArray<CaseOutcome> outcomes = await runner.RunAsync(telling, [flavour], cancel).ConfigureAwait(false);
            contradicting.AddRange(outcomes.Where(outcome => outcome.IsFailure || (!outcome.Oracle.IsEmpty && !outcome.Oracle[0].Shape.Equals(outcome.Case.Output.Shape))));
            foreach ((EvidenceKey key, EvidenceCount count) in outcomes.AsParallel().WithCancellation(cancel).SelectMany(Judge).ToArray())
                counts[key] = counts.GetValueOrDefault(key, EvidenceCount.None) + count;
        }
    }

    /// <summary>A case that tells a pair apart; null where none of those made does.</summary>
    private OperatorCase? Telling(EvidenceKey key, string family, int attempt)
    {
        for (int number = attempt * MadePerAttempt; number < (attempt + 1) * MadePerAttempt; number++)
        {
            OperatorCase made = OperatorCases.Make(family, number);
            if (FieldPair.Of(made, profile).FirstOrDefault(pair => pair.Key == key) is not { } found)
                continue;
            try
            {
                // Aiming may have made it another operator, for which another rule holds.
                if (found.Aimed(made) is { } aimed && FieldPair.Of(aimed, profile).FirstOrDefault(pair => pair.Key == key) is { } still && still.IsToldApartBy(aimed))
                    return aimed;
            }
            catch (NotComputableException)
            {
                // Another number, then.
            }
        }
        return null;
    }

    private bool IsNeedy(EvidenceKey key) => EvidenceReasons.Of(key) is null && Elements(key) < Enough && (Elements(key) > 0 || tries.GetValueOrDefault(key) < VainTries);

    private long Elements(EvidenceKey key) => counts.GetValueOrDefault(key, EvidenceCount.None).Elements;

    private IEnumerable<(EvidenceKey Key, EvidenceCount Count)> Judge(CaseOutcome outcome)
    {
        // Of an output of another shape than declared no element can be matched.
        if (outcome.Oracle.IsEmpty || !outcome.Oracle[0].Shape.Equals(outcome.Case.Output.Shape))
            yield break;
        foreach (FieldPair pair in FieldPair.Of(outcome.Case, profile, outcome.Delegated).Where(pair => IsNeedy(pair.Key)))
        {
            if (pair.Judge(outcome.Case, outcome.Oracle[0].Data.Span) is { Elements: > 0 } count)
                yield return (pair.Key, count);
        }
    }
}
