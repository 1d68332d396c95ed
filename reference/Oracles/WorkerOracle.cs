using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>
/// Real TFLite in worker processes, whatever program they run: it captures twice, in two fresh interpreters, and a capture counts only when both are equal and the
/// worker lived on.
/// </summary>
/// <param name="name">As in <c>--oracle</c>.</param>
/// <param name="flavours">Those that the runtime has.</param>
/// <param name="workers">They answer <see cref="OracleVerbs"/>.</param>
public sealed class WorkerOracle(string name, ImmutableArray<Flavour> flavours, CheckedWorker workers) : IOracle
{
    /// <summary>The model that lies in a worker's folder already: runs of one model follow each other.</summary>
    private (IWorker Worker, ReadOnlyMemory<byte> Model) written;

    public WorkerOracle(OracleRuntime runtime, WorkerLimits limits)
        : this(runtime.Name, runtime.Flavours, new CheckedWorker(async cancel => await WorkerClient.StartAsync(runtime.Program, limits, cancel).ConfigureAwait(false)))
    {
    }

    public string Name => name;

    public ImmutableArray<Flavour> Flavours => flavours;

    public async Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
    {
        ImmutableArray<Answer<CaptureOutcome>> answers = await workers.RunAsync<CaptureOutcome>(
            [.. requests.Select(request => (Func<IWorker, CancellationToken, Task<CaptureOutcome>>)((worker, token) => CaptureTwiceAsync(worker, request, token)))],
            cancel).ConfigureAwait(false);
        return [.. answers.Select(CaptureOutcome.From)];
    }

    public void Keep() => workers.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => workers.SettleAsync(cancel);

    /// <summary>Its operator outputs are views of one file, that the worker wrote for it alone; inputs belong to the request.</summary>
    public void Release(Capture capture) =>
        MappedFile.Release(capture.Identity.Tensors.Select(tensor => capture.Tensors.Tensors[TensorSet.KeyOf(tensor)]));

    private async Task<CaptureOutcome> CaptureTwiceAsync(IWorker worker, CaptureRequest request, CancellationToken cancel)
    {
        string model = Path.Combine(worker.Folder, "model.tflite");
        string inputs = Path.Combine(worker.Folder, "inputs.safetensors");
        if (!written.Equals((worker, request.TappedModel)))
            await File.WriteAllBytesAsync(model, request.TappedModel, cancel).ConfigureAwait(false);
        written = (worker, request.TappedModel);
        SafeTensors.Write(inputs, request.Input.Tensors);
        RuntimeDescription runtime = await worker.AskAsync(OracleVerbs.Describe, new DescribeOrder(), cancel).ConfigureAwait(false);
        (TensorSet first, CaptureReceipt receipt) = await CaptureOnceAsync(worker, request, model, inputs, cancel).ConfigureAwait(false);
        (TensorSet second, _) = await CaptureOnceAsync(worker, request, model, inputs, cancel).ConfigureAwait(false);
        string? difference = FirstDifference(first, second);
        MappedFile.Release(second.Tensors.Values);
        return difference is { } key
            ? new CaptureOutcome(null, new NotCaptured(
                NotCapturedKind.NotReproducible, $"oracle not reproducible: two runs in fresh interpreters differ, first in tensor {key}", worker.StderrTail))
            : new CaptureOutcome(Assemble(request, runtime, first, receipt, worker.StderrTail), null);
    }

    private static async Task<(TensorSet Tensors, CaptureReceipt Receipt)> CaptureOnceAsync(
        IWorker worker, CaptureRequest request, string model, string inputs, CancellationToken cancel)
    {
        string output = Path.Combine(worker.Folder, "capture.safetensors");
        CaptureOrder order = new(
            model, request.Flavour.ToString().ToLowerInvariant(), request.Threads, inputs, output,
            [.. request.Taps.Select(t => t.Value)],
            [.. request.Graph.Tensors.Where(t => t.IsVariable).Select(t => t.Index.Value)])
        {
            Preserves = request.Preserves,
        };
        CaptureReceipt receipt = await worker.AskAsync(OracleVerbs.Capture, order, cancel).ConfigureAwait(false);
        await worker.PingAsync(cancel).ConfigureAwait(false);
        try
        {
            TensorSet tensors = UnwrittenElements.Cleared(request.Graph, SafeTensors.Read(output));
            // The mapping outlives the file; the next run writes a new one.
            File.Delete(output);
            ImmutableDictionary<string, string> unwritten = UnwrittenElements.Unpacked(request.Graph, [.. receipt.Delegated]).ToImmutableDictionary();
            return unwritten.IsEmpty ? (tensors, receipt)
                : (new TensorSet(tensors.Tensors.RemoveRange(unwritten.Keys)), receipt with { Unread = receipt.Unread.ToImmutableDictionary().SetItems(unwritten) });
        }
        catch (UserErrorException e)
        {
            throw new WorkerFailureException(FailureKind.Crashed, $"left no usable capture: {e.Message}", worker.StderrTail);
        }
    }

    private static string? FirstDifference(TensorSet first, TensorSet second) =>
        first.Tensors.Keys.Union(second.Tensors.Keys).FirstOrDefault(key =>
            !first.Tensors.TryGetValue(key, out TensorValue? a) || !second.Tensors.TryGetValue(key, out TensorValue? b)
            || a.Type != b.Type || !a.Shape.Equals(b.Shape) || !a.Data.Span.SequenceEqual(b.Data.Span));

    private static Capture Assemble(CaptureRequest request, RuntimeDescription runtime, TensorSet tensors, CaptureReceipt receipt, string warnings)
    {
        CaptureIdentity identity = new()
        {
            ModelSha256 = request.Graph.Sha256,
            InputSha256 = request.Input.Sha256,
            Runtime = runtime.Runtime,
            Version = runtime.Version,
            LibrarySha256 = runtime.LibrarySha256,
            Flavour = request.Flavour,
            Profile = RuntimeProfiles.Find(runtime.Runtime, runtime.Version, request.Flavour)?.Hash,
            Tensors = [.. Tapping.Tapped(request.Graph).Where(t => tensors.TryGet(t, out _)).OrderBy(t => t.Value)],
        };
        string harness = typeof(WorkerOracle).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        CaptureRecord record = new(runtime.Host, CpuDescription.Current, request.Threads, harness, DateTimeOffset.UtcNow, warnings);
        return new Capture(new TensorSet(tensors.Tensors.Concat(request.Input.Tensors.Tensors), Provenance(identity, record)), identity, record)
        {
            Delegated = [.. receipt.Delegated.Select(t => new TensorIndex(t))],
            Unread = receipt.Unread.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    private static Dictionary<string, string> Provenance(CaptureIdentity identity, CaptureRecord record) => new()
    {
        ["model.sha256"] = identity.ModelSha256,
        ["input.sha256"] = identity.InputSha256,
        ["oracle.runtime"] = identity.Runtime,
        ["oracle.version"] = identity.Version,
        ["oracle.library.sha256"] = identity.LibrarySha256,
        ["oracle.flavour"] = identity.Flavour.ToString().ToLowerInvariant(),
        ["record.host"] = record.Host,
        ["record.cpu"] = record.Cpu,
        ["record.threads"] = record.Threads.ToString(CultureInfo.InvariantCulture),
        ["record.harness"] = record.Harness,
        ["record.date"] = record.Date.ToString("O", CultureInfo.InvariantCulture),
    };
}
