using System.Collections.Immutable;
using OffByN.Model.Flat;

namespace OffByN.Model.Reading;

/// <summary>Reads the tensors of a subgraph, with their quantization and constants.</summary>
internal sealed class TensorReader(FlatTable model)
{
    private readonly FlatTables buffers = model.Tables(Schema.Model.Buffers);

    public ImmutableArray<TensorInfo> Read(FlatTable subgraph)
    {
        FlatTables tables = subgraph.Tables(Schema.SubGraph.Tensors);
        ImmutableArray<int> inputs = subgraph.Ints(Schema.SubGraph.Inputs);
        ImmutableArray<TensorInfo>.Builder tensors = ImmutableArray.CreateBuilder<TensorInfo>(tables.Count);
        for (int i = 0; i < tables.Count; i++)
            tensors.Add(Read(tables[i], i, inputs.Contains(i)));
        return tensors.MoveToImmutable();
    }

    private TensorInfo Read(FlatTable table, int index, bool isInput)
    {
        string name = table.String(Schema.Tensor.Name) ?? "";
        DeclaredTensor declared = new(table, index, name);

        byte code = table.Byte(Schema.Tensor.Type);
        if (code > (byte)TensorType.Float8E5M2)
            throw declared.Wrong($"expected an element type of 0 to {(byte)TensorType.Float8E5M2}, found {code}");
        TensorType type = (TensorType)code;

        ReadOnlyMemory<byte> stored = Stored(declared);
        bool constant = stored.Length > 0 || table.UInt(Schema.Tensor.ExternalBuffer) != 0;
        (Shape? shape, string? shapeNote) = ShapeReader.Read(declared, constant, isInput);
        (Quantization? quantization, string? quantizationNote) = QuantizationReader.Read(declared, type, shape);
        (ReadOnlyMemory<byte> data, string? dataNote) = constant ? ConstantReader.Read(declared, type, shape, stored) : (default, null);
        return new TensorInfo
        {
            Index = new TensorIndex(index),
            Name = name,
            Type = type,
            Shape = shape,
            Quantization = quantization,
            Data = data,
            Sparsity = constant ? SparsityReader.Read(declared) : null,
            IsConstant = constant,
            IsVariable = table.Bool(Schema.Tensor.IsVariable),
            Note = TypeNote(type) ?? dataNote ?? shapeNote ?? quantizationNote,
        };
    }

    private static string? TypeNote(TensorType type) => type switch
    {
        _ when type.Bits() == 0 => $"{type.Lower()} elements have no fixed size",
        TensorType.Int2 or TensorType.UInt4 => $"{type.Lower()} elements are packed",
        _ => null,
    };

    private ReadOnlyMemory<byte> Stored(DeclaredTensor tensor)
    {
        uint buffer = tensor.Table.UInt(Schema.Tensor.Buffer);
        if (buffer == 0)
            return default;
        if (buffer >= buffers.Count)
            throw tensor.Wrong($"expected one of {buffers.Count} buffers, found buffer {buffer}");
        FlatTable table = buffers[(int)buffer];
        return Outside.Bytes(table, Schema.Buffer.Offset, Schema.Buffer.Size, $"buffer {buffer}") ?? table.Bytes(Schema.Buffer.Data);
    }
}

/// <summary>A tensor's table with what messages about it need.</summary>
internal readonly record struct DeclaredTensor(FlatTable Table, int Index, string Name)
{
    public UserErrorException Wrong(string what) => Table.File.Damaged(Table.Position, $"tensor {Index} '{Printable.Of(Name)}': {what}");
}
