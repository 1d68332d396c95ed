using System.Buffers.Binary;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Golden.Formats;

/// <summary>
/// numpy's .npy format: one array of bools, integers or floats. Read are versions 1 to 3; big-endian and Fortran-ordered arrays are turned
/// into little-endian row-major copies, all others are views. Written is what numpy writes. Pickled objects and structures are refused.
/// </summary>
public static class Npy
{
    /// <summary>Reads a file without copying its elements, if it is little endian and row-major: they are a view of the mapped file.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or does not keep to the format.</exception>
    public static TensorValue Read(string path) => Read(MappedFile.Open(path).Memory, path);

    /// <summary>Reads a file's bytes. <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="UserErrorException">The bytes do not keep to the format, are fewer than the shape asks for, or more.</exception>
    public static TensorValue Read(ReadOnlyMemory<byte> file, string name)
    {
        try
        {
            NpyHeader header = NpyHeader.Parse(file.Span);
            ReadOnlyMemory<byte> data = file[header.Length..];
            if (data.Length != header.DataBytes)
                throw new FormatException($"{header.Shape} of {header.Type.Lower()} takes {header.DataBytes} bytes, found {data.Length} after the header");
            int width = header.Type.Bits() / 8;
            if (header.IsBigEndian && width > 1)
                data = LittleEndian(data.Span, width);
            if (header.IsFortranOrder && header.Shape.Count > 1)
                data = RowMajor(data.Span, width, header.Shape);
            return new TensorValue(header.Type, header.Shape, data);
        }
        catch (FormatException e)
        {
            throw new UserErrorException($"{name}: not a usable .npy file: {e.Message}", e);
        }
    }

    /// <summary>Writes version 1.0, little endian, row-major; the bytes are those that numpy writes. int4 is written as int8.</summary>
    /// <exception cref="ArgumentException">The type has no name in the format (bfloat16 among them).</exception>
    public static void Write(Stream stream, TensorValue value)
    {
        stream.Write(NpyHeader.Format(value));
        stream.Write(value.Data.Span);
    }

    /// <summary>True for the types that the format has a name for.</summary>
    public static bool CanWrite(TensorType type) => NpyHeader.NameOf(type) is not null;

    private static byte[] LittleEndian(ReadOnlySpan<byte> source, int width)
    {
        byte[] swapped = new byte[source.Length];
        switch (width)
        {
            case 2:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(source), MemoryMarshal.Cast<byte, ushort>(swapped.AsSpan()));
                break;
            case 4:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, uint>(source), MemoryMarshal.Cast<byte, uint>(swapped.AsSpan()));
                break;
            default:
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ulong>(source), MemoryMarshal.Cast<byte, ulong>(swapped.AsSpan()));
                break;
        }
        return swapped;
    }

    private static byte[] RowMajor(ReadOnlySpan<byte> columnMajor, int width, Shape shape)
    {
        byte[] rowMajor = new byte[columnMajor.Length];
        int[] index = new int[shape.Count];
        int[] strides = new int[shape.Count];
        for (int axis = 0, stride = width; axis < strides.Length; stride *= shape[axis++])
            strides[axis] = stride;
        for (int to = 0, from = 0; to < rowMajor.Length; to += width)
        {
            columnMajor.Slice(from, width).CopyTo(rowMajor.AsSpan(to));
            for (int axis = shape.Count - 1; axis >= 0; axis--)
            {
                from += strides[axis];
                if (++index[axis] < shape[axis])
                    break;
                from -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return rowMajor;
    }
}
