using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Golden;

/// <summary>What a command writes takes the place of nothing that it reads, whatever path leads there: told before any work.</summary>
public static class FilesApart
{
    /// <summary>Names that are looked for where a folder is read: tensors, images, kernels, and what says how to read them.</summary>
    private static readonly ImmutableArray<string> ReadInFolders =
    [
        ".npy", ".npz", ".safetensors", ".gz", ".bin", ".raw", ".ppm", ".bmp", ".png", ".jpg", ".jpeg", ".cl", ".h",
        "manifest.json", "pending.json", "offbyn-dump.json", "offbyn-dump.yaml",
    ];

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, MaxRecursionDepth = 16 };

    /// <param name="written">Files, as they were given.</param>
    /// <param name="read">Files and folders, as they were given; what is not there is passed over.</param>
    /// <exception cref="UserErrorException">One is written twice, or written and read.</exception>
    public static void Require(IEnumerable<string> written, IEnumerable<string> read)
    {
        ImmutableArray<string> outputs = [.. written.Where(path => path.Length > 0)], inputs = [.. read.Where(Path.Exists)];
        foreach ((int at, string output) in outputs.Index())
        {
            if (FileIdentity.Of(output) is not { } file)
                continue;
            if (outputs.Take(at).FirstOrDefault(other => FileIdentity.Of(other) == file) is { } twice)
                throw new UserErrorException($"{Printable.Of(output)}: expected a file of its own for each report, found {Same(twice, output)} twice. Name another.");
            if (inputs.FirstOrDefault(input => Directory.Exists(input) ? Holds(input, file) : FileIdentity.Of(input) == file) is { } taken)
                throw new UserErrorException($"{Printable.Of(output)}: expected a file of its own to write, found {Same(taken, output)}, which is read here. Name another.");
        }
    }

    private static string Same(string path, string output) => path == output ? "it" : Printable.Of(path);

    /// <summary>True where a file that is there is one of those that are looked for in a folder.</summary>
    private static bool Holds(string folder, FileIdentity file) => file.Name.Length == 0
        && Directory.EnumerateFiles(folder, "*", Everything).Any(path => ReadInFolders.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) && FileIdentity.Of(path) == file);
}
