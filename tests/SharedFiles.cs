using Xunit;

namespace OffByN.Tests;

/// <summary>
/// Real models, images and packages that the repository does not hold: the folder that OFFBYN_SHARED names, else <c>shared</c> beside the
/// repository. Tests that need them are skipped where they are not.
/// </summary>
public static class SharedFiles
{
    public static string? Folder { get; } = Find();

    /// <summary>Path of a file in the folder; skips the running test when it is not there.</summary>
    public static string Path(params string[] parts)
    {
        string path = System.IO.Path.Combine([Requirement.Shared(), .. parts]);
        Skip.IfNot(File.Exists(path) || Directory.Exists(path), $"{path} is not there");
        return path;
    }

    public static string Model(string file) => Path("models", file);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("OFFBYN_SHARED") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "harness.sln")))
            {
                string beside = System.IO.Path.Combine(folder.FullName, "..", "shared");
                return Directory.Exists(beside) ? System.IO.Path.GetFullPath(beside) : null;
            }
        }
        return null;
    }
}
