using System.Collections.Immutable;

namespace OffByN.Workers;

/// <summary>What came of a piece of work: its value, or why there is none.</summary>
public sealed record Answer<T>(T? Value, WorkerFailureException? Failure);

/// <summary>
/// Decides which answers of a worker count. Foreign code may corrupt the memory of its process, answer as if nothing had happened, and take the
/// process down long after, even at its exit. So an answer counts only when its worker answered a ping after it and later exited well. When
/// a worker dies, everything it answered is void and done again, each piece of work alone in a fresh worker; a death is blamed on
/// work only when it was the one thing that its worker had done.
/// </summary>
public sealed class CheckedWorker(Func<CancellationToken, Task<IWorker>> start) : IKeepsWorkers, IAsyncDisposable
{
    private Task<IWorker>? ahead;
    private IWorker? kept;
    private bool keeps;
    private bool isSpoilt;

    /// <summary>
    /// Starts a worker before there is work for it, and has it make ready, so that neither costs time later. What goes wrong here shows when there is work.
    /// </summary>
    public void StartAhead(Func<IWorker, CancellationToken, Task> makeReady) => ahead ??= StartAsync(makeReady);

    public void Keep() => (keeps, isSpoilt) = (true, false);

    public async Task<bool> SettleAsync(CancellationToken cancel)
    {
        keeps = false;
        if (Interlocked.Exchange(ref kept, null) is { } worker)
        {
            await using (worker.ConfigureAwait(false))
            {
                try
                {
                    await worker.CloseAsync(cancel).ConfigureAwait(false);
                }
                catch (WorkerFailureException)
                {
                    isSpoilt = true;
                }
            }
        }
        return !isSpoilt;
    }

    /// <summary>Does all <paramref name="work"/>, sharing a worker as long as it lives; the answers are in the same order.</summary>
    public async Task<ImmutableArray<Answer<T>>> RunAsync<T>(
        IReadOnlyList<Func<IWorker, CancellationToken, Task<T>>> work, CancellationToken cancel = default)
    {
        Answer<T>?[] answers = new Answer<T>?[work.Count];
        for (int next = 0; next < work.Count;)
        {
            int first = next;
            bool isFresh = kept is null;
            WorkerFailureException? death = null;
            IWorker worker;
            try
            {
                worker = Interlocked.Exchange(ref kept, null) ?? await (Interlocked.Exchange(ref ahead, null) ?? start(cancel)).ConfigureAwait(false);
            }
            catch (WorkerFailureException failure)
            {
                Array.Fill(answers, new Answer<T>(default, failure), first, work.Count - first);
                break;
            }
            try
            {
                while (next < work.Count)
                {
                    int current = next++;
                    answers[current] = await AnswerAsync(worker, work[current], cancel).ConfigureAwait(false);
                    await worker.PingAsync(cancel).ConfigureAwait(false);
                }
                if (keeps)
                    kept = worker;
                else
                    await worker.CloseAsync(cancel).ConfigureAwait(false);
            }
            catch (WorkerFailureException failure)
            {
                death = failure;
            }
            finally
            {
                if (kept != worker)
                    await worker.DisposeAsync().ConfigureAwait(false);
            }
            if (death is null)
                continue;
            isSpoilt |= !isFresh;
            if (isFresh && next - first == 1)
                answers[first] = new Answer<T>(default, death);
            else
                for (int again = first; again < next; again++)
                    answers[again] = (await new CheckedWorker(start).RunAsync([work[again]], cancel).ConfigureAwait(false))[0];
        }
        return [.. answers.Select(a => a!)];
    }

    private async Task<IWorker> StartAsync(Func<IWorker, CancellationToken, Task> makeReady)
    {
        IWorker worker = await start(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await makeReady(worker, CancellationToken.None).ConfigureAwait(false);
        }
        catch (WorkerFailureException)
        {
            // A refusal is repeated by the work itself; a dead worker is noticed by it.
        }
        return worker;
    }

    /// <summary>Ends a worker that was kept, or started ahead and never needed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref kept, null) is { } worker)
            await worker.DisposeAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref ahead, null) is not { } unused)
            return;
        try
        {
            await (await unused.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (WorkerFailureException)
        {
            // It never started: nothing was lost.
        }
    }

    /// <summary>An answer, or a failure that leaves the worker alive, such as a refusal.</summary>
    private static async Task<Answer<T>> AnswerAsync<T>(IWorker worker, Func<IWorker, CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        try
        {
            return new Answer<T>(await work(worker, cancel).ConfigureAwait(false), null);
        }
        catch (WorkerFailureException failure) when (!failure.IsDeath)
        {
            return new Answer<T>(default, failure);
        }
    }
}
