using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Google.FlatBuffers;
using OffByN.Model.Options;
using OffByN.Model.Reading;

namespace OffByN.Model.Writing;

/// <summary>Writes a <see cref="Graph"/> as a .tflite file: the inverse of <see cref="TfliteReader"/>.</summary>
public static class ModelWriter
{
    /// <summary>
    /// The file's bytes. Reading them gives the graph back, but for its <see cref="Graph.Path"/> and <see cref="Graph.Sha256"/>, which
    /// are not used here.
    /// </summary>
    /// <exception cref="ArgumentException">The graph has more than one subgraph, or a tensor whose <see cref="TensorInfo.Note"/> says that the record does not hold all of it.</exception>
    /// <exception cref="KeyNotFoundException">An operator's options are of a kind that is not in <c>Options/</c>.</exception>
    public static byte[] Write(Graph graph)
    {
        if (graph.Subgraphs != 1)
            throw new ArgumentException($"expected one subgraph, found {graph.Subgraphs}", nameof(graph));
        if (graph.Tensors.FirstOrDefault(tensor => tensor is { Note: not null, Sparsity: null }) is { } odd)
            throw new ArgumentException($"tensor {odd.Index} '{Printable.Of(odd.Name)}' is not held whole: {odd.Note}", nameof(graph));

        FlatBufferBuilder builder = new(1 << 16);
        ImmutableArray<TensorInfo> constants = [.. graph.Tensors.Where(tensor => !tensor.Data.IsEmpty)];
        ImmutableArray<OperatorKind> kinds = [.. graph.Operators.Select(OperatorKind.Of).Distinct()];

        int buffers = builder.Tables([Buffer(builder, default), .. constants.Select(constant => Buffer(builder, Packed(constant)))]);
        Dictionary<TensorIndex, int> bufferOf = constants.Index().ToDictionary(entry => entry.Item.Index, entry => entry.Index + 1);
        int tensors = builder.Tables([.. graph.Tensors.Select(tensor => Tensor(builder, tensor, bufferOf.GetValueOrDefault(tensor.Index)))]);
        int operators = builder.Tables([.. graph.Operators.Select(layer => Operator(builder, layer, kinds.IndexOf(OperatorKind.Of(layer))))]);
        int subgraphs = builder.Tables([SubGraph(builder, graph, tensors, operators)]);
        int codes = builder.Tables([.. kinds.Select(kind => OperatorCode(builder, kind))]);
        int description = builder.CreateString(graph.Description).Value;

        builder.StartTable(Schema.Model.Count);
        builder.AddInt(Schema.Model.Version, Schema.VersionRead, 0);
        builder.AddOffset(Schema.Model.OperatorCodes, codes, 0);
        builder.AddOffset(Schema.Model.Subgraphs, subgraphs, 0);
        builder.AddOffset(Schema.Model.Description, description, 0);
        builder.AddOffset(Schema.Model.Buffers, buffers, 0);
        builder.Finish(builder.EndTable(), System.Text.Encoding.ASCII.GetString(Schema.Identifier));
        return builder.SizedByteArray();
    }

    private static int Buffer(FlatBufferBuilder builder, ReadOnlyMemory<byte> bytes)
    {
        int data = bytes.IsEmpty ? 0 : builder.Data(bytes);
        builder.StartTable(Schema.Buffer.Count);
        builder.AddOffset(Schema.Buffer.Data, data, 0);
        return builder.EndTable();
    }

    private static int Tensor(FlatBufferBuilder builder, TensorInfo tensor, int buffer)
    {
        int shape = tensor.Shape is null ? 0 : builder.Vector<int>([.. tensor.Shape]);
        int name = builder.CreateString(tensor.Name).Value;
        int quantization = tensor.Quantization is null ? 0 : Quantization(builder, tensor.Quantization);
        int sparsity = tensor.Sparsity is null ? 0 : SparsityWriting.Write(builder, tensor.Sparsity);
        builder.StartTable(Schema.Tensor.Count);
        builder.AddOffset(Schema.Tensor.Shape, shape, 0);
        builder.AddByte(Schema.Tensor.Type, (byte)tensor.Type, 0);
        builder.AddInt(Schema.Tensor.Buffer, buffer, 0);
        builder.AddOffset(Schema.Tensor.Name, name, 0);
        builder.AddOffset(Schema.Tensor.Quantization, quantization, 0);
        builder.AddBool(Schema.Tensor.IsVariable, tensor.IsVariable, false);
        builder.AddOffset(Schema.Tensor.Sparsity, sparsity, 0);
        builder.AddBool(Schema.Tensor.HasRank, tensor.Shape is not null, false);
        return builder.EndTable();
    }

