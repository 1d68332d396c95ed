using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Candidates;

/// <summary>Another real TFLite, captured in a process of its own as an oracle is. It computes whole networks, so its operators are judged on its own inputs.</summary>
/// <param name="model">The bytes of the model's file.</param>
public sealed class TfliteCandidate(IOracle runtime, Flavour flavour, ReadOnlyMemory<byte> model) : ICandidate
{
    /// <summary>Captures that are read, and by how many runs: several flavours of the oracle face one capture of an input.</summary>
    private readonly Dictionary<TensorSet, (Capture Capture, int Runs)> read = new(ReferenceEqualityComparer.Instance);

    public CandidateDescription Description { get; private set; } = new("tflite", $"{runtime.Name} {flavour.ToString().ToLowerInvariant()}");

    public void Prepare(Graph graph, Profile profile)
    {
    }

    public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
    {
        if (contexts.Count == 0)
            return [];
        Graph graph = contexts[0].Graph;
        byte[] tapped = Tapping.Tap(model, graph);
        // Several flavours of the oracle face one capture of each input.
        TensorSet[] inputs = [.. contexts.Select(context => context.Inputs).Distinct()];
        ImmutableArray<CaptureOutcome> outcomes = await runtime.CaptureAsync(
            [.. inputs.Select(input => new CaptureRequest(graph, tapped, new ModelInput("the run's", "", input), flavour))], cancel).ConfigureAwait(false);
        if (outcomes.FirstOrDefault(outcome => outcome.Capture is not null)?.Capture is { } capture)
            Description = Description with { Description = DescriptionOf(capture) };
        Dictionary<TensorSet, CandidateTensors> tensors = inputs.Zip(outcomes, (input, outcome) => KeyValuePair.Create(input, TensorsOf(graph, outcome))).ToDictionary();
        foreach ((TensorSet input, CaptureOutcome outcome) in inputs.Zip(outcomes))
        {
            if (outcome.Capture is { } one)
                read.Add(tensors[input].Cumulative, (one, contexts.Count(context => context.Inputs == input)));
        }
        return [.. contexts.Select(context => tensors[context.Inputs])];
    }

    public void Keep() => runtime.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => runtime.SettleAsync(cancel);

    public void Release(CandidateTensors tensors)
    {
        if (!read.Remove(tensors.Cumulative, out (Capture Capture, int Runs) of))
            return;
        if (of.Runs == 1)
            runtime.Release(of.Capture);
        else
            read.Add(tensors.Cumulative, of with { Runs = of.Runs - 1 });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string DescriptionOf(Capture capture) =>
        $"{capture.Identity.Runtime} {capture.Identity.Version} {capture.Identity.Flavour.ToString().ToLowerInvariant()}"
        + (capture.Identity.Flavour == Flavour.Xnn && capture.Delegated.IsEmpty ? ", nothing delegated, equals opt" : "");

    private static CandidateTensors TensorsOf(Graph graph, CaptureOutcome outcome) => outcome.Capture is not { } capture
        ? CandidateTensors.Failed($"the candidate gave nothing: {outcome.Failure!.Reason}")
        : new()
        {
            Against = IsolatedAgainst.OwnInputs,
            Cumulative = new(Tapping.Tapped(graph).Select(TensorSet.KeyOf).Concat(graph.Operators.SelectMany(op => graph.StatesOf(op)).Select(state => TensorSet.StateKeyOf(state.Index))).Where(capture.Tensors.Tensors.ContainsKey)
                .Select(key => KeyValuePair.Create(key, capture.Tensors.Tensors[key]))),
        };
}
