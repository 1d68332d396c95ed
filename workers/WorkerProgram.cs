using System.Runtime.InteropServices;

namespace OffByN.Workers;

/// <summary>
/// A worker's executable. <paramref name="Project"/> is its assembly's name; <paramref name="HowToGet"/> is the sentence that a user reads where it
/// was not built. <paramref name="Environment"/> is added to the environment that it inherits.
/// </summary>
public sealed record WorkerProgram(string Project, string HowToGet, IReadOnlyDictionary<string, string>? Environment = null)
{
#if DEBUG
    private const string Configuration = "debug";
#else
    private const string Configuration = "release";
#endif

    /// <summary>The worker's assembly, built into a folder beside that of the running program; null when it was not built.</summary>
    public string? FindAssembly()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, Project, Configuration, Project + ".dll");
            if (File.Exists(candidate))
                return candidate;
        }
        return null;
    }

    /// <summary>The dotnet host that runs this process, found from its runtime's folder (root/shared/Microsoft.NETCore.App/version).</summary>
    internal static string FindDotnet() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
}
