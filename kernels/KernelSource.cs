using System.Text;
using System.Text.RegularExpressions;
using OffByN.Model;

namespace OffByN.Kernels;

/// <summary>
/// Finds kernel files, the user's before ours, and puts their includes in place: so a compiler needs no include path, whose spelling compilers
/// disagree about, and its messages name the file and line that a person edits.
/// </summary>
/// <param name="UserFolder">Files that take the place of ours by name; null for none.</param>
internal sealed partial record KernelSource(string? UserFolder)
{
    private const int DeepestInclude = 16;
    private const long LongestFile = 4 << 20;

    private static readonly string OwnFolder = Path.Combine(AppContext.BaseDirectory, "kernels");

    /// <summary>Whether the user's folder has the kernel.</summary>
    public bool IsOverridden(string name) => UserFolder is not null && File.Exists(Path.Combine(UserFolder, name + ".cl"));

    /// <summary>The path of a file, for messages; the user's where there is one.</summary>
    public string PathOf(string file)
    {
        string own = Path.Combine(OwnFolder, file);
        string? users = UserFolder is null ? null : Path.Combine(UserFolder, file);
        return users is not null && (File.Exists(users) || !File.Exists(own)) ? users : own;
    }

    /// <summary>The text of a file with all includes in place: of a user's the user's before ours, of ours ours alone.</summary>
    /// <exception cref="OpenClException">A file cannot be read, or includes nest too deep.</exception>
    public string Text(string file)
    {
        StringBuilder text = new();
        // What a user calls as we call ours is for the user's kernels alone.
        Append(text, file, UserFolder is not null && File.Exists(Path.Combine(UserFolder, file)), 0);
        return text.ToString();
    }

    private void Append(StringBuilder text, string file, bool isUsers, int depth)
    {
        text.Append("#line 1 \"").Append(file).Append("\"\n");
        int line = 0;
        string path = isUsers ? PathOf(file) : Path.Combine(OwnFolder, file);
        foreach (string content in Read(path))
        {
            line++;
            if (Include().Match(content) is not { Success: true } include)
            {
                text.Append(content).Append('\n');
                continue;
            }
            if (depth == DeepestInclude)
                throw new OpenClException($"{path}:{line}: includes nest deeper than {DeepestInclude}");
            Append(text, include.Groups[1].Value, isUsers, depth + 1);
            text.Append("#line ").Append(line + 1).Append(" \"").Append(file).Append("\"\n");
        }
    }

    private static string[] Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > LongestFile }
                ? throw new OpenClException($"{path}: expected a kernel of at most {LongestFile} bytes")
                : File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OpenClException($"{Printable.Of(path)}: cannot be read: {e.Message}", e);
        }
    }

    [GeneratedRegex("""^\s*#\s*include\s*"([^"\\]+)"\s*(//.*)?$""")]
    private static partial Regex Include();
}
