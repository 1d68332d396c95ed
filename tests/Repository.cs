namespace OffByN.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root: the folder above the built tests that holds the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "harness.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no harness.sln above {AppContext.BaseDirectory}");
    }
}
