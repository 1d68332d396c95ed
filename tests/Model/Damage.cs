using System.Buffers.Binary;
using OffByN.Model.Flat;
using OffByN.Model.Reading;

namespace OffByN.Tests.Model;

/// <summary>A sound .tflite file to be damaged at places that are found by the schema, not by chance.</summary>
internal sealed class Damage
{
    private readonly FlatFile file;

    public Damage(byte[] sound)
    {
        Bytes = [.. sound];
        file = new FlatFile(sound, "sound");
        Model = file.Root(Schema.Identifier, ".tflite");
    }

    public byte[] Bytes { get; private set; }

    public FlatTable Model { get; }

    public FlatTable SubGraph => Model.Tables(Schema.Model.Subgraphs)[0];

    public FlatTable Tensor(int index) => SubGraph.Tables(Schema.SubGraph.Tensors)[index];

    public FlatTable Quantization(int tensor) => Tensor(tensor).Table(Schema.Tensor.Quantization)!.Value;

    public FlatTable Operator(int index) => SubGraph.Tables(Schema.SubGraph.Operators)[index];

    public FlatTable Buffer(int index) => Model.Tables(Schema.Model.Buffers)[index];

    /// <summary>Position of a scalar field or of the offset to what the field holds.</summary>
    public static int Field(FlatTable table, int field) => table.PositionOf(field, 1) is > 0 and int at ? at : throw new ArgumentException($"field {field} is absent");

    /// <summary>Position of the length of a vector; its elements follow after 4 bytes.</summary>
    public int Vector(FlatTable table, int field) => file.Follow(Field(table, field), "a vector");

    /// <summary>Position in its vtable of the entry that says where a field is.</summary>
    public int VtableEntry(FlatTable table, int field) => table.Position - file.Buffer.GetInt(table.Position) + FlatTable.EntryOf(field);

    public Damage Set(int position, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(position), value);
        return this;
    }

    public Damage Set(int position, float value) => Set(position, BitConverter.SingleToInt32Bits(value));

    /// <summary>Makes an offset field lead to <paramref name="target"/>.</summary>
    public Damage Lead(FlatTable table, int field, int target) => Set(Field(table, field), target - Field(table, field));

    public Damage SetByte(int position, byte value)
    {
        Bytes[position] = value;
        return this;
    }

    public Damage SetShort(int position, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(Bytes.AsSpan(position), value);
        return this;
    }

    /// <summary>Leaves fields out of a table, whose vtable other tables may share.</summary>
    public Damage Omit(FlatTable table, params int[] fields)
    {
        int vtable = (Bytes.Length + 3) / 4 * 4;
        byte[] grown = new byte[vtable + table.Vtable.Length];
        Bytes.CopyTo(grown, 0);
        table.Vtable.CopyTo(grown.AsSpan(vtable));
        Bytes = grown;
        foreach (int field in fields)
            SetShort(vtable + FlatTable.EntryOf(field), 0);
        return Set(table.Position, table.Position - vtable);
    }

    /// <summary>
    /// Appends a vector of <paramref name="count"/> offsets to one table that has one vector and any scalars; the vector's position.
    /// </summary>
    public int AppendRepeated(int count, (int Field, int[] Elements) vector, params (int Field, int Value)[] scalars)
    {
        int first = (Bytes.Length + 3) / 4 * 4;
        int vtable = first + sizeof(int) * (1 + count);
        const int VtableLength = 28;
        int table = vtable + VtableLength;
        int elements = table + sizeof(int) * (2 + scalars.Length);
        byte[] grown = new byte[elements + sizeof(int) * (1 + vector.Elements.Length)];
        Bytes.CopyTo(grown, 0);
        Bytes = grown;

        Set(first, count);
        for (int element = first + sizeof(int); element < vtable; element += sizeof(int))
            Set(element, table - element);
        SetShort(vtable, VtableLength).SetShort(vtable + 2, (short)(elements - table)).Set(table, VtableLength);
        int slot = table + sizeof(int);
        SetShort(vtable + FlatTable.EntryOf(vector.Field), (short)(slot - table)).Set(slot, elements - slot);
        foreach ((int field, int value) in scalars)
        {
            slot += sizeof(int);
            SetShort(vtable + FlatTable.EntryOf(field), (short)(slot - table)).Set(slot, value);
        }
        Set(elements, vector.Elements.Length);
        foreach (int element in vector.Elements)
            Set(elements += sizeof(int), element);
        return first;
    }

    /// <summary>Puts a buffer's bytes behind the FlatBuffer, as files above 2 GiB do, and says that they have <paramref name="size"/> bytes.</summary>
    public Damage MoveOutside(int buffer, long? size = null)
    {
        byte[] data = Buffer(buffer).Bytes(Schema.Buffer.Data).ToArray();
        int vtable = (Bytes.Length + 15) / 16 * 16;
        int table = vtable + 20;
        int outside = vtable + 48;
        byte[] grown = new byte[outside + data.Length];
        Bytes.CopyTo(grown, 0);
        Bytes = grown;
        data.CopyTo(Bytes, outside);
        SetShort(vtable, 10).SetShort(vtable + 2, 20);
        SetShort(vtable + FlatTable.EntryOf(Schema.Buffer.Offset), 4).SetShort(vtable + FlatTable.EntryOf(Schema.Buffer.Size), 12);
        Set(table, table - vtable);
        BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(table + 4), outside);
        BinaryPrimitives.WriteInt64LittleEndian(Bytes.AsSpan(table + 12), size ?? data.Length);
        int element = Model.Tables(Schema.Model.Buffers).First + buffer * sizeof(int);
        return Set(element, table - element);
    }

    /// <summary>Every place that steers the reader: offsets, vtables, vector lengths, scalars, first elements.</summary>
    public IReadOnlyList<int> Positions()
    {
        List<int> positions = [0];
        foreach (FlatTable table in Tables())
        {
            int vtable = table.Position - file.Buffer.GetInt(table.Position);
            positions.AddRange([table.Position, vtable, vtable + 2]);
            for (int field = 0; field < 12; field++)
            {
                if (table.PositionOf(field, 1) is not (> 0 and int at) || at > Bytes.Length - sizeof(int))
                    continue;
                positions.AddRange([at, VtableEntry(table, field)]);
                long target = at + (long)file.Buffer.GetUint(at);
                if (target > at && target <= Bytes.Length - 12)
                    positions.AddRange([(int)target, (int)target + 4, (int)target + 8]);
            }
        }
        return [.. positions.Distinct().Where(position => position <= Bytes.Length - sizeof(int))];
    }

    private IEnumerable<FlatTable> Tables()
    {
        yield return Model;
        yield return SubGraph;
        foreach (FlatTables vector in (FlatTables[])
        [
            Model.Tables(Schema.Model.OperatorCodes), Model.Tables(Schema.Model.Buffers),
            SubGraph.Tables(Schema.SubGraph.Tensors), SubGraph.Tables(Schema.SubGraph.Operators),
        ])
        {
            for (int i = 0; i < vector.Count; i++)
            {
                yield return vector[i];
                if (vector[i].Has(Schema.Tensor.Quantization) && vector.First == SubGraph.Tables(Schema.SubGraph.Tensors).First)
                    yield return vector[i].Table(Schema.Tensor.Quantization)!.Value;
                if (vector[i].Has(Schema.Operator.BuiltinOptions) && vector.First == SubGraph.Tables(Schema.SubGraph.Operators).First)
                    yield return vector[i].Table(Schema.Operator.BuiltinOptions)!.Value;
            }
        }
    }
}
