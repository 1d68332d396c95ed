using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Harness.Candidates;

/// <summary>
/// Any program that reads a folder of inputs and writes a <see cref="Dump"/>, in a process of its own under a worker's limits. Where its manifest says that it can be
/// fed single operators, it is run once more on the oracle's tensors.
/// </summary>
/// <param name="words">The program and its own arguments; <c>model</c> or <c>operators</c>, the folder to read and the folder to write follow them.</param>
/// <param name="model">The bytes of the model's file.</param>
public sealed class CommandCandidate(ImmutableArray<string> words, ReadOnlyMemory<byte> model, WorkerLimits limits) : ICandidate
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(50);

    private readonly CheckedWorker workers = new(async cancel => await WorkerClient.StartAsync(CommandVerbs.Worker, limits, cancel).ConfigureAwait(false));

    public CandidateDescription Description { get; } = new("command", string.Join(' ', words));

    public void Prepare(Graph graph, Profile profile)
    {
    }

    public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
    {
        ImmutableArray<Answer<CandidateTensors>> answers = await workers.RunAsync<CandidateTensors>(
            [.. contexts.Select(context => (Func<IWorker, CancellationToken, Task<CandidateTensors>>)((worker, token) => RunAsync(worker, context, token)))], cancel).ConfigureAwait(false);
        return [.. answers.Select(answer => answer.Value ?? CandidateTensors.Failed(Reason(answer.Failure!)))];
    }

    public void Keep() => workers.Keep();

    public Task<bool> SettleAsync(CancellationToken cancel) => workers.SettleAsync(cancel);

    public void Release(CandidateTensors tensors) => MappedFile.Release(tensors.Isolated.Tensors.Values.Concat(tensors.Cumulative.Tensors.Values));

    public ValueTask DisposeAsync() => workers.DisposeAsync();

    private async Task<CandidateTensors> RunAsync(IWorker worker, CandidateContext context, CancellationToken cancel)
    {
        Dump dump = await RunAsync(worker, "model", context, cancel).ConfigureAwait(false);
        CandidateTensors tensors = dump.Of(context);
        if (context.ChainOnly || !dump.FeedsOperators || tensors.Failure is not null)
            return tensors;
        Dump isolated = await RunAsync(worker, "operators", context, cancel).ConfigureAwait(false);
        return tensors with { Against = IsolatedAgainst.OracleInputs, Isolated = isolated.Outputs };
    }

    private async Task<Dump> RunAsync(IWorker worker, string run, CandidateContext context, CancellationToken cancel)
    {
        string input = Path.Combine(worker.Folder, "in"), output = Path.Combine(worker.Folder, "out");
        try
        {
            foreach (string folder in new[] { input, output })
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
                Directory.CreateDirectory(folder);
            }
            CommandRequest.Write(input, run, context, model.Span);
            CommandOrder order = new(Words.FindProgram(words[0]) ?? words[0], [.. words.Skip(1), run, input, output], Environment.CurrentDirectory, output, limits.FileBytes);
            await worker.AskAsync(CommandVerbs.Run, order, cancel).ConfigureAwait(false);
            return Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any() ? Dump.Read(output, null, context.Graph) : throw new WorkerFailureException(
                FailureKind.Refused, $"the command wrote nothing into OUT, its last argument: expected an INDEX.npy for each operator output that it has, such as {ExampleOf(context.Graph)}.npy (docs/command-candidate.md)");
        }
        catch (WorkerFailureException failure) when (!failure.IsDeath)
        {
            // What the command printed last comes through another pipe than the reply.
            await Task.Delay(LastWords, cancel).ConfigureAwait(false);
            throw new WorkerFailureException(failure.Kind, failure.Reason, worker.StderrTail);
        }
        catch (UserErrorException error)
        {
            // The folder is gone when this is read: it is called what the documentation calls it.
            string message = error.Message.Replace(output + Path.DirectorySeparatorChar, "OUT/", StringComparison.Ordinal).Replace(output, "OUT", StringComparison.Ordinal);
            throw new WorkerFailureException(FailureKind.Refused, $"the command left no usable tensors: {message}", worker.StderrTail);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WorkerFailureException(FailureKind.Refused, $"the command's folders cannot be used: {error.Message}", worker.StderrTail);
        }
    }

    private static TensorIndex ExampleOf(Graph graph) => graph.Outputs.FirstOrDefault(TensorIndex.None);

    /// <summary>With the command's last words.</summary>
    private string Reason(WorkerFailureException failure)
    {
        string reason = failure.Kind == FailureKind.Hung
            ? string.Create(CultureInfo.InvariantCulture, $"the command did not end within {limits.Deadline.TotalSeconds:0.###} s") : failure.Reason;
        return failure.StderrTail.TrimEnd().Split('\n') is [.., { Length: > 0 } last] ? $"{reason}; its last words: {last}" : reason;
    }
}
