using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Harness.Candidates;

/// <summary>The OpenCL pipeline, with our kernels or with a user's in their place.</summary>
public sealed class OpenClPipelineCandidate(string? userFolder = null) : ICandidate
{
    private readonly OpenClCandidate pipeline = new(WorkerLimits.Default, userFolder);

    public CandidateDescription Description { get; private set; } = new(userFolder is null ? "opencl" : "kernels", userFolder ?? "our kernels");

    public void Prepare(Graph graph, Profile profile) => pipeline.StartAhead(graph, profile);

    public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
    {
        ImmutableArray<Answer<OpenClResult>> answers = await pipeline.RunAsync(
            [.. contexts.Select(context => new OpenClRequest(context.Graph, context.Profile, context.Delegated, context.Inputs, context.Oracle))],
            cancel).ConfigureAwait(false);
        if (answers.FirstOrDefault(answer => answer.Value is not null)?.Value is { } result)
            Description = Description with { Description = string.Join(", ", new[] { userFolder, result.Device.ToString() }.OfType<string>()) };
        return [.. answers.Select(answer => answer.Value is { } value
            ? new CandidateTensors
            {
                Against = IsolatedAgainst.OracleInputs,
                Isolated = value.Isolated.Tensors,
                Cumulative = value.Cumulative.Tensors,
                Substituted = value.Isolated.NotComputed.ToImmutableDictionary(
                    entry => entry.Key, entry => new Substitution(ComputedBy.Oracle, entry.Value)),
            }
            : CandidateTensors.Failed(Reason(answer.Failure!)))];
    }

    public void Keep() => pipeline.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => pipeline.SettleAsync(cancel);

    public void Release(CandidateTensors tensors) => MappedFile.Release(tensors.Isolated.Tensors.Values.Concat(tensors.Cumulative.Tensors.Values));

    /// <summary>With the worker's last words: which kernel or layer it was about to run.</summary>
    private static string Reason(WorkerFailureException failure) =>
        failure.IsDeath && failure.StderrTail.TrimEnd().Split('\n') is [.., { Length: > 0 } last] ? $"{failure.Reason}; its last words: {last}" : failure.Reason;

    public ValueTask DisposeAsync() => pipeline.DisposeAsync();
}
