using System.Collections.Immutable;
using System.Security.Cryptography;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Model;

namespace OffByN.Reference.Oracles;

/// <summary>
/// The tensors of a snapshot's entry: those it keeps, and those of which it has only the digest as far as the reference can compute them again. What is computed
/// is only believed where its digest is the golden's.
/// </summary>
/// <param name="Tensors">Under the entry's keys.</param>
/// <param name="Unknown">Keys of operator outputs whose bytes are lost, and why.</param>
public sealed record GoldenValues(TensorSet Tensors, ImmutableSortedDictionary<string, string> Unknown)
{
    /// <param name="golden">An opened generation.</param>
    /// <param name="entry">One of its entries, of the model <paramref name="graph"/>.</param>
    /// <param name="input">The entry's input.</param>
    /// <param name="graph">The model.</param>
    /// <exception cref="UserErrorException">The snapshot's data are damaged.</exception>
    public static GoldenValues Of(OpenSnapshot golden, SnapshotEntry entry, ModelInput input, Graph graph)
    {
        Dictionary<string, TensorValue> values = new(StringComparer.Ordinal);
        foreach (SnapshotTensor tensor in entry.Tensors)
        {
            if (golden.Data.Get(tensor) is { } value)
                values[tensor.Key] = value;
        }
        ImmutableSortedDictionary<string, string> unknown = ImmutableSortedDictionary<string, string>.Empty;
        Dictionary<string, SnapshotTensor> lost = entry.Tensors.Where(tensor => !values.ContainsKey(tensor.Key)).ToDictionary(tensor => tensor.Key);
        if (lost.Count > 0)
            unknown = Recompute(entry, input, graph, values, lost);
        return new(new TensorSet(values), unknown);
    }

    /// <summary>With those lost tensors that the runtime gives once more: by the digest they are the golden's own.</summary>
    /// <param name="runtime">Where the entry was captured.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="request">The run that it is of.</param>
    /// <param name="cancel">Ends the capture.</param>
    public async Task<GoldenValues> CompletedAsync(IOracle runtime, SnapshotEntry entry, CaptureRequest request, CancellationToken cancel)
    {
        CaptureOutcome outcome = (await runtime.CaptureAsync([request], cancel).ConfigureAwait(false))[0];
        GoldenValues completed = this;
        foreach (SnapshotTensor digest in entry.Tensors.Where(tensor => Unknown.ContainsKey(tensor.Key)))
        {
            TensorValue? value = outcome.Capture?.Tensors.Tensors.GetValueOrDefault(digest.Key);
            completed = value is not null && Convert.ToHexStringLower(SHA256.HashData(value.Data.Span)) == digest.Sha256
                ? new(new TensorSet(completed.Tensors.Tensors.SetItem(digest.Key, value)), completed.Unknown.Remove(digest.Key))
                : completed with
                {
                    Unknown = completed.Unknown.SetItem(digest.Key, $"{Unknown[digest.Key]}; {runtime.Name} {(value is null ? $"does not give it today: {outcome.Failure?.Reason ?? "no value"}" : "gives something else today")}"),
                };
        }
        return completed;
    }

    private static ImmutableSortedDictionary<string, string> Recompute(
        SnapshotEntry entry, ModelInput input, Graph graph, Dictionary<string, TensorValue> values, Dictionary<string, SnapshotTensor> lost)
    {
        ImmutableSortedDictionary<string, string>.Builder unknown = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        ReferencePipeline pipeline = new(
            graph, GoldenEntries.ProfileOf(entry) ?? Arithmetic.Profile.Unknown, entry.Delegated.Select(tensor => new TensorIndex(tensor)).ToImmutableHashSet());
        foreach (Operator op in graph.Operators.Where(op => op.Outputs.Any(output => lost.ContainsKey(TensorSet.KeyOf(output)))))
        {
            OperatorResult result = pipeline.Run(op.Index, tensor =>
                values.TryGetValue(TensorSet.KeyOf(tensor), out TensorValue? value) || input.Tensors.TryGetInput(tensor, out value)
                || values.TryGetValue(TensorSet.InitialStateKeyOf(tensor), out value) ? value : null);
            foreach ((int output, TensorIndex tensor) in op.Outputs.Index())
            {
                if (!lost.TryGetValue(TensorSet.KeyOf(tensor), out SnapshotTensor? digest))
                    continue;
                if (result.Reason is { } reason)
                    unknown[digest.Key] = $"the golden keeps its digest alone, and the reference cannot compute it: {reason}";
                else if (Convert.ToHexStringLower(SHA256.HashData(result.Outputs[output].Data.Span)) == digest.Sha256)
                    values[digest.Key] = result.Outputs[output];
                else
                    unknown[digest.Key] = "the golden keeps its digest alone, and the reference computes something else";
            }
        }
        return unknown.ToImmutable();
    }
}
