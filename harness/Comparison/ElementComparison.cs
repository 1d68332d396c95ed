using OffByN.Model;

namespace OffByN.Harness.Comparison;

/// <summary>Comparison of the elements of one type, in one pass over both tensors.</summary>
internal abstract class ElementComparison
{
    /// <summary>Bytes of one element in memory.</summary>
    public abstract int Width { get; }

    /// <summary>Null for types without numbers.</summary>
    public static ElementComparison? Of(TensorType type) => type switch
    {
        TensorType.UInt8 or TensorType.Bool => new IntegerComparison<sbyte, byte>(isUnsigned: true),
        // int4 is held one code a byte.
        TensorType.Int8 or TensorType.Int4 => new IntegerComparison<sbyte, byte>(isUnsigned: false),
        TensorType.UInt16 => new IntegerComparison<short, ushort>(isUnsigned: true),
        TensorType.Int16 => new IntegerComparison<short, ushort>(isUnsigned: false),
        TensorType.UInt32 => new IntegerComparison<int, uint>(isUnsigned: true),
        TensorType.Int32 => new IntegerComparison<int, uint>(isUnsigned: false),
        TensorType.UInt64 => new IntegerComparison<long, ulong>(isUnsigned: true),
        TensorType.Int64 => new IntegerComparison<long, ulong>(isUnsigned: false),
        TensorType.Float16 => new FloatComparison<short, ushort, Binary16>(),
        TensorType.BFloat16 => new FloatComparison<short, ushort, BFloat16>(),
        TensorType.Float32 => new FloatComparison<int, uint, Binary32>(),
        TensorType.Float64 => new FloatComparison<long, ulong, Binary64>(),
        _ => null,
    };

    /// <summary>
    /// Compares tensors of equal length in bytes, a multiple of <see cref="Width"/>. Sums over integers count from
    /// <paramref name="zeroPoint"/>; <paramref name="bound"/> is for floats.
    /// </summary>
    public abstract Tally Compare(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int zeroPoint, FloatBound bound);

    public abstract Number ElementAt(ReadOnlySpan<byte> data, long flat);
}
