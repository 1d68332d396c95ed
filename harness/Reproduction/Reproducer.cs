using System.Collections.Immutable;
using System.Globalization;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness.Reproduction;

/// <summary>A model of one operator in which the candidate parts from real TFLite.</summary>
/// <param name="Case">The operator and its inputs.</param>
/// <param name="Model">Its file.</param>
/// <param name="Identity">The capture of the expected values.</param>
/// <param name="Expected">The oracle's outputs and states after the run, under the keys of <see cref="TensorSet"/>.</param>
/// <param name="Actual">The candidate's.</param>
/// <param name="Differing">The first output or state that diverges.</param>
public sealed record Reproduction(OneOperator Case, byte[] Model, CaptureIdentity Identity, TensorSet Expected, TensorSet Actual, LayerComparison Differing)
{
    /// <summary>How far it is off.</summary>
    public Metrics Metrics => Differing.Isolated!;
}

/// <summary>Runs operators alone in real TFLite and in the candidate, and makes one that fails as small as it still fails.</summary>
public sealed class Reproducer(IOracle oracle, Flavour flavour, ICandidate candidate, IProgress<string> progress, CancellationToken cancel) : IDisposable
{
    /// <summary>Candidates in processes of their own read a model from its file.</summary>
    private readonly DirectoryInfo models = Directory.CreateTempSubdirectory("offbyn-repro-");

    private int written;

    /// <summary>Why the last operator that was tried alone does not fail; null when it does.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>
    /// The operator as it is, and the smallest that is found by taking away from one freedom after the other; null when it does not fail alone, or cannot be run. Workers
    /// stay over all trials; where one died, everything is tried again with fresh ones.
    /// </summary>
    public async Task<(Reproduction Whole, Reproduction Least)?> FindAsync(OneOperator one)
    {
        ((Reproduction, Reproduction)? found, bool isSettled) = await KeptWorkers.DuringAsync([oracle, candidate], () => TryAndShrinkAsync(one), cancel).ConfigureAwait(false);
        return isSettled ? found : await TryAndShrinkAsync(one).ConfigureAwait(false);
    }

    public void Dispose() => models.Delete(recursive: true);

    private async Task<(Reproduction Whole, Reproduction Least)?> TryAndShrinkAsync(OneOperator one) =>
        (await TryAsync([one]).ConfigureAwait(false))[0] is { } whole ? (whole, await ShrinkAsync(whole).ConfigureAwait(false)) : null;

    private async Task<Reproduction> ShrinkAsync(Reproduction found)
    {
        for (bool isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (string name in Freedoms.Of(found.Case.Graph).Select(freedom => freedom.Name))
            {
                Freedom? freedom = Freedoms.Of(found.Case.Graph).FirstOrDefault(freedom => freedom.Name == name);
                if (freedom is null || (found.Case.Given is not null && !freedom.KeepsElements))
                    continue;
                progress.Report(string.Create(CultureInfo.InvariantCulture, $"shrinking {freedom.Size} {name}"));
                if (await LessAsync(found, freedom).ConfigureAwait(false) is { } smaller)
                    (found, isSmaller) = (smaller, true);
            }
        }
        return found;
    }

    /// <summary>The shortest stretch around the element that differs most with which it still fails; the first mostly does.</summary>
    private async Task<Reproduction?> LessAsync(Reproduction found, Freedom freedom)
    {
        OneOperator[] proposals = [.. Lengths(freedom.Size).Select(length => Around(found, freedom, length)).OfType<OneOperator>()];
        foreach (OneOperator[] some in new[] { proposals[..Math.Min(1, proposals.Length)], proposals[Math.Min(1, proposals.Length)..] })
        {
            if ((await TryAsync(some).ConfigureAwait(false)).FirstOrDefault(one => one is not null) is { } smaller)
                return smaller;
        }
        return null;
    }

