using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text.Json;
using OffByN.Model;

namespace OffByN.Golden.Formats;

/// <summary>
/// The safetensors format: 8 bytes little-endian header length, a JSON header (name -> dtype, shape, data offsets; provenance under
/// <c>__metadata__</c>), then the tensors back to back without holes. Equal sets give equal bytes. int4 is stored unpacked, as I8.
/// </summary>
public static class SafeTensors
{
    private const string MetadataKey = "__metadata__";
    private const int LengthBytes = 8;
    private const int Alignment = 64;

    /// <summary>Longest header that is read: tens of thousands of tensors. Taken apart, a header takes many times its bytes.</summary>
    private const int MaxHeaderBytes = 8 << 20;

    private static readonly (TensorType Type, string Name)[] Types =
    [
        (TensorType.Float64, "F64"), (TensorType.Int64, "I64"), (TensorType.UInt64, "U64"), (TensorType.Complex64, "C64"),
        (TensorType.Float32, "F32"), (TensorType.Int32, "I32"), (TensorType.UInt32, "U32"),
        (TensorType.Float16, "F16"), (TensorType.BFloat16, "BF16"), (TensorType.Int16, "I16"), (TensorType.UInt16, "U16"),
        (TensorType.Int8, "I8"), (TensorType.UInt8, "U8"), (TensorType.Bool, "BOOL"),
        (TensorType.Float8E4M3FN, "F8_E4M3"), (TensorType.Float8E5M2, "F8_E5M2"),
    ];

    private static readonly FrozenDictionary<string, TensorType> TypeOf = Types.ToFrozenDictionary(t => t.Name, t => t.Type);

    private static readonly FrozenDictionary<TensorType, string> NameOf =
        Types.Append((TensorType.Int4, "I8")).ToFrozenDictionary(t => t.Item1, t => t.Item2);

