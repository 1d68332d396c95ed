using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OffByN.Harness.Comparison;

/// <summary>One pass over two integer tensors of equal length. Unsigned types become signed keys by flipping the highest bit.</summary>
internal sealed class IntegerComparison<T, TUnsigned>(bool isUnsigned) : ElementComparison
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>, IMinMaxValue<TUnsigned>
{
    // A block and its keys stay in the first-level cache.
    private const int BlockBytes = 4096;

    public override int Width => Unsafe.SizeOf<T>();

    public override Tally Compare(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int zeroPoint, FloatBound bound)
    {
        ReadOnlySpan<T> left = MemoryMarshal.Cast<byte, T>(expected), right = MemoryMarshal.Cast<byte, T>(actual);
        Differences differences = new(bound: 0);
        IntegerSums sums = new();
        Span<T> leftKeys = stackalloc T[BlockBytes / Unsafe.SizeOf<T>()], rightKeys = stackalloc T[BlockBytes / Unsafe.SizeOf<T>()];
        for (int start = 0; start < left.Length; start += leftKeys.Length)
        {
            int length = Math.Min(leftKeys.Length, left.Length - start);
            bool equal = left.Slice(start, length).SequenceEqual(right.Slice(start, length));
            ToKeys(left.Slice(start, length), leftKeys);
            if (equal)
            {
                sums.AddEqual<T>(leftKeys[..length]);
                continue;
            }
            ToKeys(right.Slice(start, length), rightKeys);
            sums.Add<T>(leftKeys[..length], rightKeys[..length]);
            differences.Add<T, TUnsigned>(leftKeys[..length], rightKeys[..length], start);
        }
        Int128 zeroKey = isUnsigned ? zeroPoint + Int128.CreateChecked(T.MinValue) : zeroPoint;
        return new Tally(
            differences.Differing,
            differences.Differing,
            differences.MaxAbs,
            differences.WorstFlat,
            differences.Bins(left.Length - differences.Differing),
            sums.From(zeroKey, left.Length));
    }

    public override Number ElementAt(ReadOnlySpan<byte> data, long flat) => Number.Of(isUnsigned
        ? Int128.CreateChecked(MemoryMarshal.Cast<byte, TUnsigned>(data)[(int)flat])
        : Int128.CreateChecked(MemoryMarshal.Cast<byte, T>(data)[(int)flat]));

    private void ToKeys(ReadOnlySpan<T> source, Span<T> keys)
    {
        if (!isUnsigned)
        {
            source.CopyTo(keys);
            return;
        }
        ref T from = ref MemoryMarshal.GetReference(source), to = ref MemoryMarshal.GetReference(keys);
        Vector256<T> highest = Vector256.Create(T.MinValue);
        int i = 0;
        for (; i <= source.Length - Vector256<T>.Count; i += Vector256<T>.Count)
            (Vector256.LoadUnsafe(ref from, (nuint)i) ^ highest).StoreUnsafe(ref to, (nuint)i);
        for (; i < source.Length; i++)
            keys[i] = source[i] ^ T.MinValue;
    }
}
