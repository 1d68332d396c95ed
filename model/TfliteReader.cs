using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OffByN.Model.Flat;
using OffByN.Model.Reading;

namespace OffByN.Model;

/// <summary>
/// Reads .tflite files. Whatever the bytes are, the outcome is a <see cref="Graph"/> that keeps its promises or a
/// <see cref="UserErrorException"/>; memory stays within a small multiple of the file's size, and constants are views of the file's bytes.
/// </summary>
/// <remarks>
/// What is legal but not modelled (control flow, sparse or block-wise quantized tensors, strings, custom operators, shapes known at run
/// time) is read and marked, by <see cref="TensorInfo.Note"/> or a missing shape or options, so that only the operators that touch it
/// go uncompared.
/// </remarks>
public static class TfliteReader
{
    /// <summary>Reads the file at <paramref name="path"/>, at most 2 GiB.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or is not a sound .tflite file.</exception>
    public static Graph Read(string path) => ReadWithBytes(path).Graph;

    /// <summary>Reads the file at <paramref name="path"/>, at most 2 GiB, and hands out its bytes too, for <see cref="Tapping"/> or a runtime.</summary>
    /// <exception cref="UserErrorException">The file cannot be read, or is not a sound .tflite file.</exception>
    public static (Graph Graph, ReadOnlyMemory<byte> Bytes) ReadWithBytes(string path)
    {
        byte[] bytes = Load(path);
        return (Parse(bytes, path), bytes);
    }

    /// <summary>Reads a model that is in memory. The graph's constants are views of <paramref name="bytes"/>, which must not change.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Stands for the file in messages and reports.</param>
    /// <exception cref="UserErrorException">The bytes are not a sound .tflite file.</exception>
    public static Graph Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        FlatFile file = new(bytes, name);
        FlatTable model = file.Root(Schema.Identifier, ".tflite");
        if (model.UInt(Schema.Model.Version) is not Schema.VersionRead and uint version)
            throw file.Damaged(model.Position, $"expected schema version {Schema.VersionRead}, found {version}");

        FlatTables subgraphs = model.Tables(Schema.Model.Subgraphs);
        if (subgraphs.Count == 0)
            throw file.Damaged(model.Position, "expected at least one subgraph, found none");
        FlatTable subgraph = subgraphs[0];

        ImmutableArray<TensorInfo> tensors = new TensorReader(model).Read(subgraph);
        Graph graph = new()
        {
            Path = name,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes.Span)),
            Tensors = tensors,
            Operators = new OperatorReader(model, tensors.Length).Read(subgraph),
            Inputs = TensorList.Read(subgraph, Schema.SubGraph.Inputs, tensors.Length, "graph input", optional: false),
            Outputs = TensorList.Read(subgraph, Schema.SubGraph.Outputs, tensors.Length, "graph output", optional: false),
            Subgraphs = subgraphs.Count,
            Description = model.String(Schema.Model.Description) ?? "",
        };
        return ResultTypes.Resolved(DataFlow.Checked(graph));
    }

    /// <summary>As many bytes as the file has now: a device, which has none but never ends, is an empty file.</summary>
    private static byte[] Load(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"{path}: expected a .tflite file, found a folder. Name the file in it.");
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length > Array.MaxLength)
                throw new UserErrorException($"{path}: expected a model of at most {Array.MaxLength} bytes, found {length}. Split the model, or verify a part of it.");
            byte[] bytes = new byte[length];
            for (int read = 0; read < bytes.Length;)
            {
                int count = RandomAccess.Read(file, bytes.AsSpan(read), read);
                read += count > 0 ? count : throw new EndOfStreamException($"it shrank to {read} bytes while it was read.");
            }
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserErrorException($"{path}: expected a readable .tflite file: {error.Message} Check the path and its permissions.", error);
        }
    }
}