    /// <summary>1, 2, 3, 4, 6, 8, 12, ... below the size.</summary>
    private static IEnumerable<int> Lengths(int size)
    {
        for (int power = 1; power < size; power *= 2)
        {
            yield return power;
            if (power > 1 && power / 2 * 3 < size)
                yield return power / 2 * 3;
        }
    }

    /// <summary>The steps around the element that differs most.</summary>
    private static OneOperator? Around(Reproduction found, Freedom freedom, int length)
    {
        int place = freedom.Place(found.Metrics.Worst!.Index);
        int start = Math.Clamp(place - length / 2, 0, freedom.Size - length);
        return found.Case.Less(freedom, start - start % freedom.Alignment, length);
    }

    private async Task<ImmutableArray<Reproduction?>> TryAsync(IReadOnlyList<OneOperator> cases)
    {
        (OneOperator One, byte[] Model, Graph Graph, ModelInput Input)[] trials = [.. cases.Select(one =>
        {
            byte[] model = ModelWriter.Write(one.Graph);
            string path = Path.Combine(models.FullName, string.Create(CultureInfo.InvariantCulture, $"{written++}.tflite"));
            File.WriteAllBytes(path, model);
            Graph graph = TfliteReader.Parse(model, path);
            return (one, model, graph, InputReader.FromSet(graph, one.Inputs, "the operator's inputs", "input.npz"));
        })];
        ImmutableArray<CaptureOutcome> outcomes = await oracle.CaptureAsync(
            [.. trials.Select(trial => new CaptureRequest(trial.Graph, Tapping.Tap(trial.Model, trial.Graph), trial.Input, flavour))], cancel).ConfigureAwait(false);
        Obstacle = outcomes.FirstOrDefault(outcome => outcome.Failure is not null)?.Failure?.Reason;
        CandidateContext?[] contexts = [.. trials.Zip(outcomes, (trial, outcome) => Verification.ContextOf(trial.Graph, trial.Input, outcome.Capture))];
        CandidateContext[] toRun = [.. contexts.Zip(trials).Where(pair => pair.Second.One.Given is null).Select(pair => pair.First).OfType<CandidateContext>()];
        Queue<CandidateTensors> ran = new(toRun.Length == 0 ? [] : await candidate.RunAsync(toRun, cancel).ConfigureAwait(false));
        List<Reproduction?> found = [];
        for (int i = 0; i < trials.Length; i++)
        {
            if (contexts[i] is not { } context)
            {
                found.Add(null);
                continue;
            }
            CandidateTensors actual = trials[i].One.Given is { } given ? new() { Against = IsolatedAgainst.OracleInputs, Isolated = given, Cumulative = given } : ran.Dequeue();
            found.Add(Compare(trials[i].One with { Graph = trials[i].Graph }, trials[i].Model, context, outcomes[i].Capture!.Identity, actual));
        }
        return [.. found];
    }

    /// <summary>The case where it diverges as a verification of it would say; else null, and where it could not be compared the reason is kept.</summary>
    private Reproduction? Compare(OneOperator one, byte[] model, CandidateContext context, CaptureIdentity identity, CandidateTensors actual)
    {
        ImmutableArray<LayerComparison> compared = LayerComparisons.Of(context, actual, withMaps: false, cancel);
        if (compared.FirstOrDefault(layer => layer.Verdict == LayerVerdict.Diverges) is { } differing)
            return new(one, model, identity, ResultsOf(one, context.Oracle), ResultsOf(one, actual.Isolated), differing);
        Obstacle ??= compared.FirstOrDefault(layer => layer.Verdict == LayerVerdict.NotCompared)?.Reason;
        return null;
    }

    private static TensorSet ResultsOf(OneOperator one, TensorSet values) => new(OperatorResultTensor.Of(one.Graph, one.Graph.Operators[0])
        .Where(result => values.Tensors.ContainsKey(result.Key)).Select(result => KeyValuePair.Create(result.Key, values.Tensors[result.Key])));
}
