using System.Collections.Immutable;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>TFLite from a Python wheel, in a virtual environment: <c>.venv/litert-2.3.0</c> is the oracle <c>litert@2.3.0</c>,
/// <c>.venv/tflite-runtime-2.14.0</c> the oracle <c>tflite-runtime@2.14.0</c>.</summary>
public static class PythonRuntime
{
    private const string HomeVariable = "OFFBYN_PYTHON_HOME";
    private const string Description = "offbyn.json";

    public const string HowToGet = "Run build/setup --retry: it makes .venv/litert-2.3.0 from requirements.txt with a Python 3.11 or later that has a shared libpython "
        + "(packages from the index, from ../shared/wheels, or from the folder that OFFBYN_WHEELS names), and builds the worker that embeds it.";

    /// <summary>The runtime in a virtual environment's folder.</summary>
    public static OracleRuntime At(string folder) => new(
        NameOf(Path.GetFileName(folder)), folder,
        new WorkerProgram("OffByN.TFLite.Python", HowToGet, new Dictionary<string, string>
        {
            [HomeVariable] = folder,
            // The threads of numpy's matrix library start up for nothing.
            ["OPENBLAS_NUM_THREADS"] = "1",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        }),
        [Flavour.Ref, Flavour.Opt, Flavour.Xnn]);

    private static string NameOf(string folder) =>
        folder.LastIndexOf('-') is > 0 and var at ? $"{folder[..at]}@{folder[(at + 1)..]}" : folder;

    /// <summary>The environments that set-up described: the one that OFFBYN_PYTHON_HOME names, then those in the repository's .venv.</summary>
    public static ImmutableArray<OracleRuntime> FindAll() =>
    [
        .. Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home && IsDescribed(home) ? [At(Path.GetFullPath(home))] : Enumerable.Empty<OracleRuntime>(),
        .. Installation.Find(".venv", Directory.Exists) is { } environments ? FindIn(environments) : [],
    ];

    /// <summary>The described environments of a folder, of each runtime the latest version first.</summary>
    public static ImmutableArray<OracleRuntime> FindIn(string environments) =>
    [
        .. Directory.GetDirectories(environments).Where(IsDescribed).Select(At).Select(runtime => (Runtime: runtime, Name: runtime.Name.Split('@')))
            .OrderBy(found => found.Name[0], StringComparer.Ordinal).ThenByDescending(found => Version.TryParse(found.Name[^1], out Version? version) ? version : null)
            .Select(found => found.Runtime),
    ];

    private static bool IsDescribed(string folder) => File.Exists(Path.Combine(folder, Description));
}
