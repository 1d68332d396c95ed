using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using OffByN.Golden.Formats;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>
/// The files that hold a snapshot's bytes: safetensors in which the key of a value is its sha256, gzipped on request. A file is named by the digests that it
/// holds and never changes.
/// </summary>
internal static class DataFiles
{
    private const string Plain = ".safetensors";
    private const string Compressed = ".safetensors.gz";

    /// <summary>More than a header says of one tensor.</summary>
    private const int HeaderBytesPerTensor = 512;

    public static string NameOf(IEnumerable<string> digests, bool compress) =>
        DigestOf(Encoding.ASCII.GetBytes(string.Join('\n', digests.Order(StringComparer.Ordinal)))) + (compress ? Compressed : Plain);

    public static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static bool IsDigest(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);

    public static bool IsName(string name) =>
        name.Length > 2 * SHA256.HashSizeInBytes && IsDigest(name[..(2 * SHA256.HashSizeInBytes)]) && name[(2 * SHA256.HashSizeInBytes)..] is Plain or Compressed;

    /// <summary>The name itself: names lead nowhere but to data files of the folder.</summary>
    /// <exception cref="FormatException">It is not the name of a data file.</exception>
    public static string CheckedName(string name) => IsName(name)
        ? name
        : throw new FormatException($"expected the name of a data file (a sha256 and {Plain} or {Compressed}), found \"{Printable.Of(name)}\"");

    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, TensorSet values)
    {
        using AtomicFile file = AtomicFile.Create(path);
        try
        {
            if (path.EndsWith(Compressed, StringComparison.Ordinal))
            {
                using GZipStream zip = new(file.Stream, CompressionLevel.Optimal, leaveOpen: true);
                SafeTensors.Write(zip, values);
            }
            else
            {
                SafeTensors.Write(file.Stream, values);
            }
        }
        catch (Exception error) when (AtomicFile.IsFailure(error))
        {
            throw new UserErrorException($"{path}: could not be written: {error.Message} Make room, or choose another place.", error);
        }
        file.Commit();
    }

    /// <summary>The values of a file, views of it unless it is compressed. <paramref name="tensors"/> and <paramref name="bytes"/> bound what it unpacks to.</summary>
    /// <exception cref="UserErrorException">The file is damaged, or larger than that.</exception>
    public static TensorSet Read(ReadOnlyMemory<byte> file, string path, int tensors, long bytes) => SafeTensors.Read(
        path.EndsWith(Compressed, StringComparison.Ordinal) ? Unpack(file, path, bytes + (tensors + 2L) * HeaderBytesPerTensor) : file, path);

    private static unsafe ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> file, string path, long limit)
    {
        try
        {
            using var pin = file.Pin();
            using GZipStream zip = new(new UnmanagedMemoryStream((byte*)pin.Pointer, file.Length), CompressionMode.Decompress);
            using MemoryStream unpacked = new();
            byte[] block = new byte[1 << 16];
            for (int read; (read = zip.Read(block)) > 0;)
            {
                if (unpacked.Length + read > limit)
                    throw new InvalidDataException($"it unpacks to more than the {limit} bytes that the manifest accounts for");
                unpacked.Write(block, 0, read);
            }
            return unpacked.GetBuffer().AsMemory(0, (int)unpacked.Length);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            throw new UserErrorException($"{path}: cannot be unpacked: {e.Message}. Restore it, or capture again.", e);
        }
    }
}