    private static int Quantization(FlatBufferBuilder builder, Quantization quantization)
    {
        int scales = builder.Vector(quantization.Scales.AsSpan());
        int zeroPoints = builder.Vector<long>([.. quantization.ZeroPoints.Select(zeroPoint => (long)zeroPoint)]);
        builder.StartTable(Schema.Quantization.Count);
        builder.AddOffset(Schema.Quantization.Scale, scales, 0);
        builder.AddOffset(Schema.Quantization.ZeroPoint, zeroPoints, 0);
        builder.AddInt(Schema.Quantization.QuantizedDimension, quantization.Dimension, 0);
        return builder.EndTable();
    }

    private static int SubGraph(FlatBufferBuilder builder, Graph graph, int tensors, int operators)
    {
        int inputs = Indices(builder, graph.Inputs);
        int outputs = Indices(builder, graph.Outputs);
        int name = builder.CreateString("main").Value;
        builder.StartTable(Schema.SubGraph.Count);
        builder.AddOffset(Schema.SubGraph.Tensors, tensors, 0);
        builder.AddOffset(Schema.SubGraph.Inputs, inputs, 0);
        builder.AddOffset(Schema.SubGraph.Outputs, outputs, 0);
        builder.AddOffset(Schema.SubGraph.Operators, operators, 0);
        builder.AddOffset(Schema.SubGraph.Name, name, 0);
        return builder.EndTable();
    }

    private static int Operator(FlatBufferBuilder builder, Operator layer, int opcode)
    {
        int inputs = Indices(builder, layer.Inputs);
        int outputs = Indices(builder, layer.Outputs);
        int intermediates = layer.Intermediates.IsEmpty ? 0 : Indices(builder, layer.Intermediates);
        int customOptions = layer.CustomOptions.IsEmpty ? 0 : builder.Data(layer.CustomOptions);
        OptionsKind? kind = layer.Options is null ? null : OptionsKind.Of(layer.Options);
        int options = kind?.Write(builder, layer.Options!) ?? 0;
        builder.StartTable(Schema.Operator.Count);
        builder.AddInt(Schema.Operator.OpcodeIndex, opcode, 0);
        builder.AddOffset(Schema.Operator.Inputs, inputs, 0);
        builder.AddOffset(Schema.Operator.Outputs, outputs, 0);
        builder.AddByte(Schema.Operator.BuiltinOptionsType, kind?.Number ?? 0, 0);
        builder.AddOffset(Schema.Operator.BuiltinOptions, options, 0);
        builder.AddOffset(Schema.Operator.CustomOptions, customOptions, 0);
        builder.AddOffset(Schema.Operator.Intermediates, intermediates, 0);
        return builder.EndTable();
    }

    /// <summary>Both code fields are written: readers before 2020 know only the first, which cannot hold codes above 127.</summary>
    private static int OperatorCode(FlatBufferBuilder builder, OperatorKind kind)
    {
        int custom = kind.CustomCode is null ? 0 : builder.CreateString(kind.CustomCode).Value;
        builder.StartTable(Schema.OperatorCode.Count);
        builder.AddSbyte(Schema.OperatorCode.DeprecatedBuiltinCode, (sbyte)Math.Min((int)kind.Code, (int)BuiltinOperator.PlaceholderForGreaterOpCodes), 0);
        builder.AddOffset(Schema.OperatorCode.CustomCode, custom, 0);
        builder.AddInt(Schema.OperatorCode.Version, kind.Version, 1);
        builder.AddInt(Schema.OperatorCode.BuiltinCode, (int)kind.Code, 0);
        return builder.EndTable();
    }

    private static int Indices(FlatBufferBuilder builder, ImmutableArray<TensorIndex> indices) =>
        builder.Vector(MemoryMarshal.Cast<TensorIndex, int>(indices.AsSpan()));

    /// <summary>The file's form of a constant: int4 goes two codes a byte, the lower half first.</summary>
    private static ReadOnlyMemory<byte> Packed(TensorInfo constant)
    {
        if (constant.Type != TensorType.Int4)
            return constant.Data;
        ReadOnlySpan<byte> codes = constant.Data.Span;
        byte[] packed = new byte[(codes.Length + 1) / 2];
        for (int i = 0; i < codes.Length; i++)
            packed[i / 2] |= (byte)((codes[i] & 0xF) << (i % 2 * 4));
        return packed;
    }
}
