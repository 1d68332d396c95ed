using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>A candidate that keeps what it was run on and what it gave, so that single elements can be shown after the comparison.</summary>
internal sealed class RecordingCandidate(ICandidate inner) : ICandidate
{
    /// <summary>The last run's contexts and tensors, in order.</summary>
    public ImmutableArray<(CandidateContext Context, CandidateTensors Tensors)> Recorded { get; private set; } = [];

    public CandidateDescription Description => inner.Description;

    public void Prepare(Graph graph, Profile profile) => inner.Prepare(graph, profile);

    public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
    {
        ImmutableArray<CandidateTensors> tensors = await inner.RunAsync(contexts, cancel).ConfigureAwait(false);
        Recorded = [.. contexts.Zip(tensors)];
        return tensors;
    }

    public Task<ImmutableArray<CandidateTensors>> RunAgainAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) => inner.RunAgainAsync(contexts, cancel);

    public void Keep() => inner.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => inner.SettleAsync(cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
