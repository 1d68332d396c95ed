using System.Collections.Immutable;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>A virtual environment with a TFLite wheel: <c>.venv/litert-2.3.0</c> is the oracle <c>litert@2.3.0</c>.</summary>
public sealed record PythonRuntime(string Name, string Folder)
{
    private const string HomeVariable = "OFFBYN_PYTHON_HOME";
    private const string Description = "offbyn.json";

    public const string HowToGet = "Run ./offbyn once: its set-up makes .venv/litert-2.3.0 from requirements.txt with a Python 3.11 or later that has a shared libpython "
        + "(packages from the index, from ../shared/wheels, or from the folder that OFFBYN_WHEELS names), and builds the worker that embeds it.";

    public WorkerProgram Program => new("OffByN.TFLite.Python", HowToGet, new Dictionary<string, string>
    {
        [HomeVariable] = Folder,
        // The threads of numpy's matrix library start up for nothing.
        ["OPENBLAS_NUM_THREADS"] = "1",
        ["PYTHONDONTWRITEBYTECODE"] = "1",
    });

    /// <summary>The environments that set-up described: the one that OFFBYN_PYTHON_HOME names, then those in the repository's .venv.</summary>
    public static ImmutableArray<PythonRuntime> FindAll()
    {
        List<string> folders = [];
        if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } home)
            folders.Add(Path.GetFullPath(home));
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string environments = Path.Combine(folder.FullName, ".venv");
            if (Directory.Exists(environments))
            {
                folders.AddRange(Directory.GetDirectories(environments).Order(StringComparer.Ordinal));
                break;
            }
        }
        return [.. folders.Where(f => File.Exists(Path.Combine(f, Description))).Select(f => new PythonRuntime(Path.GetFileName(f).Replace('-', '@'), f))];
    }
}
