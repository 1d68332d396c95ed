using System.Collections.Immutable;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>One line of <c>oracle list</c>: a runtime that is here, or one that is not and what to do about it.</summary>
/// <remarks><see cref="Runtime"/> is null, and <see cref="Missing"/> says why, where the oracle cannot be used.</remarks>
public sealed record OracleListing(string Name, string From, RuntimeDescription? Runtime, string? Missing);

/// <summary>The oracles of this machine.</summary>
public static class OracleCatalogue
{
    private const string Default = "litert@2.3.0";

    /// <summary>Asks every Python environment that set-up made; the default one is listed also where it is missing.</summary>
    public static async Task<ImmutableArray<OracleListing>> ListAsync(WorkerLimits limits, CancellationToken cancel = default)
    {
        ImmutableArray<PythonRuntime> found = PythonRuntime.FindAll();
        List<OracleListing> listings = [];
        foreach (PythonRuntime runtime in found)
            listings.Add(await AskAsync(runtime, limits, cancel).ConfigureAwait(false));
        if (found.All(runtime => runtime.Name != Default))
            listings.Insert(0, new OracleListing(Default, "", null, PythonRuntime.HowToGet));
        return [.. listings];
    }

    private static async Task<OracleListing> AskAsync(PythonRuntime runtime, WorkerLimits limits, CancellationToken cancel)
    {
        CheckedWorker workers = new(async token => await WorkerClient.StartAsync(runtime.Program, limits, token).ConfigureAwait(false));
        ImmutableArray<Answer<RuntimeDescription>> answers = await workers.RunAsync<RuntimeDescription>(
            [(worker, token) => worker.AskAsync(OracleVerbs.Describe, new DescribeOrder(), token)], cancel).ConfigureAwait(false);
        return new OracleListing(runtime.Name, runtime.Folder, answers[0].Value, answers[0].Failure?.Reason);
    }
}
