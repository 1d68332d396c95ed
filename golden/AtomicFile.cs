using OffByN.Model;

namespace OffByN.Golden;

/// <summary>
/// A file that appears whole or not at all. It is written beside its final place under another name and moved there by <see cref="Commit"/>;
/// without a commit nothing is left behind. Opening it before the work shows at once whether the result can be kept.
/// </summary>
public sealed class AtomicFile : IDisposable
{
    private const string Suffix = ".tmp";

    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;

    private AtomicFile(string path, string temporary, FileStream stream) => (this.path, this.temporary, this.stream) = (path, temporary, stream);

    /// <summary>The final place, in full.</summary>
    public string FullPath => Path.GetFullPath(path);

    /// <summary>Where the content goes.</summary>
    public Stream Stream => stream;

    /// <exception cref="UserErrorException">The file cannot be written there.</exception>
    public static AtomicFile Create(string path)
    {
        if (path.Length == 0 || Directory.Exists(path))
            throw new UserErrorException($"{path}: expected a file to write, found {(path.Length == 0 ? "an empty name" : "a folder")}. Name a file.");
        string whole = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(whole)!;
        if (whole.StartsWith("/dev/", StringComparison.Ordinal) && !whole.StartsWith("/dev/shm/", StringComparison.Ordinal))
            throw new UserErrorException($"{path}: expected a file to write, found a device, which cannot be replaced. Name a file.");
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}{Suffix}");
        try
        {
            return new AtomicFile(path, temporary, new FileStream(temporary, FileMode.CreateNew, FileAccess.Write));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException($"{path}: expected a file that can be written: {error.Message} Create the folder, or choose another.", error);
        }
    }

    /// <summary>The name that a file would have got whose writer was killed; null for a file that is not such a remnant.</summary>
    public static string? FinalName(string name)
    {
        int tail = 1 + Guid.Empty.ToString("N").Length + Suffix.Length;
        return name.Length > 1 + tail && name[0] == '.' && name[^tail] == '.' && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[1..^tail] : null;
    }

    /// <summary>Writes <paramref name="content"/> as the whole file.</summary>
    /// <exception cref="UserErrorException">The file cannot be written there.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using AtomicFile file = Create(path);
        file.Write(content);
        file.Commit();
    }

    /// <exception cref="UserErrorException">The disk is full, or was taken away.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        try
        {
            stream.Write(content);
        }
        catch (Exception error) when (IsFailure(error))
        {
            throw Failed(error);
        }
    }

    /// <summary>Puts the file in its place, over one that is there.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the file in its place cannot be replaced.</exception>
    public void Commit()
    {
        try
        {
            stream.Flush(flushToDisk: true);
            stream.Dispose();
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error) when (IsFailure(error))
        {
            throw Failed(error);
        }
    }

    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception error) when (IsFailure(error))
        {
            // A full disk fails again when the stream is flushed; the first failure is the one that was reported.
        }
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (IsFailure(error))
        {
            // The folder was taken away, and the file with it.
        }
    }

    /// <summary>True for what writing a file throws; a file beyond the process's limit of file sizes is an argument out of range to .NET.</summary>
    internal static bool IsFailure(Exception error) => error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    private UserErrorException Failed(Exception error) =>
        new($"{path}: could not be written: {error.Message} Make room, or choose another place.", error);
}
