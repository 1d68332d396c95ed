using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace OffByN.Workers;

/// <summary>The client's side of one worker process. Requests are asked one after the other; once it failed by dying, it stays dead.</summary>
public sealed class WorkerClient : IWorker
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DyingDeadline = TimeSpan.FromSeconds(3);

    private readonly WorkerLimits limits;
    private readonly Process process;
    private readonly StderrTail stderr;
    private readonly SemaphoreSlim turn = new(1);
    private WorkerFailureException? death;
    private long lastId;
    private bool killed;
    private bool disposed;

    private WorkerClient(WorkerLimits limits, Process process, string folder)
    {
        this.limits = limits;
        this.process = process;
        ProcessId = process.Id;
        Folder = folder;
        stderr = new StderrTail(process.StandardError.BaseStream);
    }

    public string Folder { get; }

    public string StderrTail => stderr.ToString();

    public int ProcessId { get; }

    /// <summary>Starts <paramref name="program"/> and waits until it is under its limits; its foreign code may still be loading.</summary>
    /// <exception cref="WorkerFailureException">It was not built, or does not start.</exception>
    public static async Task<WorkerClient> StartAsync(WorkerProgram program, WorkerLimits limits, CancellationToken cancel = default)
    {
        string assembly = program.FindAssembly()
            ?? throw new WorkerFailureException(FailureKind.CannotStart, $"{program.Project} is not built. {program.HowToGet}");
        string folder;
        try
        {
            folder = TemporaryFolder.Create(limits.FileBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"no temporary folder can be made: {e.Message}");
        }
        WorkerClient worker;
        try
        {
            worker = new WorkerClient(limits, Process.Start(Describe(program, limits, assembly, folder))!, folder);
        }
        catch (Exception e)
        {
            TemporaryFolder.Delete(folder);
            throw new WorkerFailureException(FailureKind.CannotStart, $"{program.Project} cannot be started: {e.Message}");
        }
        try
        {
            await worker.ReceiveAsync(0, "start", StartDeadline, cancel).ConfigureAwait(false);
            return worker;
        }
        catch (Exception e)
        {
            await worker.DisposeAsync().ConfigureAwait(false);
            throw e is WorkerFailureException failure
                ? new WorkerFailureException(FailureKind.CannotStart, failure.Reason, failure.StderrTail)
                : e;
        }
    }

    public Task<TReply> AskAsync<TRequest, TReply>(Verb<TRequest, TReply> verb, TRequest request, CancellationToken cancel = default) =>
        InTurnAsync(
            async () =>
            {
                long id = Send(verb.Name, JsonSerializer.SerializeToElement(request, verb.Request));
                JsonElement body = await ReceiveAsync(id, verb.Name, limits.Deadline, cancel).ConfigureAwait(false);
                try
                {
                    return body.Deserialize(verb.Reply) ?? throw new JsonException("an empty reply");
                }
                catch (JsonException e)
                {
                    throw await NoReplyAsync(verb.Name, e.Message).ConfigureAwait(false);
                }
            },
            cancel);

    public Task PingAsync(CancellationToken cancel = default) => AskAsync(BuiltInVerbs.Ping, new Nothing(), cancel);

    public Task CloseAsync(CancellationToken cancel = default) =>
        InTurnAsync<object?>(
            async () =>
            {
                Send(BuiltInVerbs.Exit, JsonSerializer.SerializeToElement(new Nothing(), MessagesJson.Default.Nothing));
                try
                {
                    await process.WaitForExitAsync(cancel).WaitAsync(limits.Deadline, cancel).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    Kill();
                    throw Dead(FailureKind.Hung, $"did not exit within {Seconds(limits.Deadline)}", await stderr.LastWordsAsync().ConfigureAwait(false));
                }
                if (process.ExitCode != 0)
                    throw await DieAsync("its shutdown").ConfigureAwait(false);
                Kill();
                death = new WorkerFailureException(FailureKind.Crashed, "was closed");
                return null;
            },
            cancel);

    public async ValueTask DisposeAsync()
    {
        if (disposed)
            return;
        disposed = true;
        Kill();
        // A killed process is gone in no time, unless the kernel waits for a device; its folder is deleted either way.
        await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(DyingDeadline)).ConfigureAwait(false);
        TemporaryFolder.Delete(Folder);
        process.Dispose();
        turn.Dispose();
    }

    private static ProcessStartInfo Describe(WorkerProgram program, WorkerLimits limits, string assembly, string folder)
    {
        WorkerArguments arguments = new(folder, limits.MemoryBytes, limits.FileBytes, (long)limits.CpuPerRequest.TotalSeconds);
        ProcessStartInfo start = new(WorkerProgram.FindDotnet(), [assembly, .. arguments.Format()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["TMPDIR"] = folder;
        // No debugger's pipe in the temporary folder, no crash dump.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach ((string name, string value) in program.Environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return start;
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return death is null ? await work().ConfigureAwait(false) : throw death;
        }
        catch (OperationCanceledException)
        {
            // The answer may still come and would be taken for the next one's.
            Kill();
            death = new WorkerFailureException(FailureKind.Crashed, "was killed when its request was cancelled");
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    private long Send(string verb, JsonElement body)
    {
        try
        {
            Stream stdin = process.StandardInput.BaseStream;
            stdin.Write(Frames.Encode(new Request(++lastId, verb, body), MessagesJson.Default.Request));
            stdin.Flush();
        }
        catch (IOException)
        {
            // It died since its last answer; receiving finds out of what.
        }
        return lastId;
    }

    private async Task<JsonElement> ReceiveAsync(long id, string verb, TimeSpan deadline, CancellationToken cancel)
    {
        Task<Reply?> reading = Task.Factory.StartNew(
            () => Frames.Read(process.StandardOutput.BaseStream, MessagesJson.Default.Reply),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Reply? reply;
        try
        {
            reply = await reading.WaitAsync(deadline, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
            throw Dead(FailureKind.Hung, $"gave no answer to {verb} within {Seconds(deadline)}", await stderr.LastWordsAsync().ConfigureAwait(false));
        }
        catch (FormatException e)
        {
            throw await NoReplyAsync(verb, e.Message).ConfigureAwait(false);
        }
        if (reply is null)
            throw await DieAsync(verb).ConfigureAwait(false);
        if (reply.Failure is { } failure)
        {
            WorkerFailureException thrown = new(failure.Kind, failure.Reason, stderr.ToString());
            if (thrown.IsDeath)
            {
                Kill();
                death = thrown;
            }
            throw thrown;
        }
        return reply.Id == id
            ? reply.Body ?? default
            : throw await NoReplyAsync(verb, "the id of another request").ConfigureAwait(false);
    }

    private async Task<WorkerFailureException> NoReplyAsync(string verb, string found)
    {
        Kill();
        return Dead(FailureKind.Crashed, $"answered {verb} with something that is no reply: {found}", await stderr.LastWordsAsync().ConfigureAwait(false));
    }

    /// <summary>Says what a process died of that has closed its pipe; kills it if it lives on without one.</summary>
    private async Task<WorkerFailureException> DieAsync(string verb)
    {
        await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(DyingDeadline)).ConfigureAwait(false);
        bool exited = process.HasExited;
        Kill();
        string tail = await stderr.LastWordsAsync().ConfigureAwait(false);
        return exited ? Autopsy(verb, process.ExitCode, tail) : Dead(FailureKind.Crashed, $"closed its pipe during {verb}", tail);
    }

    private WorkerFailureException Autopsy(string verb, int exitCode, string tail)
    {
        // The runtime reports death by signal n as exit code 128 + n, as shells do.
        int signal = exitCode is > 128 and <= 128 + 64 ? exitCode - 128 : 0;
        if (signal == 0)
            return Dead(FailureKind.Crashed, $"exited with code {exitCode} during {verb}", tail);
        string died = $"died with signal {signal} ({Posix.SignalName(signal)}) during {verb}";
        return signal switch
        {
            Posix.CpuTimeSignal => Dead(FailureKind.Hung, $"{died}: used more than {Seconds(limits.CpuPerRequest)} of processor time", tail),
            Posix.FileSizeSignal => Dead(FailureKind.Crashed, $"{died}: wrote a file of more than {limits.FileBytes >> 20} MiB", tail),
            Posix.KillSignal => Dead(FailureKind.Crashed, $"{died}: most likely the system ran out of memory", tail),
            Posix.AbortSignal when SpeaksOfMemory(tail) =>
                Dead(FailureKind.OutOfMemory, $"{died}: needed more than its {limits.MemoryBytes >> 20} MiB of memory", tail),
            _ => Dead(FailureKind.Crashed, died, tail),
        };
    }

    private static bool SpeaksOfMemory(string tail) =>
        tail.Contains("bad_alloc", StringComparison.Ordinal) || tail.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    private WorkerFailureException Dead(FailureKind kind, string reason, string tail) =>
        death = new WorkerFailureException(kind, reason, tail);

    /// <summary>Kills the process and the children it left; once, since the system may give its id to another process later.</summary>
    private void Kill()
    {
        if (killed)
            return;
        killed = true;
        _ = Posix.Kill(-ProcessId, Posix.KillSignal);
        if (!process.HasExited)
            _ = Posix.Kill(ProcessId, Posix.KillSignal);
    }

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
}
