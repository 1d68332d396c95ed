using System.Runtime.InteropServices;
using Google.FlatBuffers;

namespace OffByN.Model.Writing;

/// <summary>Vectors for a <see cref="FlatBufferBuilder"/>, which writes from back to front.</summary>
internal static class FlatWriting
{
    /// <summary>Tensor data start at a multiple of this, which the runtimes' vector code relies on.</summary>
    private const int DataAlignment = 16;

    public static int Vector<T>(this FlatBufferBuilder builder, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        builder.StartVector(Marshal.SizeOf<T>(), values.Length, Marshal.SizeOf<T>());
        builder.Add(values.ToArray());
        return builder.EndVector().Value;
    }

    public static int Data(this FlatBufferBuilder builder, ReadOnlyMemory<byte> bytes)
    {
        builder.StartVector(1, bytes.Length, DataAlignment);
        builder.Add(MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) ? segment : bytes.ToArray());
        return builder.EndVector().Value;
    }

    public static int Tables(this FlatBufferBuilder builder, IReadOnlyList<int> tables)
    {
        builder.StartVector(sizeof(uint), tables.Count, sizeof(uint));
        for (int i = tables.Count - 1; i >= 0; i--)
            builder.AddOffset(tables[i]);
        return builder.EndVector().Value;
    }
}
