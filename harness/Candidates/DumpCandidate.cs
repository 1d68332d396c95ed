using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>A <see cref="Dump"/>, which cannot be fed: it is what it is for every run.</summary>
public sealed class DumpCandidate : ICandidate
{
    private readonly Dump dump;

    private DumpCandidate(string path, Dump dump) => (Description, this.dump) = (new("dump", path), dump);

    public CandidateDescription Description { get; }

    /// <summary>True where it says which inputs it was made with, so that another run's are noticed.</summary>
    public bool HoldsInputs => dump.HoldsInputs;

    /// <param name="path">An .npz, a .safetensors, or a folder of .npy and raw files.</param>
    /// <param name="manifest">What it calls its tensors, where the model calls them otherwise; null for the <c>offbyn-dump.yaml</c> of a folder, if there is one.</param>
    /// <exception cref="UserErrorException">The files cannot be read, or the manifest does not fit them or the model.</exception>
    public static DumpCandidate Read(string path, Graph graph, string? manifest = null) => new(path, Dump.Read(path, manifest, graph));

    public void Prepare(Graph graph, Profile profile)
    {
    }

    public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) =>
        Task.FromResult(contexts.Select(dump.Of).ToImmutableArray());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
