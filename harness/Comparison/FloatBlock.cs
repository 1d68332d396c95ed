using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OffByN.Harness.Comparison;

/// <summary>How one floating-point type is read: its bits as signed integers, widened to double, and the bits of infinity.</summary>
internal interface IFloatFormat<T>
    where T : unmanaged, IBinaryInteger<T>
{
    static abstract T Infinity { get; }

    static abstract double ToDouble(T bits);
}

internal readonly struct Binary16 : IFloatFormat<short>
{
    public static short Infinity => 0x7C00;

    public static double ToDouble(short bits) => (double)BitConverter.Int16BitsToHalf(bits);
}

internal readonly struct BFloat16 : IFloatFormat<short>
{
    public static short Infinity => 0x7F80;

    public static double ToDouble(short bits) => BitConverter.Int32BitsToSingle(bits << 16);
}

internal readonly struct Binary32 : IFloatFormat<int>
{
    public static int Infinity => 0x7F80_0000;

    public static double ToDouble(int bits) => BitConverter.Int32BitsToSingle(bits);
}

internal readonly struct Binary64 : IFloatFormat<long>
{
    public static long Infinity => 0x7FF0_0000_0000_0000;

    public static double ToDouble(long bits) => BitConverter.Int64BitsToDouble(bits);
}

/// <summary>What a block of floats becomes: keys that count in ulp, and finite doubles.</summary>
internal static class FloatBlock
{
    /// <summary>
    /// Maps bits to keys: one step from each number to the next larger one, 0 for both zeros. True when every one is finite.
    /// </summary>
    public static bool Keys<T, TFormat>(ReadOnlySpan<T> bits, Span<T> keys)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        where TFormat : IFloatFormat<T>
    {
        ref T from = ref MemoryMarshal.GetReference(bits), to = ref MemoryMarshal.GetReference(keys);
        Vector256<T> magnitude = Vector256.Create(T.MaxValue), largest = default;
        int i = 0;
        for (; i <= bits.Length - Vector256<T>.Count; i += Vector256<T>.Count)
        {
            Vector256<T> x = Vector256.LoadUnsafe(ref from, (nuint)i), size = x & magnitude;
            largest = Vector256.Max(largest, size);
            Vector256.ConditionalSelect(Vector256.IsNegative(x), -size, size).StoreUnsafe(ref to, (nuint)i);
        }
        bool finite = Vector256.LessThanAll(largest, Vector256.Create(TFormat.Infinity));
        for (; i < bits.Length; i++)
        {
            T size = bits[i] & T.MaxValue;
            finite &= size < TFormat.Infinity;
            keys[i] = T.IsNegative(bits[i]) ? -size : size;
        }
        return finite;
    }

    /// <summary>Widens to double; the rest of <paramref name="values"/> becomes 0.</summary>
    public static void Widen<T, TFormat>(ReadOnlySpan<T> bits, Span<double> values)
        where T : unmanaged, IBinaryInteger<T>
        where TFormat : IFloatFormat<T>
    {
        int i = 0;
        if (typeof(TFormat) == typeof(Binary32))
        {
            ReadOnlySpan<float> floats = MemoryMarshal.Cast<T, float>(bits);
            for (; i <= floats.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(floats[i..]));
                low.CopyTo(values[i..]);
                high.CopyTo(values[(i + 4)..]);
            }
        }
        for (; i < bits.Length; i++)
            values[i] = TFormat.ToDouble(bits[i]);
        values[bits.Length..].Clear();
    }
}
