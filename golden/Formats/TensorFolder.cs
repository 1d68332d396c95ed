using OffByN.Model;

namespace OffByN.Golden.Formats;

/// <summary>A folder with one tensor a file: KEY.npy, or KEY.bin and KEY.raw with nothing but the bytes of a tensor that the model declares.</summary>
public static class TensorFolder
{
    /// <summary>Far more than any model has tensors.</summary>
    private const int MaxFiles = 100_000;

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, MaxRecursionDepth = 16, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>
    /// Reads every .npy, .bin and .raw file, mapped rather than copied, subfolders included: there the key has slashes, as tensor names do.
    /// Other files and links are passed over. <paramref name="declared"/> gives what a raw file of that key must hold, null if unknown;
    /// <paramref name="keyOf"/> a key of its own for a file by its path in the folder, whatever its name ends with, null for any other file.
    /// </summary>
    /// <exception cref="UserErrorException">A file cannot be read, has the wrong size, or two have the same key; or there are none.</exception>
    public static TensorSet Read(string folder, Func<string, (TensorType Type, Shape Shape)?> declared, Func<string, string?>? keyOf = null)
    {
        Dictionary<string, TensorValue> tensors = new(StringComparer.Ordinal);
        foreach (string path in Files(folder))
        {
            bool npy = path.EndsWith(".npy", StringComparison.Ordinal);
            string relative = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if ((keyOf?.Invoke(relative) ?? (npy || IsRaw(path) ? Path.ChangeExtension(relative, null) : null)) is not { } key)
                continue;
            TensorValue value = npy ? Npy.Read(path) : ReadRaw(path, declared(key) ?? throw new UserErrorException(
                $"{path}: the model has no tensor \"{key}\" whose type and shape would say how to read these bytes; name it by its index, or write .npy"));
            if (!tensors.TryAdd(key, value))
                throw new UserErrorException($"{folder}: two files hold the tensor \"{key}\"; remove one of them");
        }
        return tensors.Count > 0
            ? new TensorSet(tensors)
            : throw new UserErrorException($"{folder}: expected .npy, .bin or .raw files, found none");
    }

    /// <summary>True when a file of the folder holds the tensor of that key.</summary>
    public static bool Holds(string folder, string key) => new[] { ".npy", ".bin", ".raw" }.Any(extension => File.Exists(Path.Join(folder, key + extension)));

    /// <summary>True for the names of files that hold a tensor's bytes and nothing else.</summary>
    public static bool IsRaw(string path) => path.EndsWith(".bin", StringComparison.Ordinal) || path.EndsWith(".raw", StringComparison.Ordinal);

    /// <summary>A file of nothing but the elements: row-major, little endian.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or does not have the size of the tensor.</exception>
    public static TensorValue ReadRaw(string path, (TensorType Type, Shape Shape) declared)
    {
        (TensorType type, Shape shape) = declared;
        // int4 is held one code a byte.
        long expected = (type == TensorType.Int4 ? TensorType.Int8 : type).Bytes(shape.Elements);
        ReadOnlyMemory<byte> data = MappedFile.Open(path).Memory;
        return data.Length == expected
            ? new TensorValue(type, shape, data)
            : throw new UserErrorException($"{path}: expected {expected} bytes for {type.Lower()} {shape}, found {data.Length}");
    }

    private static List<string> Files(string folder)
    {
        try
        {
            List<string> files = [.. Directory.EnumerateFiles(folder, "*", Everything).Take(MaxFiles + 1).Order(StringComparer.Ordinal)];
            return files.Count <= MaxFiles ? files : throw new UserErrorException($"{folder}: expected at most {MaxFiles} files, found more");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"{folder}: cannot be read: {e.Message}", e);
        }
    }
}
