using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Codes as they lie in memory, read as integers.</summary>
public static class Codes
{
    /// <summary>One code of an 8-bit type, widened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<byte> codes, int index, bool signed) => signed ? (sbyte)codes[index] : codes[index];

    /// <summary>code - zero point of 8- or 16-bit codes.</summary>
    public static int[] Centred(ReadOnlySpan<byte> codes, TensorType type, int zeroPoint)
    {
        int[] centred = new int[codes.Length / (int)type.Bytes(1)];
        for (int i = 0; i < centred.Length; i++)
            centred[i] = (type == TensorType.Int16 ? MemoryMarshal.Cast<byte, short>(codes)[i] : At(codes, i, type == TensorType.Int8)) - zeroPoint;
        return centred;
    }

    /// <summary>The sum of products, exact.</summary>
    public static long Dot(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        long sum = 0;
        for (int i = 0; i < left.Length; i++)
            sum += (long)left[i] * right[i];
        return sum;
    }

    /// <summary>Writes code - zero point as int16, exact for every 8-bit code and zero point.</summary>
    public static void Centre(ReadOnlySpan<byte> codes, TensorType type, int zeroPoint, Span<short> centred)
    {
        // A signed code is an unsigned one with its top bit flipped, 128 lower.
        byte flip = (byte)(type == TensorType.Int8 ? 0x80 : 0);
        short offset = (short)(type == TensorType.Int8 ? zeroPoint + 128 : zeroPoint);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<byte> flips = Vector256.Create(flip);
            Vector256<short> offsets = Vector256.Create(offset);
            for (; i <= codes.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
            {
                (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Create(codes[i..]) ^ flips);
                (low.AsInt16() - offsets).CopyTo(centred[i..]);
                (high.AsInt16() - offsets).CopyTo(centred[(i + Vector256<short>.Count)..]);
            }
        }
        for (; i < codes.Length; i++)
            centred[i] = (short)((codes[i] ^ flip) - offset);
    }
}
