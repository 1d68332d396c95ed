namespace OffByN.Model.Reading;

internal static class ConstantReader
{
    /// <summary>
    /// The bytes of a constant, checked to be as many as type and shape ask for. int4, two codes a byte with the lower half first, is
    /// unpacked to one signed code a byte; all else is a view of the file.
    /// </summary>
    public static (ReadOnlyMemory<byte> Data, string? Note) Read(DeclaredTensor tensor, TensorType type, Shape? shape, ReadOnlyMemory<byte> stored)
    {
        if (tensor.Table.Table(Schema.Tensor.Sparsity) is not null)
            return (stored, "sparse");
        if (stored.IsEmpty)
            return (stored, "the value is in another file");
        if (type.Bits() == 0 || shape is null)
            return (stored, null);
        long expected = type.Bytes(shape.Elements);
        if (stored.Length != expected)
            throw tensor.Wrong($"expected {expected} bytes for {type.Lower()} {shape}, found {stored.Length}");
        if (type != TensorType.Int4)
            return (stored, null);
        tensor.Table.File.Spend(stored.Length, tensor.Table.Position);
        return (Unpacked(stored.Span, shape.Elements), null);
    }

    private static byte[] Unpacked(ReadOnlySpan<byte> packed, int codes)
    {
        byte[] unpacked = new byte[codes];
        for (int i = 0; i < codes; i++)
        {
            int half = packed[i / 2] >> (i % 2 * 4);
            unpacked[i] = (byte)((half << 28) >> 28);
        }
        return unpacked;
    }
}
