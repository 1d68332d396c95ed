using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Kernels;

/// <summary>A run to make.</summary>
/// <param name="Graph">The model; its file is read again by the worker, and refused where it has changed.</param>
/// <param name="Profile">One of <see cref="Arithmetic.Profiles.KnownProfiles"/>.</param>
/// <param name="Delegated">Outputs of the operators that the profile's runtime gives to its delegate.</param>
/// <param name="Inputs">The model's inputs, under <c>input_</c> keys.</param>
/// <param name="Oracle">Every operator output of the oracle, and its states before the run.</param>
public sealed record OpenClRequest(Graph Graph, Profile Profile, IReadOnlySet<TensorIndex> Delegated, TensorSet Inputs, TensorSet Oracle)
{
    /// <summary>Whether operators are not run alone as well: <see cref="OpenClResult.Isolated"/> is empty then.</summary>
    public bool ChainOnly { get; init; }
}

/// <summary>
/// What a run gave. Operators that were not computed have no tensors, and a reason; in <see cref="Cumulative"/> they took the oracle's output, so that the
/// operators after them started from that.
/// </summary>
/// <param name="UserKernels">Names of the user's kernels, without .cl, that took the place of ours.</param>
/// <param name="SeveralLaunches">See <see cref="OpenClPipeline.SeveralLaunches"/>.</param>
public sealed record OpenClResult(
    OpenClCapture Isolated, OpenClCapture Cumulative, DeviceFacts Device, ImmutableArray<string> UserKernels, ImmutableSortedDictionary<string, string> SeveralLaunches,
    OpenClTimings Timings);

/// <summary>The OpenCL pipeline in a process of its own: an OpenCL compiler can end its process, and a kernel can corrupt it.</summary>
/// <param name="limits">What the worker may use.</param>
/// <param name="userFolder">Kernels in place of ours, by operator (<c>conv_2d.cl</c>, ...); null for none.</param>
public sealed class OpenClCandidate(WorkerLimits limits, string? userFolder = null) : IKeepsWorkers, IAsyncDisposable
{
    private static readonly WorkerProgram Worker = new("OffByN.Kernels", "dotnet build kernels builds it.");

    private readonly CheckedWorker workers = new(async cancel => await WorkerClient.StartAsync(Worker, limits, cancel).ConfigureAwait(false));

    /// <summary>Starts the worker before there is a run to make, and has it build what a run of that model will probably need.</summary>
    public void StartAhead(Graph graph, Profile profile) => workers.StartAhead((worker, cancel) =>
        worker.AskAsync(OpenClVerbs.Prepare, PipelineOf(graph, profile, profile.LikelyDelegated(graph)), cancel));

    public void Keep() => workers.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => workers.SettleAsync(cancel);

    public ValueTask DisposeAsync() => workers.DisposeAsync();

    /// <summary>The devices of this machine, or why none can be listed.</summary>
    public async Task<Answer<ImmutableArray<DeviceFacts>>> DevicesAsync(CancellationToken cancel = default) =>
        (await workers.RunAsync<ImmutableArray<DeviceFacts>>(
            [async (worker, token) => [.. (await worker.AskAsync(OpenClVerbs.Describe, new DescribeDevices(), token).ConfigureAwait(false)).Devices]],
            cancel).ConfigureAwait(false))[0];

    /// <summary>Makes every run, in order; one that fails, whatever the way, leaves the others unharmed.</summary>
    public Task<ImmutableArray<Answer<OpenClResult>>> RunAsync(IReadOnlyList<OpenClRequest> requests, CancellationToken cancel = default) =>
        workers.RunAsync<OpenClResult>(
            [.. requests.Select(request => (Func<IWorker, CancellationToken, Task<OpenClResult>>)((worker, token) => RunAsync(worker, request, token)))], cancel);

    private async Task<OpenClResult> RunAsync(IWorker worker, OpenClRequest request, CancellationToken cancel)
    {
        RunOrder order = new(
            PipelineOf(request.Graph, request.Profile, request.Delegated), Path.Combine(worker.Folder, "capture.safetensors"), Path.Combine(worker.Folder, "isolated.safetensors"),
            Path.Combine(worker.Folder, "cumulative.safetensors"), request.ChainOnly);
        SafeTensors.Write(order.CapturePath, new TensorSet(request.Oracle.Tensors.SetItems(request.Inputs.Tensors)));
        RunReceipt receipt = await worker.AskAsync(OpenClVerbs.Run, order, cancel).ConfigureAwait(false);
        return new(Take(order.IsolatedPath, receipt.NotIsolated), Take(order.CumulativePath, receipt.NotCumulative), receipt.Device, [.. receipt.UserKernels],
            receipt.SeveralLaunches.ToImmutableSortedDictionary(StringComparer.Ordinal), receipt.Timings);
    }

    private PipelineOrder PipelineOf(Graph graph, Profile profile, IReadOnlySet<TensorIndex> delegated) => new(
        Path.GetFullPath(graph.Path), graph.Sha256, profile.Name, profile.Hash, [.. delegated.Select(tensor => tensor.Value)],
        userFolder is null ? null : Path.GetFullPath(userFolder));

    private static OpenClCapture Take(string path, Dictionary<int, string> notComputed)
    {
        try
        {
            TensorSet tensors = SafeTensors.Read(path);
            // The mapping outlives the file; the next run writes a new one.
            File.Delete(path);
            return new(tensors, notComputed.ToImmutableDictionary(entry => new LayerIndex(entry.Key), entry => entry.Value));
        }
        catch (UserErrorException e)
        {
            throw new WorkerFailureException(FailureKind.Crashed, $"left no usable tensors: {e.Message}");
        }
    }
}
