using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Model;

namespace OffByN.Reference.Oracles;

/// <summary>
/// A snapshot in the place of the runtime that it was captured from: needs neither Python nor TFLite. It answers for nothing but what it was captured of.
/// </summary>
/// <param name="golden">The snapshot.</param>
/// <param name="runtime">
/// The runtime that it was captured from, where that is here: asked for tensors of which the snapshot keeps the digest alone and that the reference does not reproduce.
/// </param>
public sealed class GoldenOracle(OpenSnapshot golden, IOracle? runtime = null) : IOracle
{
    public string Name => $"golden:{golden.Folder}";

    /// <summary>Of its manifest, in lower-case hexadecimal.</summary>
    public string Sha256 => golden.Snapshot.Sha256;

    public ImmutableArray<Flavour> Flavours =>
        [.. golden.Snapshot.Entries.Select(entry => Enum.TryParse(entry.Flavour, ignoreCase: true, out Flavour flavour) ? flavour : (Flavour?)null).OfType<Flavour>().Distinct().Order()];

    /// <summary>What it has, a line an entry, for people.</summary>
    public string Listing => string.Join('\n', golden.Snapshot.Entries.Select(entry => $"  {Printable.Of(entry.Label)}"));

    /// <summary>True for the model that it was captured of.</summary>
    public bool IsOf(Graph graph) => golden.Snapshot.Entries.All(entry => entry.Identity.GetValueOrDefault(GoldenEntries.ModelSha256) == graph.Sha256);

    /// <summary>The inputs that it was captured on, each once: those that it keeps, and those that a seed makes again.</summary>
    /// <exception cref="UserErrorException">The model takes other inputs, or the snapshot's data are damaged.</exception>
    public ImmutableArray<ModelInput> Inputs(Graph graph) =>
        [.. golden.Snapshot.Entries.DistinctBy(entry => entry.Identity.GetValueOrDefault(GoldenEntries.InputSha256)).Select(entry => InputOf(graph, entry))];

    /// <summary>The input of one entry.</summary>
    /// <inheritdoc cref="Inputs"/>
    public ModelInput InputOf(Graph graph, SnapshotEntry entry)
    {
        ModelInput input;
        if (entry.Seed is { } seed)
        {
            input = InputReader.FromSeed(graph, seed);
        }
        else
        {
            Dictionary<string, TensorValue> kept = entry.Inputs.ToDictionary(tensor => tensor.Key, tensor => golden.Data.Get(tensor)
                ?? throw new UserErrorException($"{golden.Folder}: the bytes of {tensor.Key} of entry {Printable.Of(entry.Label)} are in none of its data files. Restore them, or capture again."));
            input = InputReader.FromSet(graph, new TensorSet(kept), golden.Folder, entry.InputName);
        }
        string expected = entry.Identity.GetValueOrDefault(GoldenEntries.InputSha256) ?? "";
        return input.Sha256 == expected ? input : throw new UserErrorException(
            $"{golden.Folder}: entry {Printable.Of(entry.Label)} was captured on an input of sha256 {Printable.Of(expected)}, the one it keeps has {input.Sha256}. Capture again.");
    }

    public async Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
    {
        List<CaptureOutcome> outcomes = [];
        foreach (CaptureRequest request in requests)
            outcomes.Add(await FindAsync(request, cancel).ConfigureAwait(false));
        return [.. outcomes];
    }

    private async Task<CaptureOutcome> FindAsync(CaptureRequest request, CancellationToken cancel)
    {
        SnapshotEntry[] entries = [.. golden.Snapshot.Entries.Where(entry => entry.Flavour == GoldenEntries.NameOf(request.Flavour))];
        if (entries.Length == 0)
            return Refused($"it has no entry of flavour {GoldenEntries.NameOf(request.Flavour)}, but {string.Join("; ", golden.Snapshot.Entries.Select(entry => Printable.Of(entry.Label)))}");
        SnapshotEntry nearest = entries.MinBy(entry => Differences(entry, request).Length)!;
        return Differences(nearest, request) is { Length: > 0 } differences ? Refused(string.Join("; ", differences)) : await AnswerAsync(nearest, request, cancel).ConfigureAwait(false);
    }

    private static ImmutableArray<IdentityDifference> Differences(SnapshotEntry entry, CaptureRequest request)
    {
        List<IdentityDifference> differences =
        [
            new(GoldenEntries.ModelSha256, entry.Identity.GetValueOrDefault(GoldenEntries.ModelSha256), request.Graph.Sha256),
            new(GoldenEntries.InputSha256, entry.Identity.GetValueOrDefault(GoldenEntries.InputSha256), request.Input.Sha256),
        ];
        if (entry.Identity.TryGetValue(GoldenEntries.ProfileSha256, out string? hash))
            differences.Add(new(GoldenEntries.ProfileSha256, hash, GoldenEntries.ProfileOf(entry)?.Hash));
        return [.. differences.Where(difference => difference.Golden != difference.Found)];
    }

    private async Task<CaptureOutcome> AnswerAsync(SnapshotEntry entry, CaptureRequest request, CancellationToken cancel)
    {
        string[] unknown = [.. request.Taps.Select(TensorSet.KeyOf).Except(entry.Tensors.Select(tensor => tensor.Key)).Except(entry.Unread.Keys)];
        if (unknown.Length > 0)
            return Refused($"its tensors are not those of the model: it has none for {string.Join(", ", unknown.Take(10))}");
        GoldenValues values = GoldenValues.Of(golden, entry, request.Input, request.Graph);
        if (!values.Unknown.IsEmpty && runtime is not null)
            values = await values.CompletedAsync(runtime, entry, request, cancel).ConfigureAwait(false);
        if (values.Tensors.Tensors.IsEmpty)
            return Refused($"no tensor's bytes can be had: {values.Unknown.Values.FirstOrDefault()}. Capture with them, without --digests-only");
        Capture capture = GoldenEntries.ToCapture(entry, new TensorSet(values.Tensors.Tensors.SetItems(request.Input.Tensors.Tensors)), golden.Folder);
        return new(capture with { Unread = capture.Unread.SetItems(values.Unknown) }, null);
    }

    private CaptureOutcome Refused(string reason) => new(null, new NotCaptured(NotCapturedKind.Refused, $"golden {golden.Folder} refused: {reason}", ""));
}
