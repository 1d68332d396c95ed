using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Harness.Candidates;

/// <summary>The OpenCL pipeline, with our kernels or with a user's in their place.</summary>
public sealed class OpenClPipelineCandidate(string? userFolder = null, WorkerLimits? limits = null) : ICandidate
{
    private const int MostNamed = 8;

    private readonly OpenClCandidate pipeline = new(limits ?? WorkerLimits.Default, userFolder);

    public CandidateDescription Description { get; private set; } = new(userFolder is null ? "opencl" : "kernels", userFolder ?? "our kernels");

    public void Prepare(Graph graph, Profile profile) => pipeline.StartAhead(graph, profile);

    public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
    {
        ImmutableArray<Answer<OpenClResult>> answers = await pipeline.RunAsync(
            [.. contexts.Select(context => new OpenClRequest(context.Graph, context.Profile, context.Delegated, context.Inputs, context.Oracle) { ChainOnly = context.ChainOnly })],
            cancel).ConfigureAwait(false);
        if (answers.FirstOrDefault(answer => answer.Value is not null)?.Value is { } result)
            Description = Description with { Description = string.Join(", ", new[] { userFolder is null ? null : Users(userFolder, result), result.Device.ToString() }.OfType<string>()) };
        return [.. answers.Zip(contexts, (answer, context) => answer.Value is { } value
            ? userFolder is not null && value.UserKernels.IsEmpty ? CandidateTensors.Failed(NoneUsed(userFolder, context.Graph, value)) : new CandidateTensors
            {
                Against = IsolatedAgainst.OracleInputs,
                HasOwnFunctions = true,
                Isolated = value.Isolated.Tensors,
                Cumulative = value.Cumulative.Tensors,
                Substituted = (context.ChainOnly ? value.Cumulative : value.Isolated).NotComputed.ToImmutableDictionary(
                    entry => entry.Key, entry => new Substitution(ComputedBy.Oracle, entry.Value)),
            }
            : CandidateTensors.Failed(Reason(answer.Failure!)))];
    }

    public void Keep() => pipeline.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => pipeline.SettleAsync(cancel);

    public void Release(CandidateTensors tensors) => MappedFile.Release(tensors.Isolated.Tensors.Values.Concat(tensors.Cumulative.Tensors.Values));

    /// <summary>The user's kernels that took the place of ours, and those that did not: a misspelt name must not look like a kernel that was checked.</summary>
    private static string Users(string folder, OpenClResult result)
    {
        string[] idle = [.. FilesOf(folder).Except(result.UserKernels)];
        return $"{Printable.Of(folder)} ({string.Join(", ", result.UserKernels)}{(idle.Length == 0 ? "" : $"; not used by this model: {string.Join(", ", idle.Select(name => Printable.Of(name)))}")}{SeveralLaunches(result)})";
    }

    private static string NoneUsed(string folder, Graph graph, OpenClResult result) =>
        $"none of the kernels in {Printable.Of(folder)} takes the place of ours: expected files named after the model's operators ("
        + $"{string.Join(", ", graph.Operators.Select(op => Printable.Of(op.Name.ToLowerInvariant())).Distinct().Order().Take(MostNamed))}), "
        + $"found {string.Join(", ", FilesOf(folder).Take(MostNamed).Select(name => Printable.Of(name)))}{SeveralLaunches(result)}";

    private static string SeveralLaunches(OpenClResult result) => string.Concat(result.SeveralLaunches.Select(several =>
        $"; {Printable.Of(several.Key.ToUpperInvariant())} takes several launches here: name files after those of ours that they replace ({several.Value}), not {Printable.Of(several.Key)}"));

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*.cl").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order();

    /// <summary>With the worker's last words: which kernel or layer it was about to run.</summary>
    private static string Reason(WorkerFailureException failure) =>
        failure.IsDeath && failure.StderrTail.TrimEnd().Split('\n') is [.., { Length: > 0 } last] ? $"{failure.Reason}; its last words: {last}" : failure.Reason;

    public ValueTask DisposeAsync() => pipeline.DisposeAsync();
}
