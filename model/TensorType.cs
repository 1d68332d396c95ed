namespace OffByN.Model;

/// <summary>Element type of a tensor; the values are those of the .tflite schema (spec, section 5.3).</summary>
public enum TensorType : byte
{
    Float32 = 0,
    Float16 = 1,
    Int32 = 2,
    UInt8 = 3,
    Int64 = 4,
    String = 5,
    Bool = 6,
    Int16 = 7,
    Complex64 = 8,
    Int8 = 9,
    Float64 = 10,
    Complex128 = 11,
    UInt64 = 12,
    Resource = 13,
    Variant = 14,
    UInt32 = 15,
    UInt16 = 16,
    Int4 = 17,
    BFloat16 = 18,
    Int2 = 19,
    UInt4 = 20,
    Float8E4M3FN = 21,
    Float8E5M2 = 22,
}

/// <summary>What follows from an element type alone.</summary>
public static class TensorTypes
{
    /// <summary>Bits of one element; 0 for types without a fixed size (strings, resources, variants).</summary>
    public static int Bits(this TensorType type) => type switch
    {
        TensorType.Int2 => 2,
        TensorType.Int4 or TensorType.UInt4 => 4,
        TensorType.UInt8 or TensorType.Int8 or TensorType.Bool
            or TensorType.Float8E4M3FN or TensorType.Float8E5M2 => 8,
        TensorType.Float16 or TensorType.BFloat16 or TensorType.Int16 or TensorType.UInt16 => 16,
        TensorType.Float32 or TensorType.Int32 or TensorType.UInt32 => 32,
        TensorType.Int64 or TensorType.UInt64 or TensorType.Float64 or TensorType.Complex64 => 64,
        TensorType.Complex128 => 128,
        _ => 0,
    };

    /// <summary>Bytes of <paramref name="elements"/> elements, packed types rounded up to whole bytes.</summary>
    /// <exception cref="OverflowException">The size does not fit a long.</exception>
    public static long Bytes(this TensorType type, long elements) => checked((elements * type.Bits() + 7) / 8);

    /// <summary>Smallest and largest code of a type that carries quantized values; null for all others.</summary>
    public static (int Low, int High)? CodeRange(this TensorType type) => type switch
    {
        TensorType.UInt8 => (0, 255),
        TensorType.Int8 => (-128, 127),
        TensorType.Int16 => (-32768, 32767),
        TensorType.Int4 => (-8, 7),
        _ => null,
    };

    /// <summary>True for the floating-point types whose differences are counted in ulp, not in codes.</summary>
    public static bool IsFloat(this TensorType type) =>
        type is TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16 or TensorType.Float64;

    /// <summary>The lower-case name used in reports and JSON: <c>uint8</c>, <c>float32</c>, ...</summary>
    public static string Lower(this TensorType type) => type.ToString().ToLowerInvariant();
}