    /// <summary>Writes <paramref name="set"/>; the first tensor starts at a multiple of 64 bytes and every one at a multiple of its element.</summary>
    /// <exception cref="ArgumentException">A tensor's type has no name in the format, or its data does not have the size of its shape.</exception>
    public static void Write(Stream stream, TensorSet set)
    {
        // Widest elements first keeps each tensor aligned, since holes between tensors are not allowed.
        (string Name, TensorValue Value)[] tensors =
            [.. set.Tensors.Select(t => (t.Key, t.Value)).OrderByDescending(t => t.Value.Type.Bits()).ThenBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = Header(tensors, set);
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach ((_, TensorValue value) in tensors)
            stream.Write(value.Data.Span);
    }

    /// <inheritdoc cref="Write(Stream, TensorSet)"/>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, TensorSet set)
    {
        using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        Write(stream, set);
    }

    /// <summary>Reads a file without copying its tensors: they are views of the mapped file.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or does not keep to the format.</exception>
    public static TensorSet Read(string path) => Read(MappedFile.Open(path).Memory, path);

    /// <summary>Reads a file's bytes; the tensors are views of them. <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="UserErrorException">The bytes do not keep to the format.</exception>
    public static TensorSet Read(ReadOnlyMemory<byte> file, string name)
    {
        try
        {
            if (file.Length < LengthBytes)
                throw new FormatException($"expected at least {LengthBytes} bytes, found {file.Length}");
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.Span);
            if (headerLength > (ulong)Math.Min(file.Length - LengthBytes, MaxHeaderBytes))
                throw new FormatException($"offset 0: a header of {headerLength} bytes does not fit the file of {file.Length} bytes (limit {MaxHeaderBytes})");
            int dataStart = LengthBytes + (int)headerLength;
            using JsonDocument header = JsonDocument.Parse(
                file[LengthBytes..dataStart], new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            return Read(header.RootElement, file[dataStart..]);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            throw new UserErrorException($"{name}: not a usable safetensors file: {e.Message}", e);
        }
    }

    private static byte[] Header((string Name, TensorValue Value)[] tensors, TensorSet set)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (!set.Provenance.IsEmpty)
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string text) in set.Provenance)
                    json.WriteString(key, text);
                json.WriteEndObject();
            }
            long offset = 0;
            foreach ((string name, TensorValue value) in tensors)
            {
                WriteEntry(json, name, value, offset);
                offset += value.Data.Length;
            }
            json.WriteEndObject();
        }
        while ((LengthBytes + buffer.Length) % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, TensorValue value, long offset)
    {
        if (name == MetadataKey || !NameOf.TryGetValue(value.Type, out string? type))
            throw new ArgumentException($"tensor {name}: safetensors cannot hold {value.Type.Lower()} under that name");
        long bytes = (value.Type == TensorType.Int4 ? TensorType.Int8 : value.Type).Bytes(value.Shape.Elements);
        if (value.Data.Length != bytes)
            throw new ArgumentException($"tensor {name}: {value.Shape} of {value.Type.Lower()} takes {bytes} bytes, found {value.Data.Length}");
        json.WriteStartObject(name);
        json.WriteString("dtype", type);
        json.WriteStartArray("shape");
        foreach (int dimension in value.Shape)
            json.WriteNumberValue(dimension);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + bytes);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static TensorSet Read(JsonElement header, ReadOnlyMemory<byte> data)
    {
        if (header.ValueKind != JsonValueKind.Object)
            throw new FormatException($"expected a JSON object as header, found {header.ValueKind}");
        Dictionary<string, TensorValue> tensors = new(StringComparer.Ordinal);
        Dictionary<string, string> provenance = new(StringComparer.Ordinal);
        List<(long Begin, long End, string Name)> ranges = [];
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.Name == MetadataKey)
            {
                foreach (JsonProperty text in entry.Value.EnumerateObject())
                    provenance.Add(text.Name, text.Value.GetString() ?? "");
                continue;
            }
            (TensorType type, Shape shape, long begin, long end) = ReadEntry(entry, data.Length);
            ranges.Add((begin, end, entry.Name));
            tensors.Add(entry.Name, new TensorValue(type, shape, data[(int)begin..(int)end]));
        }
        RequireGapless(ranges, data.Length);
        return new TensorSet(tensors, provenance);
    }

    private static (TensorType Type, Shape Shape, long Begin, long End) ReadEntry(JsonProperty entry, int dataLength)
    {
        string where = $"tensor \"{entry.Name}\"";
        string dtype = Member("dtype").GetString() ?? "";
        if (!TypeOf.TryGetValue(dtype, out TensorType type))
            throw new FormatException($"{where}: unknown dtype \"{dtype}\"; known are {string.Join(", ", Types.Select(t => t.Name))}");
        long[] dimensions = Integers("shape");
        if (dimensions.Any(d => d is < 0 or > int.MaxValue))
            throw new FormatException($"{where}: a dimension of [{string.Join(",", dimensions)}] is outside 0..{int.MaxValue}");
        Shape shape = new([.. dimensions.Select(d => (int)d)]);
        long[] offsets = Integers("data_offsets");
        if (offsets is not [long begin, long end] || begin < 0 || begin > end || end > dataLength)
            throw new FormatException($"{where}: data_offsets [{string.Join(",", offsets)}] are no range of the {dataLength} bytes of data");
        long expected = type.Bytes(shape.Elements);
        return end - begin == expected
            ? (type, shape, begin, end)
            : throw new FormatException($"{where}: {shape} of {dtype} takes {expected} bytes, data_offsets give {end - begin}");

        JsonElement Member(string name) => entry.Value.TryGetProperty(name, out JsonElement value)
            ? value
            : throw new FormatException($"{where}: has no \"{name}\"");

        long[] Integers(string name) => [.. Member(name).EnumerateArray().Select(e => e.TryGetInt64(out long value)
            ? value
            : throw new FormatException($"{where}: {name} holds {e.GetRawText()}, expected whole numbers"))];
    }

    /// <summary>The tensors must lie back to back over all of the data: neither overlap, nor bytes that no tensor names.</summary>
    private static void RequireGapless(List<(long Begin, long End, string Name)> ranges, long dataLength)
    {
        ranges.Sort();
        long reached = 0;
        foreach ((long begin, long end, string name) in ranges)
        {
            if (begin != reached)
                throw new FormatException($"tensor \"{name}\": data starts at {begin}, expected {reached} (tensors may neither overlap nor leave holes)");
            reached = end;
        }
        if (reached != dataLength)
            throw new FormatException($"the tensors end at byte {reached} of the data, the file at {dataLength}");
    }
}
