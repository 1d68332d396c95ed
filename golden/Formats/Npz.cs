using System.IO.Compression;
using OffByN.Model;

namespace OffByN.Golden.Formats;

/// <summary>
/// numpy's .npz format: a zip archive of .npy files, stored or deflated; the key is the entry's name without <c>.npy</c>. It has no place
/// for provenance.
/// </summary>
public static class Npz
{
    /// <summary>Most bytes that one archive may unpack to.</summary>
    public const long MaxBytes = 4L << 30;

    private const string Extension = ".npy";

    /// <summary>No deflated stream is longer than this many times its compressed length (RFC 1951: 258 bytes for two bits).</summary>
    private const long MaxDeflateRatio = 1032;

    /// <param name="maxBytes">Most bytes that it may unpack to.</param>
    /// <exception cref="UserErrorException">The file cannot be read or does not keep to the format.</exception>
    public static TensorSet Read(string path, long maxBytes = MaxBytes)
    {
        try
        {
            if (new FileInfo(path) is { Exists: false } or { Length: 0 })
                throw new UserErrorException($"{path}: expected a .npz file, found none or an empty one");
            using FileStream stream = File.OpenRead(path);
            return Read(stream, path, maxBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads an archive. <paramref name="name"/> is what messages call it, <paramref name="maxBytes"/> bounds what it unpacks to.</summary>
    /// <exception cref="UserErrorException">The archive is damaged, or an entry is no .npy file, named twice, or larger than it says.</exception>
    public static TensorSet Read(Stream stream, string name, long maxBytes = MaxBytes)
    {
        try
        {
            using ZipArchive archive = new(stream, ZipArchiveMode.Read, leaveOpen: true);
            Dictionary<string, TensorValue> tensors = new(StringComparer.Ordinal);
            long left = maxBytes;
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                string key = KeyOf(entry);
                if (entry.Length > left)
                    throw new InvalidDataException($"entry {key}: the archive unpacks to more than {maxBytes} bytes");
                left -= entry.Length;
                if (!tensors.TryAdd(key, Npy.Read(Unpack(entry), $"{name}, entry {entry.FullName}")))
                    throw new InvalidDataException($"entry {key} is there twice");
            }
            return new TensorSet(tensors);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or NotSupportedException or OverflowException or ArgumentException)
        {
            throw new UserErrorException($"{name}: not a usable .npz file: {e.Message}", e);
        }
    }

    /// <summary>Writes the tensors, stored unless <paramref name="compress"/>. Equal sets give equal bytes.</summary>
    /// <exception cref="ArgumentException">A tensor's type has no name in the format.</exception>
    public static void Write(Stream stream, TensorSet set, bool compress = false)
    {
        using ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string key, TensorValue value) in set.Tensors)
        {
            ZipArchiveEntry entry = archive.CreateEntry(key + Extension, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream body = entry.Open();
            Npy.Write(body, value);
        }
    }

    /// <summary>The key that an entry's name stands for. Keys may hold slashes, as tensor names do, but lead nowhere outside.</summary>
    private static string KeyOf(ZipArchiveEntry entry)
    {
        string name = entry.FullName;
        if (!name.EndsWith(Extension, StringComparison.Ordinal) || name.Length == Extension.Length)
            throw new InvalidDataException($"expected entries named KEY.npy, found \"{Printable(name)}\"");
        if (name[0] == '/' || name.Any(c => char.IsControl(c) || c == '\\') || name.Split('/').Contains(".."))
            throw new InvalidDataException($"the entry name \"{Printable(name)}\" is not a tensor's name");
        return name[..^Extension.Length];
    }

    private static string Printable(string name) => new([.. name.Take(200).Select(c => char.IsControl(c) ? '?' : c)]);

    /// <summary>Unpacks an entry, after its first bytes have shown that it is as long as the array that it holds.</summary>
    private static byte[] Unpack(ZipArchiveEntry entry)
    {
        if (entry.Length > (entry.CompressedLength + 1) * MaxDeflateRatio)
            throw new InvalidDataException($"entry {entry.FullName}: {entry.CompressedLength} bytes cannot unpack to {entry.Length}");
        using Stream stream = entry.Open();
        byte[] start = new byte[Math.Min(entry.Length, NpyHeader.MaxBytes + 12)];
        stream.ReadExactly(start);
        NpyHeader header = NpyHeader.Parse(start);
        if (header.Length + header.DataBytes != entry.Length)
            throw new InvalidDataException($"entry {entry.FullName}: {header.Shape} of {header.Type.Lower()} takes {header.DataBytes} bytes "
                + $"after a header of {header.Length}, the entry has {entry.Length}");
        byte[] file = new byte[entry.Length];
        start.CopyTo(file, 0);
        stream.ReadExactly(file.AsSpan(start.Length));
        if (stream.ReadByte() >= 0)
            throw new InvalidDataException($"entry {entry.FullName}: expected {entry.Length} bytes, found more");
        if (Crc32.Of(file) != entry.Crc32)
            throw new InvalidDataException($"entry {entry.FullName}: its checksum is not that of its bytes; the archive is damaged");
        return file;
    }
}
