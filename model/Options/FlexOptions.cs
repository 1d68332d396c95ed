using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace OffByN.Model.Options;

/// <summary>The options of custom operators: a FlexBuffers map. Layout: flatbuffers' <c>flexbuffers.h</c>.</summary>
public static class FlexOptions
{
    private const int Int = 1, UInt = 2, Float = 3, IndirectInt = 6, IndirectUInt = 7, IndirectFloat = 8, Map = 9, Bool = 26;

    /// <summary>
    /// The numbers and bools (1 and 0) of the map, by key; what else it holds is left out. Null where the bytes are no such map, or contradict themselves.
    /// </summary>
    public static ImmutableDictionary<string, double>? Scalars(ReadOnlySpan<byte> bytes)
    {
        // The root comes last: its offset, its type, the width of the offset.
        if (bytes.Length < 3 || bytes[^2] >> 2 != Map || !IsWidth(bytes[^1]))
            return null;
        int width = 1 << (bytes[^2] & 3);
        if (Target(bytes, bytes.Length - 2 - bytes[^1], bytes[^1]) is not { } map
            || Target(bytes, map - 3 * width, width) is not { } keys
            || UInteger(bytes, map - 2 * width, width) is not { } keyWidth || !IsWidth(keyWidth)
            || UInteger(bytes, map - width, width) is not { } count || count > (ulong)bytes.Length)
            return null;
        ImmutableDictionary<string, double>.Builder scalars = ImmutableDictionary.CreateBuilder<string, double>();
        for (int i = 0; i < (int)count; i++)
        {
            int type = map + (int)count * width + i;
            if (type >= bytes.Length || Target(bytes, keys + i * (int)keyWidth, (int)keyWidth) is not { } key
                || bytes[key..].IndexOf((byte)0) is not (>= 0 and var length))
                return null;
            if (Scalar(bytes, map + i * width, width, bytes[type]) is { } value)
                scalars[Encoding.UTF8.GetString(bytes.Slice(key, length))] = value;
        }
        return scalars.ToImmutable();
    }

    private static double? Scalar(ReadOnlySpan<byte> bytes, int position, int width, byte packedType) => (packedType >> 2) switch
    {
        Int => Integer(bytes, position, width),
        UInt or Bool => UInteger(bytes, position, width),
        Float => Real(bytes, position, width),
        IndirectInt when Target(bytes, position, width) is { } target => Integer(bytes, target, 1 << (packedType & 3)),
        IndirectUInt when Target(bytes, position, width) is { } target => UInteger(bytes, target, 1 << (packedType & 3)),
        IndirectFloat when Target(bytes, position, width) is { } target => Real(bytes, target, 1 << (packedType & 3)),
        _ => null,
    };

    /// <summary>Where an offset leads, which counts backwards from its own place.</summary>
    private static int? Target(ReadOnlySpan<byte> bytes, int position, int width) =>
        UInteger(bytes, position, width) is { } offset && offset <= (ulong)position ? position - (int)offset : null;

    private static ulong? UInteger(ReadOnlySpan<byte> bytes, int position, int width) => !Holds(bytes, position, width) ? null : width switch
    {
        1 => bytes[position],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes[position..]),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes[position..]),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes[position..]),
    };

    private static long? Integer(ReadOnlySpan<byte> bytes, int position, int width) =>
        UInteger(bytes, position, width) is { } bits ? (long)(bits << (64 - 8 * width)) >> (64 - 8 * width) : null;

    private static double? Real(ReadOnlySpan<byte> bytes, int position, int width) => !Holds(bytes, position, width) ? null : width switch
    {
        2 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[position..]),
        4 => BinaryPrimitives.ReadSingleLittleEndian(bytes[position..]),
        8 => BinaryPrimitives.ReadDoubleLittleEndian(bytes[position..]),
        _ => null,
    };

    private static bool Holds(ReadOnlySpan<byte> bytes, int position, int width) => position >= 0 && position <= bytes.Length - width;

    private static bool IsWidth(ulong width) => width is 1 or 2 or 4 or 8;
}
