using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OffByN.Workers;

/// <summary>Messages on a pipe: 4 bytes little-endian length, then that many bytes of UTF-8 JSON. Tensors travel as files, so messages are small.</summary>
internal static class Frames
{
    private const int LengthBytes = 4;
    private const int MaxBytes = 64 << 20;

    public static byte[] Encode<T>(T message, JsonTypeInfo<T> type)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, type);
        byte[] frame = new byte[LengthBytes + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, json.Length);
        json.CopyTo(frame, LengthBytes);
        return frame;
    }

    /// <summary>The next message; null when the pipe was closed.</summary>
    /// <exception cref="FormatException">What arrived is no message.</exception>
    public static T? Read<T>(Stream stream, JsonTypeInfo<T> type)
        where T : class
    {
        Span<byte> header = stackalloc byte[LengthBytes];
        if (stream.ReadAtLeast(header, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
            return null;
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length is < 0 or > MaxBytes)
            throw new FormatException($"a message of {length} bytes");
        byte[] json = new byte[length];
        if (stream.ReadAtLeast(json, length, throwOnEndOfStream: false) < length)
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new FormatException("an empty message");
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }
    }
}
