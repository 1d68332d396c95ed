using System.Collections.Immutable;
using OffByN.Golden.Snapshots;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness.CommandLine;

/// <summary>From the words after <c>--oracle</c> and <c>--flavour</c> to an oracle.</summary>
internal static class OracleSelection
{
    private const string Golden = "golden:";
    private const string Forms = "litert[@VERSION], native[@VERSION], golden:DIR or auto";

    /// <summary>
    /// The oracle of that name; <c>auto</c> is litert where it is here, else native. One that this machine lacks is still an oracle: it captures nothing and
    /// says what is missing, so that the run ends as not compared.
    /// </summary>
    /// <exception cref="UserErrorException">The words name no oracle, or a snapshot that cannot be read.</exception>
    public static IOracle Oracle(string name, WorkerLimits? limits = null)
    {
        if (name.StartsWith(Golden, StringComparison.Ordinal))
        {
            OpenSnapshot snapshot = SnapshotFolder.Open(name[Golden.Length..]);
            return new GoldenOracle(snapshot, OracleCatalogue.Named(snapshot.Snapshot.Oracle) is { } here ? new WorkerOracle(here, limits ?? WorkerLimits.Default) : null);
        }
        OracleRuntime? runtime = OracleCatalogue.Named(name);
        if (runtime is null && name is not ("auto" or "litert" or "native") && !name.StartsWith("litert@", StringComparison.Ordinal) && !name.StartsWith("native@", StringComparison.Ordinal))
            throw new UserErrorException($"--oracle expects {Forms}, found '{Printable.Of(name)}'.");
        return runtime is not null ? new WorkerOracle(runtime, limits ?? WorkerLimits.Default) : new MissingOracle(name, name switch
        {
            "auto" => $"no real TFLite is here. {NativeRuntime.HowToGet} With Python: {PythonRuntime.HowToGet}",
            _ when name.StartsWith("native", StringComparison.Ordinal) => $"oracle {name} is not here. {NativeRuntime.HowToGet}",
            _ => $"oracle {name} is not here. {PythonRuntime.HowToGet}",
        });
    }

    /// <summary>The folder of a golden; nothing for a runtime.</summary>
    public static IEnumerable<string> FilesRead(string name) => name.StartsWith(Golden, StringComparison.Ordinal) ? [name[Golden.Length..]] : [];

    /// <summary>The flavours to compare with: those named; without a name that of a golden, else ref, else opt where the oracle has no ref.</summary>
    /// <exception cref="UserErrorException">The word is none of the flavours, or is needed: a golden has several.</exception>
    public static ImmutableArray<Flavour> Flavours(string? name, IOracle oracle) => (name, oracle) switch
    {
        (null, GoldenOracle { Flavours: [Flavour only] }) => [only],
        (null, GoldenOracle golden) => throw new UserErrorException($"{golden.Name} has entries of several flavours; choose with --flavour:\n{golden.Listing}"),
        (null, _) => [oracle.Flavours.Contains(Flavour.Ref) ? Flavour.Ref : Flavour.Opt],
        ("ref", _) => [Flavour.Ref],
        ("opt", _) => [Flavour.Opt],
        ("xnn", _) => [Flavour.Xnn],
        ("all", _) => oracle.Flavours,
        _ => throw new UserErrorException($"--flavour expects ref, opt, xnn or all, found '{Printable.Of(name)}'."),
    };

    private sealed class MissingOracle(string name, string reason) : IOracle
    {
        public string Name => name;

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref, Flavour.Opt, Flavour.Xnn];

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
        {
            NotCaptured missing = new(NotCapturedKind.CannotStart, reason, "");
            return Task.FromResult<ImmutableArray<CaptureOutcome>>([.. requests.Select(_ => new CaptureOutcome(null, missing))]);
        }
    }
}
