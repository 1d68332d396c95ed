using System.Collections.Immutable;
using System.Diagnostics;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Two values of one field between which an oracle decides.</summary>
/// <param name="Followed">The value in the oracle's profile.</param>
/// <param name="Alternative">A value that another rule has.</param>
public sealed record EvidenceKey(string Operator, TensorType Type, string Profile, string Field, string Followed, string Alternative);

/// <summary>Elements of which the two values make different results, and whose side the oracle took.</summary>
/// <param name="Cases">Cases that hold such elements.</param>
public sealed record EvidenceCount(long Cases, long Elements, long WithFollowed, long WithAlternative)
{
    public static readonly EvidenceCount None = new(0, 0, 0, 0);

    public static EvidenceCount operator +(EvidenceCount a, EvidenceCount b) =>
        new(a.Cases + b.Cases, a.Elements + b.Elements, a.WithFollowed + b.WithFollowed, a.WithAlternative + b.WithAlternative);
}

/// <summary>
/// Lets oracles decide between all values that a field of a parameter record has in some profile. Only cases on which the values really part are sent to the oracle, so
/// that every element counted is one where it had to take a side.
/// </summary>
public sealed class EvidenceRun(WorkerOracle oracle, Flavour flavour, Profile profile, string folder)
{
    /// <summary>Elements after which a pair is decided.</summary>
    public const long Enough = 1000;

    private const int CasesPerStep = 192;

    /// <summary>Cases aimed at a pair of which none tells it apart, after which it is given up; with some that do, it goes on to <see cref="MostTries"/>.</summary>
    private const int VainTries = 256;

    private const int MostTries = 1536;

    private readonly Dictionary<EvidenceKey, EvidenceCount> counts = [];
    private readonly Dictionary<EvidenceKey, int> tries = [];
    private readonly List<CaseOutcome> contradicting = [];

    /// <summary>What was counted so far. A pair on which no case was found to part has no elements.</summary>
    public IReadOnlyDictionary<EvidenceKey, EvidenceCount> Counts => counts;

    /// <summary>Cases on which the oracle does not follow its profile.</summary>
    public IReadOnlyList<CaseOutcome> Contradicting => contradicting;

    /// <summary>Seeks evidence on a family until every pair is decided or given up, or the time is over.</summary>
    public async Task SeekAsync(string family, TimeSpan most, CancellationToken cancel)
    {
        StressRunner runner = new(oracle, null, folder);
        long start = Stopwatch.GetTimestamp();
        for (int first = 0; Stopwatch.GetElapsedTime(start) < most; first += CasesPerStep)
        {
            ImmutableArray<Attempt> attempts =
                [.. Enumerable.Range(first, CasesPerStep).AsParallel().AsOrdered().WithCancellation(cancel).Select(number => Try(family, number))];
            foreach (EvidenceKey key in attempts.SelectMany(attempt => attempt.Open))
                counts.TryAdd(key, EvidenceCount.None);
            foreach (EvidenceKey key in attempts.Select(attempt => attempt.Aim).OfType<EvidenceKey>())
                tries[key] = tries.GetValueOrDefault(key) + 1;
            if (attempts.All(attempt => attempt.Aim is null))
                break;
            ImmutableArray<OperatorCase> telling = [.. attempts.Select(attempt => attempt.Telling).OfType<OperatorCase>()];
            if (telling.IsEmpty)
                continue;
            ImmutableArray<CaseOutcome> outcomes = await runner.RunAsync(telling, [flavour], cancel).ConfigureAwait(false);
            contradicting.AddRange(outcomes.Where(outcome => outcome.IsFailure));
            foreach ((EvidenceKey key, EvidenceCount count) in outcomes.AsParallel().WithCancellation(cancel).SelectMany(Judge).ToArray())
                counts[key] = counts.GetValueOrDefault(key, EvidenceCount.None) + count;
        }
    }

    /// <param name="Open">The pairs between which the case's operator could decide.</param>
    /// <param name="Aim">The one that it was aimed at; null where no pair needs any evidence.</param>
    /// <param name="Telling">The aimed case; null where it does not tell the two apart.</param>
    private sealed record Attempt(ImmutableArray<EvidenceKey> Open, EvidenceKey? Aim, OperatorCase? Telling);

