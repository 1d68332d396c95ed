using System.Collections.Immutable;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>One line of <c>oracle list</c>: a runtime that is here, or one that is not and what to do about it.</summary>
/// <remarks><see cref="Runtime"/> is null, and <see cref="Missing"/> says why, where the oracle cannot be used.</remarks>
public sealed record OracleListing(string Name, string From, ImmutableArray<Flavour> Flavours, RuntimeDescription? Runtime, string? Missing);

/// <summary>The oracles of this machine.</summary>
public static class OracleCatalogue
{
    private const string Python = "litert@2.3.0";
    private const string Native = "native@2.9.0";

    /// <summary>The runtimes that are here, those of Python first.</summary>
    public static ImmutableArray<OracleRuntime> Found()
    {
        ImmutableArray<OracleRuntime> python = PythonRuntime.FindAll();
        return NativeRuntime.Find() is { } native ? [.. python, native] : python;
    }

    /// <summary>The runtime of a name as in <c>--oracle</c>, with or without its version; null where it is not here. <c>auto</c> is the first.</summary>
    public static OracleRuntime? Named(string name) => Found().FirstOrDefault(found =>
        found.Program.FindAssembly() is not null && (name == "auto" || found.Name == name || found.Name.StartsWith(name + "@", StringComparison.Ordinal)));

    /// <summary>Asks every runtime that is here; those that set-up makes are listed also where they are missing.</summary>
    public static async Task<ImmutableArray<OracleListing>> ListAsync(WorkerLimits limits, CancellationToken cancel = default)
    {
        List<OracleListing> listings = [];
        foreach (OracleRuntime runtime in Found())
            listings.Add(await AskAsync(runtime, limits, cancel).ConfigureAwait(false));
        if (listings.All(listing => listing.Name != Python))
            listings.Insert(0, new OracleListing(Python, "", [], null, PythonRuntime.HowToGet));
        if (NativeRuntime.Find() is null)
            listings.Add(new OracleListing(Native, "", [], null, NativeRuntime.HowToGet));
        return [.. listings];
    }

    private static async Task<OracleListing> AskAsync(OracleRuntime runtime, WorkerLimits limits, CancellationToken cancel)
    {
        CheckedWorker workers = new(async token => await WorkerClient.StartAsync(runtime.Program, limits, token).ConfigureAwait(false));
        ImmutableArray<Answer<RuntimeDescription>> answers = await workers.RunAsync<RuntimeDescription>(
            [(worker, token) => worker.AskAsync(OracleVerbs.Describe, new DescribeOrder(), token)], cancel).ConfigureAwait(false);
        return new OracleListing(runtime.Name, runtime.From, runtime.Flavours, answers[0].Value, answers[0].Failure?.Reason);
    }
}
