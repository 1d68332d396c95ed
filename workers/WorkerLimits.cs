namespace OffByN.Workers;

/// <summary>What a worker may use. It takes them upon itself before any foreign code is loaded; the deadline is the client's.</summary>
/// <param name="MemoryBytes">Private writable memory (RLIMIT_DATA).</param>
/// <param name="FileBytes">Size of any one file it writes (RLIMIT_FSIZE).</param>
/// <param name="CpuPerRequest">Processor time for one request, all threads together, in whole seconds (RLIMIT_CPU).</param>
/// <param name="Deadline">Wall-clock time for one request.</param>
public sealed record WorkerLimits(long MemoryBytes, long FileBytes, TimeSpan CpuPerRequest, TimeSpan Deadline)
{
    public static readonly WorkerLimits Default = new(8L << 30, 2L << 30, TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(300));
}