    /// <summary>A case aimed at the pair that needs evidence most.</summary>
    private Attempt Try(string family, int number)
    {
        OperatorCase made = Aiming.Sharpened(OperatorCases.Make(family, number));
        (Graph graph, Operator op) = GraphOf(made);
        (EvidenceKey Key, OperatorArithmetic Own, OperatorArithmetic Other)[] pairs = [.. Open(graph, op, profile.LikelyDelegated(graph).Count > 0)];
        (EvidenceKey Key, OperatorArithmetic Own, OperatorArithmetic Other)[] needy = [.. pairs.Where(pair => IsNeedy(pair.Key)).OrderBy(pair => Elements(pair.Key))];
        ImmutableArray<EvidenceKey> open = [.. pairs.Select(pair => pair.Key)];
        if (needy.Length == 0)
            return new(open, null, null);
        (EvidenceKey aim, OperatorArithmetic own, OperatorArithmetic other) = needy[number % Math.Min(needy.Length, 3)];
        try
        {
            OperatorCase aimed = Aiming.At(made, [ArithmeticFields.Prepare(graph, op, own), ArithmeticFields.Prepare(graph, op, other)], thorough: true);
            return new(open, aim, Results(aimed, own) is { } one && Results(aimed, other) is { } two && !one.Span.SequenceEqual(two.Span) ? aimed : null);
        }
        catch (NotComputableException)
        {
            return new(open, aim, null);
        }
    }

    private bool IsNeedy(EvidenceKey key) => Elements(key) < Enough && tries.GetValueOrDefault(key) < (Elements(key) == 0 ? VainTries : MostTries);

    private long Elements(EvidenceKey key) => counts.GetValueOrDefault(key, EvidenceCount.None).Elements;

    /// <summary>The pairs between which an operator could decide.</summary>
    private IEnumerable<(EvidenceKey Key, OperatorArithmetic Own, OperatorArithmetic Other)> Open(Graph graph, Operator op, bool delegated)
    {
        OperatorArithmetic own;
        try
        {
            own = profile.ArithmeticOf(new(graph, op), delegated);
        }
        catch (NotComputableException)
        {
            yield break;
        }
        TensorType type = graph[op.Outputs[0]].Type;
        foreach (VariedField field in ArithmeticFields.Of(op.Code, type, own))
        {
            foreach (object? other in field.Others)
            {
                yield return (
                    new(op.Name, type, profile.Name, field.Name, ArithmeticFields.Spell(field.Value), ArithmeticFields.Spell(other)), own,
                    ArithmeticFields.With(own, field.Name, other));
            }
        }
    }

    private IEnumerable<(EvidenceKey Key, EvidenceCount Count)> Judge(CaseOutcome outcome)
    {
        if (outcome.Oracle.IsEmpty)
            yield break;
        (Graph graph, Operator op) = GraphOf(outcome.Case);
        ReadOnlyMemory<byte> oracle = outcome.Oracle[0].Data;
        int bytes = Math.Max(1, graph[op.Outputs[0]].Type.Bits() / 8);
        ReadOnlyMemory<byte>? followed = null;
        foreach ((EvidenceKey key, OperatorArithmetic own, OperatorArithmetic other) in Open(graph, op, outcome.Delegated).Where(pair => Elements(pair.Key) < Enough))
        {
            if ((followed ??= Results(outcome.Case, own)) is { } one && Results(outcome.Case, other) is { } two && Count(one.Span, two.Span, oracle.Span, bytes) is { Elements: > 0 } count)
                yield return (key, count);
        }
    }

    private static EvidenceCount Count(ReadOnlySpan<byte> own, ReadOnlySpan<byte> other, ReadOnlySpan<byte> oracle, int bytes)
    {
        EvidenceCount count = EvidenceCount.None;
        for (int at = 0; at < own.Length; at += bytes)
        {
            if (!own.Slice(at, bytes).SequenceEqual(other.Slice(at, bytes)))
                count += new EvidenceCount(0, 1, oracle.Slice(at, bytes).SequenceEqual(own.Slice(at, bytes)) ? 1 : 0, oracle.Slice(at, bytes).SequenceEqual(other.Slice(at, bytes)) ? 1 : 0);
        }
        return count with { Cases = count.Elements > 0 ? 1 : 0 };
    }

    private static (Graph Graph, Operator Op) GraphOf(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        return (graph, graph.Operators[0]);
    }

    /// <summary>The first output in an arithmetic; null where it cannot be computed.</summary>
    private static ReadOnlyMemory<byte>? Results(OperatorCase one, OperatorArithmetic arithmetic)
    {
        CaseModel model = CaseModel.Of([one]);
        ReferencePipeline reference = new(model.Graph, new Profile("alternative", [new Rule(one.Code, null, arithmetic)]), ImmutableHashSet<TensorIndex>.Empty);
        OperatorResult result = reference.Run(new LayerIndex(0), tensor => model.Input.Tensors.TryGetInput(tensor, out TensorValue? value) ? value : null);
        return result.Reason is null ? result.Outputs[0].Data : null;
    }
}
