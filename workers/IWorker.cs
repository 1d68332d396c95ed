namespace OffByN.Workers;

/// <summary>A process that answers one request at a time. Disposing kills it, if it still lives, and deletes its folder.</summary>
public interface IWorker : IAsyncDisposable
{
    /// <summary>The folder through which tensors travel; the worker's working directory, deleted with it.</summary>
    string Folder { get; }

    /// <summary>The end of what it has written to stderr so far.</summary>
    string StderrTail { get; }

    /// <exception cref="WorkerFailureException">It gave no answer.</exception>
    Task<TReply> AskAsync<TRequest, TReply>(Verb<TRequest, TReply> verb, TRequest request, CancellationToken cancel = default);

    /// <summary>Asks for a sign of life, which a process whose memory is corrupt may not give.</summary>
    /// <exception cref="WorkerFailureException">It gave none.</exception>
    Task PingAsync(CancellationToken cancel = default);

    /// <summary>Asks it to shut its foreign code down and to exit, and waits until it has.</summary>
    /// <exception cref="WorkerFailureException">It did not exit, or not well.</exception>
    Task CloseAsync(CancellationToken cancel = default);
}
