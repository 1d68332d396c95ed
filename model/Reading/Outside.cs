using OffByN.Model.Flat;

namespace OffByN.Model.Reading;

/// <summary>Bytes that large files keep behind the FlatBuffer, at an offset from the start of the file.</summary>
internal static class Outside
{
    /// <summary>The bytes that a pair of offset and size fields names; null when the pair is not in use (offset 0 or 1).</summary>
    public static ReadOnlyMemory<byte>? Bytes(FlatTable table, int offsetField, int sizeField, string what)
    {
        ulong offset = table.ULong(offsetField);
        if (offset <= 1)
            return null;
        ulong size = table.ULong(sizeField);
        ulong length = (ulong)table.File.Bytes.Length;
        if (offset > length || size > length - offset)
            throw table.File.Damaged(table.Position, $"expected {what} within the file's {length} bytes, found {size} bytes at {offset}");
        return table.File.Bytes.Slice((int)offset, (int)size);
    }
}
