using System.Collections.Frozen;
using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Kernels;

/// <summary>OpenCL's scalar types by name, as kernels declare their arguments.</summary>
internal static class ScalarTypes
{
    private static readonly FrozenDictionary<string, int> Sizes = new (string Name, int Bytes)[]
    {
        ("char", 1), ("uchar", 1), ("short", 2), ("ushort", 2), ("half", 2), ("int", 4), ("uint", 4), ("float", 4), ("long", 8), ("ulong", 8), ("double", 8),
    }.ToFrozenDictionary(type => type.Name, type => type.Bytes);

    /// <summary>The OpenCL type of a tensor's elements; <c>uchar</c>, bytes, where it has none.</summary>
    public static string Of(TensorType type) => type switch
    {
        TensorType.Int8 => "char",
        TensorType.Int16 => "short",
        TensorType.Int32 => "int",
        TensorType.Int64 => "long",
        TensorType.Float16 => "half",
        TensorType.Float32 => "float",
        TensorType.Float64 => "double",
        _ => "uchar",
    };

    /// <summary>The unsigned OpenCL type of the bit patterns of a tensor's elements.</summary>
    /// <exception cref="NotComputableException">An element has no whole number of bytes that OpenCL has a type for.</exception>
    public static string PatternOf(TensorType type) => PatternOf(type.Bits() % 8 == 0 ? type.Bits() / 8 : 0);

    /// <summary>The unsigned OpenCL type of that many bytes.</summary>
    /// <exception cref="NotComputableException">There is none.</exception>
    public static string PatternOf(int bytes) => bytes switch
    {
        1 => "uchar",
        2 => "ushort",
        4 => "uint",
        8 => "ulong",
        _ => throw new NotComputableException($"OpenCL has no type of {bytes} bytes"),
    };

    /// <summary>The value as the declared type holds it; null when that is no integer type or does not hold it.</summary>
    public static byte[]? Bytes(string type, int value) => type switch
    {
        "int" => BitConverter.GetBytes(value),
        "uint" when value >= 0 => BitConverter.GetBytes(value),
        "long" => BitConverter.GetBytes((long)value),
        "ulong" when value >= 0 => BitConverter.GetBytes((long)value),
        "short" when value == (short)value => BitConverter.GetBytes((short)value),
        "ushort" when value == (ushort)value => BitConverter.GetBytes((ushort)value),
        "char" when value == (sbyte)value => [(byte)value],
        "uchar" when value == (byte)value => [(byte)value],
        _ => null,
    };

    /// <summary>
    /// Whether a pointer to the declared type may be given data of <paramref name="element"/>: the same, a vector of it, bytes, or a name that only the
    /// kernel knows. int data under a float pointer is a mistake that would only show as wrong numbers.
    /// </summary>
    public static bool MayPointAt(string declared, string element)
    {
        string scalar = declared.TrimEnd("0123456789".ToCharArray());
        return !Sizes.ContainsKey(scalar) || scalar.TrimStart('u') == element.TrimStart('u') || Sizes[scalar] == 1;
    }
}
