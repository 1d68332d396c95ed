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
    private const string Forms = "litert[@VERSION], native, micro, golden:DIR or auto";

    /// <summary>
    /// The oracle of that name. One that this machine lacks is still an oracle: it captures nothing and says what is missing, so that the run ends as
    /// not compared.
    /// </summary>
    /// <exception cref="UserErrorException">The words name no oracle, or a snapshot that cannot be read.</exception>
    public static IOracle Oracle(string name)
    {
        if (name.StartsWith(Golden, StringComparison.Ordinal))
            return new GoldenOracle(SnapshotFolder.Open(name[Golden.Length..]));
        string runtime = name == "auto" ? "litert" : name;
        if (runtime is not "litert" && !runtime.StartsWith("litert@", StringComparison.Ordinal))
            throw new UserErrorException($"--oracle expects {Forms}, found '{Printable.Of(name)}'.");
        return PythonRuntime.FindAll().FirstOrDefault(found => found.Name == runtime || found.Name.StartsWith(runtime + "@", StringComparison.Ordinal)) is { } python
            ? new LiteRtOracle(python, WorkerLimits.Default)
            : new MissingOracle(runtime, $"oracle {runtime} is not here. {PythonRuntime.HowToGet}");
    }

    /// <summary>The flavours to compare with: those named; without a name that of the golden, else ref, else opt where the oracle has no ref.</summary>
    /// <exception cref="UserErrorException">The word is none of the flavours, or is needed: a golden has several.</exception>
    public static ImmutableArray<Flavour> Flavours(string? name, IOracle oracle) => (name, oracle) switch
    {
        (null, GoldenOracle { Flavours: [Flavour only] }) => [only],
        (null, GoldenOracle golden) => throw new UserErrorException($"{golden.Name} has entries of several flavours; choose with --flavour:\n{golden.Listing}"),
        ("all", GoldenOracle golden) => golden.Flavours,
        (null, _) => [DefaultFlavour(oracle)],
        ("ref", _) => [Flavour.Ref],
        ("opt", _) => [Flavour.Opt],
        ("xnn", _) => [Flavour.Xnn],
        ("all", _) => [Flavour.Ref, Flavour.Opt, Flavour.Xnn],
        _ => throw new UserErrorException($"--flavour expects ref, opt, xnn or all, found '{Printable.Of(name)}'."),
    };

    /// <summary>The reference kernels, or the nearest that an oracle without them has.</summary>
    public static Flavour DefaultFlavour(IOracle oracle) => oracle.Name.StartsWith("native", StringComparison.Ordinal) ? Flavour.Opt : Flavour.Ref;

    private sealed class MissingOracle(string name, string reason) : IOracle
    {
        public string Name => name;

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default)
        {
            NotCaptured missing = new(NotCapturedKind.CannotStart, reason, "");
            return Task.FromResult<ImmutableArray<CaptureOutcome>>([.. requests.Select(_ => new CaptureOutcome(null, missing))]);
        }
    }
}
