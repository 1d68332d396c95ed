using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using OffByN.Model;

namespace OffByN.Workers;

/// <summary>The worker's side: takes the limits upon itself, keeps the pipes away from foreign code, then answers requests.</summary>
public sealed class WorkerHost
{
    private const int ExitUsage = 2;
    private const int ExitClientGone = 3;
    private const uint DeletionSeconds = 2;

    private readonly Stream replies;
    private readonly WorkerArguments arguments;
    private readonly BlockingCollection<Request> requests = [];

    private WorkerHost(WorkerArguments arguments, Stream replies)
    {
        this.arguments = arguments;
        this.replies = replies;
    }

    /// <summary>Runs a worker until its client asks it to exit; the result is the process's exit code.</summary>
    /// <param name="args">The program's arguments, as the client gave them.</param>
    /// <param name="load">Loads the foreign code, under the limits; what it throws is the answer to every request.</param>
    public static int Run(string[] args, Func<WorkerHandlers> load)
    {
        if (WorkerArguments.Parse(args) is not { } arguments)
        {
            Console.Error.WriteLine("This program is a worker of offbyn, which starts it with the arguments and pipes that it needs.");
            return ExitUsage;
        }
        (Stream requests, Stream replies) = TakePipes();
        TakeLimits(arguments);
        WorkerHost host = new(arguments, replies);
        new Thread(() => host.ReadRequests(requests)) { IsBackground = true, Name = "requests" }.Start();
        host.Send(new Reply(0));
        host.Serve(load);
        return 0;
    }

    /// <summary>Moves the pipes to descriptors that foreign code does not know; its own stdin is empty and its stdout is stderr.</summary>
    private static (Stream Requests, Stream Replies) TakePipes()
    {
        int requests = Posix.DuplicatePrivately(0);
        int replies = Posix.DuplicatePrivately(1);
        Posix.Duplicate(Posix.Open("/dev/null", flags: 0), 0);
        Posix.Duplicate(2, 1);
        return (Open(requests, FileAccess.Read), Open(replies, FileAccess.Write));

        static FileStream Open(int descriptor, FileAccess access) =>
            new(new SafeFileHandle(descriptor, ownsHandle: true), access, bufferSize: 0);
    }

    private static void TakeLimits(WorkerArguments arguments)
    {
        // A group of its own: it and its children can be killed together, and Ctrl-C in a terminal is the client's to handle.
        Posix.SetProcessGroup(0, 0);
        Posix.Limit(Posix.Resource.Core, 0);
        Posix.Limit(Posix.Resource.FileSize, arguments.FileBytes);
        Posix.Limit(Posix.Resource.Data, arguments.MemoryBytes);
    }

    private void ReadRequests(Stream stream)
    {
        try
        {
            while (Frames.Read(stream, MessagesJson.Default.Request) is { } request)
            {
                requests.Add(request);
                if (request.Verb == BuiltInVerbs.Exit)
                {
                    // From here on the pipe is only watched: foreign code may hang in its shutdown.
                    Frames.Read(stream, MessagesJson.Default.Request);
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            // A broken pipe and a closed one mean the same.
        }
        // The client is gone. Foreign code may hang or hold the allocator's lock, so a timer ends the process whatever happens here.
        _ = Posix.Alarm(DeletionSeconds);
        TemporaryFolder.Delete(arguments.Folder);
        Posix.ExitNow(ExitClientGone);
    }

    private void Serve(Func<WorkerHandlers> load)
    {
        WorkerHandlers? handlers = null;
        ReplyFailure? notLoaded = null;
        try
        {
            handlers = load();
        }
        catch (Exception e)
        {
            notLoaded = Describe(e);
        }
        foreach (Request request in requests.GetConsumingEnumerable())
        {
            if (request.Verb == BuiltInVerbs.Exit)
                break;
            Send(Answer(handlers, notLoaded, request));
        }
        handlers?.Shutdown();
    }

    private Reply Answer(WorkerHandlers? handlers, ReplyFailure? notLoaded, Request request)
    {
        if (request.Verb == BuiltInVerbs.Ping.Name)
            return new Reply(request.Id, JsonSerializer.SerializeToElement(new Nothing(), BuiltInVerbs.Ping.Reply));
        if (handlers is null)
            return new Reply(request.Id, Failure: notLoaded);
        try
        {
            // The limit counts from the process's start, the allowance from now.
            Posix.Limit(Posix.Resource.Cpu, (long)Environment.CpuUsage.TotalTime.TotalSeconds + 1 + arguments.CpuSeconds);
            return new Reply(request.Id, handlers.Answer(request.Verb, request.Body));
        }
        catch (Exception e)
        {
            return new Reply(request.Id, Failure: Describe(e));
        }
    }

    private static ReplyFailure Describe(Exception e) => e switch
    {
        WorkerFailureException failure => new ReplyFailure(failure.Kind, failure.Reason),
        OutOfMemoryException => new ReplyFailure(FailureKind.OutOfMemory, "ran out of memory"),
        UserErrorException => new ReplyFailure(FailureKind.Refused, e.Message),
        _ => new ReplyFailure(FailureKind.Crashed, $"failed with {e.GetType().Name}: {e.Message}"),
    };

    private void Send(Reply reply) => replies.Write(Frames.Encode(reply, MessagesJson.Default.Reply));
}

/// <summary>The command line that a client starts a worker with: its folder and its limits.</summary>
internal sealed record WorkerArguments(string Folder, long MemoryBytes, long FileBytes, long CpuSeconds)
{
    private const string Marker = "--worker";

    public static WorkerArguments? Parse(string[] args) =>
        args is [Marker, string folder, string memory, string file, string cpu]
        && long.TryParse(memory, CultureInfo.InvariantCulture, out long memoryBytes)
        && long.TryParse(file, CultureInfo.InvariantCulture, out long fileBytes)
        && long.TryParse(cpu, CultureInfo.InvariantCulture, out long cpuSeconds)
            ? new WorkerArguments(folder, memoryBytes, fileBytes, cpuSeconds)
            : null;

    public string[] Format() =>
    [
        Marker, Folder, MemoryBytes.ToString(CultureInfo.InvariantCulture), FileBytes.ToString(CultureInfo.InvariantCulture),
        CpuSeconds.ToString(CultureInfo.InvariantCulture),
    ];
}
