using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Goldens;

/// <summary>The oracle of today beside a golden.</summary>
public static class SnapshotCheck
{
    /// <summary>Captures every entry again and compares digests; of a tensor that changed also the values, where the golden's can be had.</summary>
    /// <param name="golden">The golden.</param>
    /// <param name="graph">The model of today.</param>
    /// <param name="tapped">Its tapped copy.</param>
    /// <param name="oracle">The oracle of today.</param>
    /// <param name="cancel">Ends the run.</param>
    /// <exception cref="UserErrorException">The golden's data are damaged.</exception>
    public static async Task<SnapshotComparison> RunAsync(
        OpenSnapshot golden, Graph graph, ReadOnlyMemory<byte> tapped, IOracle oracle, CancellationToken cancel)
    {
        golden.Data.Verify(golden.Snapshot);
        if (!new GoldenOracle(golden).IsOf(graph))
            return new([.. golden.Snapshot.Entries.Select(entry => OfAnotherModel(entry, graph))]);
        ModelInput[] inputs = Inputs(golden, graph);
        ImmutableArray<CaptureOutcome> outcomes = await oracle.CaptureAsync(
            [.. golden.Snapshot.Entries.Zip(inputs, (entry, input) => new CaptureRequest(graph, tapped, input, FlavourOf(golden, entry)))], cancel).ConfigureAwait(false);
        return Compare(golden, graph, inputs, outcomes, cancel);
    }

    /// <summary>Compares captures, one for each entry, with the golden.</summary>
    public static SnapshotComparison Compare(
        OpenSnapshot golden, Graph graph, IReadOnlyList<ModelInput> inputs, ImmutableArray<CaptureOutcome> outcomes, CancellationToken cancel) =>
        new([.. golden.Snapshot.Entries.Select((entry, i) => outcomes[i].Capture is { } capture
            ? Compare(golden, entry, graph, inputs[i], capture, cancel)
            : new EntryComparison(entry.Label) { Failure = outcomes[i].Failure!.Reason })]);

    private static EntryComparison Compare(OpenSnapshot golden, SnapshotEntry entry, Graph graph, ModelInput input, Capture capture, CancellationToken cancel)
    {
        (SnapshotEntry today, TensorSet values) = GoldenEntries.Of(graph, input, capture);
        if (GoldenEntries.Differences(entry, today) is { Length: > 0 } differences)
            return new(entry.Label) { Identity = differences, Failure = "the golden was captured of something else, and is refused" };
        // The reference is asked for values that the golden does not keep only once one of them changed.
        Lazy<TensorSet> kept = new(() => GoldenValues.Of(golden, entry, input, graph).Tensors);
        return EntryComparison.Of(
            entry, tensor => kept.Value.Tensors.GetValueOrDefault(tensor.Key), today, tensor => values.Tensors.GetValueOrDefault(tensor.Key), cancel);
    }

    private static EntryComparison OfAnotherModel(SnapshotEntry entry, Graph graph) => new(entry.Label)
    {
        Identity = [new(GoldenEntries.ModelSha256, entry.Identity.GetValueOrDefault(GoldenEntries.ModelSha256), graph.Sha256)],
        Failure = $"the golden was captured of another model than {graph.Path}, and is refused",
    };

    private static ModelInput[] Inputs(OpenSnapshot golden, Graph graph)
    {
        GoldenOracle source = new(golden);
        Dictionary<string, ModelInput> made = source.Inputs(graph).ToDictionary(input => input.Sha256);
        return [.. golden.Snapshot.Entries.Select(entry => made[entry.Identity[GoldenEntries.InputSha256]])];
    }

    private static Flavour FlavourOf(OpenSnapshot golden, SnapshotEntry entry) => Enum.TryParse(entry.Flavour, ignoreCase: true, out Flavour flavour)
        ? flavour
        : throw new UserErrorException($"{golden.Folder}: unknown flavour '{Printable.Of(entry.Flavour)}'.");
}
