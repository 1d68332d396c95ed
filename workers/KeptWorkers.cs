namespace OffByN.Workers;

/// <summary>Work during which workers stay, so that their starts are paid once.</summary>
public static class KeptWorkers
{
    /// <summary>Does the work and ends the workers, also behind an exception.</summary>
    /// <param name="parties">Those that the work asks.</param>
    /// <param name="work">May be done again by the caller where <c>IsSettled</c> is false.</param>
    /// <param name="cancel">Ends the wait for workers to close.</param>
    /// <returns>What the work gave; it counts only where <c>IsSettled</c>: no worker died.</returns>
    public static async Task<(T Result, bool IsSettled)> DuringAsync<T>(IReadOnlyList<IKeepsWorkers> parties, Func<Task<T>> work, CancellationToken cancel)
    {
        foreach (IKeepsWorkers party in parties)
            party.Keep();
        bool isDone = false;
        try
        {
            T result = await work().ConfigureAwait(false);
            isDone = true;
            return (result, await SettleAsync(parties, cancel).ConfigureAwait(false));
        }
        finally
        {
            if (!isDone)
                await SettleAsync(parties, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static async Task<bool> SettleAsync(IReadOnlyList<IKeepsWorkers> parties, CancellationToken cancel)
    {
        bool isSettled = true;
        foreach (IKeepsWorkers party in parties)
            isSettled &= await party.SettleAsync(cancel).ConfigureAwait(false);
        return isSettled;
    }
}
