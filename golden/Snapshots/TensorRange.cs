using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>Smallest and largest element, in decimal: codes as they are; floats round-trip, <c>NaN</c> on both sides where one is among them.</summary>
public sealed record TensorRange(string Min, string Max)
{
    /// <summary>Null for a tensor without elements, and for types that have no order.</summary>
    public static TensorRange? Of(TensorValue value) => value.Shape.Elements == 0 ? null : value.Type switch
    {
        TensorType.UInt8 => Of<byte>(value),
        TensorType.Int8 or TensorType.Int4 => Of<sbyte>(value),
        TensorType.Int16 => Of<short>(value),
        TensorType.UInt16 => Of<ushort>(value),
        TensorType.Int32 => Of<int>(value),
        TensorType.UInt32 => Of<uint>(value),
        TensorType.Int64 => Of<long>(value),
        TensorType.UInt64 => Of<ulong>(value),
        TensorType.Float16 => Of<Half>(value),
        TensorType.Float32 => Of<float>(value),
        TensorType.Float64 => Of<double>(value),
        _ => null,
    };

    private static TensorRange Of<T>(TensorValue value)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(value.Data.Span);
        T min = elements[0], max = elements[0];
        if (Vector<T>.IsSupported && typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            Vector<T> least = new(min), most = new(max);
            for (; elements.Length >= Vector<T>.Count; elements = elements[Vector<T>.Count..])
                (least, most) = (Vector.Min(least, new(elements)), Vector.Max(most, new(elements)));
            for (int lane = 0; lane < Vector<T>.Count; lane++)
                (min, max) = (T.Min(min, least[lane]), T.Max(max, most[lane]));
        }
        foreach (T element in elements)
            (min, max) = (T.Min(min, element), T.Max(max, element));
        return new TensorRange(Text(min), Text(max));
    }

    private static string Text<T>(T number)
        where T : INumber<T> => number.ToString(null, CultureInfo.InvariantCulture);
}
