using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Google.FlatBuffers;

namespace OffByN.Model.Flat;

/// <summary>
/// One table of a <see cref="FlatFile"/>. Fields are named by the schema's field id; an absent one reads as its default. Every accessor
/// throws <see cref="UserErrorException"/> with the byte offset where the file contradicts itself.
/// </summary>
internal readonly struct FlatTable(FlatFile file, Table table)
{
    public FlatFile File => file;

    public int Position => table.bb_pos;

    /// <summary>The vtable's bytes: its length, the table's length, an entry a field.</summary>
    public ReadOnlySpan<byte> Vtable
    {
        get
        {
            int position = Position - file.Buffer.GetInt(Position);
            return file.Bytes.Span.Slice(position, file.Buffer.GetUshort(position));
        }
    }

    /// <summary>Where in its vtable a field has its entry, whether or not the vtable is that long.</summary>
    public static int EntryOf(int field) => 2 * sizeof(ushort) + sizeof(ushort) * field;

    public bool Has(int field) => table.__offset(EntryOf(field)) != 0;

    /// <summary>Position in the file of a field's bytes, 0 when it is absent.</summary>
    public int PositionOf(int field, int width)
    {
        int offset = table.__offset(EntryOf(field));
        if (offset == 0)
            return 0;
        if (offset < sizeof(int))
            throw file.Damaged(Position, $"expected field {field} at 4 or more bytes into its table, found {offset}");
        file.Require(Position + (long)offset, width, $"field {field}");
        return Position + offset;
    }

    public byte Byte(int field, byte absent = 0) => PositionOf(field, sizeof(byte)) is > 0 and int at ? file.Buffer.Get(at) : absent;

    public sbyte SByte(int field) => (sbyte)Byte(field);

    public bool Bool(int field, bool absent = false) => Byte(field, absent ? (byte)1 : (byte)0) != 0;

    public int Int(int field, int absent = 0) => PositionOf(field, sizeof(int)) is > 0 and int at ? file.Buffer.GetInt(at) : absent;

    public uint UInt(int field) => (uint)Int(field);

    public ulong ULong(int field) => PositionOf(field, sizeof(ulong)) is > 0 and int at ? file.Buffer.GetUlong(at) : 0;

    public float Float(int field, float absent = 0) => PositionOf(field, sizeof(float)) is > 0 and int at ? file.Buffer.GetFloat(at) : absent;

    public string? String(int field)
    {
        ReadOnlyMemory<byte> bytes = Elements(field, 1, out _);
        file.Spend(bytes.Length, Position);
        return Has(field) ? Encoding.UTF8.GetString(bytes.Span) : null;
    }

    /// <summary>The bytes of a [ubyte] vector in place; empty when absent.</summary>
    public ReadOnlyMemory<byte> Bytes(int field) => Elements(field, 1, out _);

    public ImmutableArray<int> Ints(int field) => Scalars<int>(field);

    public ImmutableArray<ushort> UShorts(int field) => Scalars<ushort>(field);

    public ImmutableArray<float> Floats(int field) => Scalars<float>(field);

    public ImmutableArray<long> Longs(int field) => Scalars<long>(field);

    public FlatTable? Table(int field) =>
        PositionOf(field, sizeof(uint)) is > 0 and int at ? file.TableAt(file.Follow(at, $"field {field}"), $"field {field}") : null;

    /// <summary>The tables of a vector; each is checked when it is taken.</summary>
    public FlatTables Tables(int field)
    {
        ReadOnlyMemory<byte> offsets = Elements(field, sizeof(uint), out int first);
        file.Spend(offsets.Length, Position);
        return new FlatTables(file, first, offsets.Length / sizeof(uint));
    }

    private ImmutableArray<T> Scalars<T>(int field)
        where T : unmanaged
    {
        ReadOnlyMemory<byte> bytes = Elements(field, Marshal.SizeOf<T>(), out _);
        file.Spend(bytes.Length, Position);
        return [.. MemoryMarshal.Cast<byte, T>(bytes.Span)];
    }

    private ReadOnlyMemory<byte> Elements(int field, int width, out int first)
    {
        first = 0;
        int at = PositionOf(field, sizeof(uint));
        if (at == 0)
            return default;
        string what = $"the vector in field {field}";
        int vector = file.Follow(at, what);
        long length = file.Buffer.GetUint(vector) * (long)width;
        first = vector + sizeof(uint);
        file.Require(first, length, what);
        return file.Bytes.Slice(first, (int)length);
    }
}

/// <summary>A vector of tables, <see cref="First"/> being the position of its first offset.</summary>
internal readonly record struct FlatTables(FlatFile File, int First, int Count)
{
    public FlatTable this[int index]
    {
        get
        {
            int at = First + index * sizeof(uint);
            return File.TableAt(File.Follow(at, "a table"), "a table");
        }
    }
}
