namespace OffByN.Reference.Oracles;

/// <summary>What set-up keeps inside the clone that this program was built in.</summary>
internal static class Installation
{
    /// <summary>The path, relative to the clone, below the nearest folder above the running program that has it.</summary>
    public static string? Find(string path, Func<string, bool> exists)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string found = Path.Combine(folder.FullName, path);
            if (exists(found))
                return found;
        }
        return null;
    }
}
