using System.Collections.Immutable;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.Diagnosis;

/// <summary>The diagnosis stage: why operators that part from the oracle do so.</summary>
public static class Diagnoses
{
    private const int MostCauses = 5;

    /// <summary>Below this a hypothesis that is not exact is noise.</summary>
    private const double LeastShare = 0.05;

    /// <summary>Diagnoses every operator of a frontier; one that cannot be recomputed is left out.</summary>
    public static ImmutableArray<OperatorDiagnosis> Of(CandidateContext context, CandidateTensors candidate, IEnumerable<LayerIndex> frontier, CancellationToken cancel)
    {
        ImmutableArray<OperatorDiagnosis>.Builder found = ImmutableArray.CreateBuilder<OperatorDiagnosis>();
        foreach (LayerIndex layer in frontier)
        {
            cancel.ThrowIfCancellationRequested();
            if (OperatorCase.Of(context, candidate, layer) is { } one && OperatorDiagnosis.Of(one) is { } diagnosis)
                found.Add(diagnosis);
        }
        return found.ToImmutable();
    }

    /// <summary>The classes of hypotheses of one operator, best first.</summary>
    public static ImmutableArray<Cause> Causes(OperatorDiagnosis diagnosis) => Causes([diagnosis], [.. diagnosis.Scores.Select(score => score.Hypothesis.Id)]);

    /// <summary>
    /// What explains a run: each hypothesis scored over all operators together, on all inputs. Where no one hypothesis explains all of them, the one that explains most
    /// operators takes those, and so on with the rest; operators that nothing explains wholly come last.
    /// </summary>
    /// <param name="diagnoses">Of one flavour, over all inputs.</param>
    public static ImmutableArray<Cause> OfRun(ImmutableArray<OperatorDiagnosis> diagnoses)
    {
        ImmutableArray<Cause>.Builder causes = ImmutableArray.CreateBuilder<Cause>();
        List<ImmutableArray<OperatorDiagnosis>> remaining = [.. diagnoses.GroupBy(diagnosis => diagnosis.Case.Layer).Select(group => group.ToImmutableArray())];
        while (remaining.Count > 0)
        {
            string[] ids = [.. remaining.SelectMany(layer => layer).SelectMany(diagnosis => diagnosis.Scores).Where(score => score.IsExact).Select(score => score.Hypothesis.Id).Distinct()];
            ImmutableArray<OperatorDiagnosis>[] explained = [];
            foreach (string id in ids)
            {
                ImmutableArray<OperatorDiagnosis>[] some = [.. remaining.Where(layer => layer.All(diagnosis => diagnosis.ScoreOf(id) is { IsExact: true }))];
                if (some.Length > explained.Length)
                    explained = some;
            }
            if (explained.Length == 0)
                break;
            causes.AddRange(Causes([.. explained.SelectMany(layer => layer)], ids).Take(1));
            remaining.RemoveAll(layer => explained.Contains(layer));
        }
        foreach (IGrouping<string, (ImmutableArray<OperatorDiagnosis> Layer, Cause Cause)> partial in remaining
            .Select(layer => (Layer: layer, Cause: Causes(layer, [.. layer.SelectMany(diagnosis => diagnosis.Scores).Select(score => score.Hypothesis.Id).Distinct()]).FirstOrDefault()))
            .Where(entry => entry.Cause is not null).Select(entry => (entry.Layer, entry.Cause!))
            .GroupBy(entry => entry.Item2.Hypothesis.Id))
        {
            causes.AddRange(Causes([.. partial.SelectMany(entry => entry.Layer)], [partial.Key]));
        }
        return causes.ToImmutable();
    }

    private static ImmutableArray<Cause> Causes(ImmutableArray<OperatorDiagnosis> diagnoses, IReadOnlyCollection<string> ids)
    {
        long differing = diagnoses.Sum(diagnosis => diagnosis.Differing);
        ImmutableArray<LayerIndex> operators = [.. diagnoses.Select(diagnosis => diagnosis.Case.Layer).Distinct().OrderBy(layer => layer.Value)];
        ImmutableArray<Score>[] classes =
        [
            .. ids.Select(id => Together(id, diagnoses)).OfType<Score>().Where(score => score.Explained > 0)
                .GroupBy(score => score.Fingerprint)
                .Select(group => group.OrderBy(score => score.Hypothesis.Rank).ToImmutableArray())
                .OrderBy(members => members[0].Wrong).ThenBy(members => members[0].Hypothesis.Rank),
        ];
        return
        [
            .. classes.Select((members, i) => new Cause(
                    members, Math.Max(0, Math.Min(differing, classes.Where((_, other) => other != i).Select(other => other[0].Wrong).DefaultIfEmpty(differing).Min()) - members[0].Wrong), operators))
                .Where(cause => cause.Score.IsExact || cause.Score.Explains >= LeastShare).Take(MostCauses),
        ];
    }

    /// <summary>One hypothesis over several operators. Where it does not apply, nothing of what differs there is explained.</summary>
    private static Score? Together(string id, ImmutableArray<OperatorDiagnosis> diagnoses)
    {
        Score? sum = null;
        foreach (OperatorDiagnosis diagnosis in diagnoses)
        {
            if (diagnosis.ScoreOf(id) is not { } score)
                score = new(new([], null, diagnosis.Case.Expected), 0, diagnosis.Differing, 0, 0, "");
            sum = sum is null ? score : new(
                sum.Hypothesis.Mistakes.IsEmpty ? score.Hypothesis : sum.Hypothesis, sum.Explained + score.Explained, sum.Wrong + score.Wrong,
                sum.Discriminating + score.Discriminating, sum.Informative + score.Informative, sum.Fingerprint + score.Fingerprint);
        }
        return sum is { Hypothesis.Mistakes.IsEmpty: false } ? sum : null;
    }
}
