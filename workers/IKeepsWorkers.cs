namespace OffByN.Workers;

/// <summary>
/// Something that asks workers and can keep one alive over several calls, since starting one may take longer than what it is asked. What it answers in between is
/// provisional: it counts when the worker ended well, which only <see cref="SettleAsync"/> tells.
/// </summary>
public interface IKeepsWorkers
{
    /// <summary>From here on a worker stays.</summary>
    void Keep()
    {
    }

    /// <summary>Ends a worker that was kept. False when one died: everything answered since <see cref="Keep"/> is void, and must be asked again.</summary>
    Task<bool> SettleAsync(CancellationToken cancel) => Task.FromResult(true);
}
