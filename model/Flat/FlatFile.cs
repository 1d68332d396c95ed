using System.Runtime.InteropServices;
using Google.FlatBuffers;

namespace OffByN.Model.Flat;

/// <summary>
/// The bytes of a FlatBuffer that nobody vouches for. Tables, vectors and strings are reached through it alone, and each is checked
/// against the file's bounds when it is reached.
/// </summary>
/// <remarks>
/// Google.FlatBuffers 25.2.10 has a <see cref="Verifier"/>, but it narrows the position of a vtable to 16 bits: it refuses files whose
/// vtables lie past byte 32767 (most models), and prints an exception to standard output for each. So checking happens here, and the
/// library's <see cref="ByteBuffer"/> and <see cref="Table"/> do the reading, with their own bounds checks behind ours.
/// </remarks>
internal sealed class FlatFile
{
    private const int SmallestTable = sizeof(int);
    private long budget;

    public FlatFile(ReadOnlyMemory<byte> bytes, string path)
    {
        Bytes = bytes;
        Path = path;
        Buffer = new ByteBuffer(MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment)
            && segment is { Array: not null, Offset: 0 } && segment.Count == segment.Array.Length ? segment.Array : bytes.ToArray());
        budget = 2L * bytes.Length + 65536;
    }

    public string Path { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    public ByteBuffer Buffer { get; }

    /// <summary>The root table of a file that bears <paramref name="identifier"/> at bytes 4..7.</summary>
    /// <exception cref="UserErrorException">The file is too short, or is not of this kind.</exception>
    public FlatTable Root(ReadOnlySpan<byte> identifier, string kind)
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        if (bytes.IsEmpty)
            throw new UserErrorException($"{Path}: expected a {kind} file, found an empty file. Check that it was downloaded or copied whole.");
        if (bytes.Length < 2 * sizeof(uint))
            throw new UserErrorException($"{Path}: expected a {kind} file, found {bytes.Length} bytes, fewer than its header has. Check that it was downloaded or copied whole.");
        if (!bytes.Slice(sizeof(uint), identifier.Length).SequenceEqual(identifier))
        {
            string found = Printable.Of(System.Text.Encoding.Latin1.GetString(bytes.Slice(sizeof(uint), identifier.Length)));
            throw new UserErrorException($"{Path}: expected a {kind} file with '{System.Text.Encoding.ASCII.GetString(identifier)}' at byte 4, found '{found}'. Give the .tflite that the converter wrote, not an archive, a saved model or a web page.");
        }
        return TableAt(Follow(0, "the root table"), "the root table");
    }

    /// <summary>The table at <paramref name="position"/>, its vtable checked.</summary>
    public FlatTable TableAt(int position, string what)
    {
        Require(position, SmallestTable, what);
        long vtable = (long)position - Buffer.GetInt(position);
        Require(vtable, 2 * sizeof(ushort), $"the vtable of {what}");
        int length = Buffer.GetUshort((int)vtable);
        if (length < 2 * sizeof(ushort) || length % sizeof(ushort) != 0 || length > short.MaxValue)
            throw Damaged(vtable, $"expected an even vtable length of 4 to 32766 for {what}, found {length}");
        Require(vtable, length, $"the vtable of {what}");
        Spend(length + SmallestTable, position);
        return new FlatTable(this, new Table(position, Buffer));
    }

    /// <summary>Where the offset stored at <paramref name="position"/> leads.</summary>
    public int Follow(int position, string what)
    {
        Require(position, sizeof(uint), what);
        long target = position + (long)Buffer.GetUint(position);
        if (target == position)
            throw Damaged(position, $"expected an offset to {what}, found 0");
        Require(target, sizeof(uint), what);
        return (int)target;
    }

    public void Require(long position, long length, string what)
    {
        if (position < 0 || length < 0 || position > Bytes.Length - length)
            throw Damaged(position, $"expected {length} bytes of {what}, but the file has {Bytes.Length} bytes");
    }

    /// <summary>
    /// Counts what is read. Parts of a file may share bytes, so one of a few kilobytes could unfold into billions of elements; one that
    /// shares nothing is read once.
    /// </summary>
    public void Spend(long bytes, long position)
    {
        budget -= bytes;
        if (budget < 0)
            throw Damaged(position, $"expected tables and vectors of at most twice the file's {Bytes.Length} bytes, found more: they overlap");
    }

    public UserErrorException Damaged(long position, string what) =>
        new($"{Path}: at byte offset {position}: {what}. The file is damaged; download, copy or convert it again.");
}
