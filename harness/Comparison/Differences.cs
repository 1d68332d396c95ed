using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OffByN.Harness.Comparison;

/// <summary>
/// Counts the differences N = actual - expected of keys: signed integers of one width in which one step is one unit (a code, an ulp).
/// Blocks are small enough to stay in the first-level cache, so a block that differs is read once from memory and then once for each
/// rung of the <see cref="Ladder"/> up to its largest |N|, which in practice is one or two.
/// </summary>
internal sealed class Differences(ulong bound)
{
    /// <summary>Most keys in a block: their counts fit a lane of any width.</summary>
    public const int BlockLength = 4096;

    private readonly long[] above = new long[Ladder.Floors.Length];
    private readonly long[] below = new long[Ladder.Floors.Length];

    public long Differing => above[0] + below[0];

    /// <summary>How many |N| exceed the bound.</summary>
    public long Beyond { get; private set; }

    /// <summary>Largest |N|, and the lowest place where it is.</summary>
    public ulong MaxAbs { get; private set; }

    public long WorstFlat { get; private set; } = -1;

    public ImmutableArray<Bin> Bins(long equal) => Ladder.Bins(above, below, equal);

    /// <summary>Adds one block; <paramref name="start"/> is the place of its first element in the tensor.</summary>
    public void Add<T, TUnsigned>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, long start)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
        where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>
    {
        ulong largest = ulong.CreateTruncating(Largest<T, TUnsigned>(expected, actual));
        if (largest == 0)
            return;
        if (largest > MaxAbs)
            (MaxAbs, WorstFlat) = (largest, start + IndexOf<T, TUnsigned>(expected, actual, TUnsigned.CreateTruncating(largest)));
        for (int rung = 0; rung < above.Length && Ladder.Floors[rung] <= largest; rung++)
        {
            (long up, long down) = CountAtLeast(expected, actual, T.CreateTruncating(Ladder.Floors[rung]));
            above[rung] += up;
            below[rung] += down;
        }
        if (largest > bound)
        {
            (long up, long down) = CountAtLeast(expected, actual, T.CreateTruncating(bound + 1));
            Beyond += up + down;
        }
    }

    private static TUnsigned Largest<T, TUnsigned>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
        where T : unmanaged, IBinaryInteger<T>
        where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>
    {
        ref T left = ref MemoryMarshal.GetReference(expected), right = ref MemoryMarshal.GetReference(actual);
        Vector256<TUnsigned> largest = default;
        int i = 0;
        for (; i <= expected.Length - Vector256<T>.Count; i += Vector256<T>.Count)
        {
            Vector256<T> x = Vector256.LoadUnsafe(ref left, (nuint)i), y = Vector256.LoadUnsafe(ref right, (nuint)i);
            largest = Vector256.Max(largest, (Vector256.Max(x, y) - Vector256.Min(x, y)).As<T, TUnsigned>());
        }
        TUnsigned result = TUnsigned.Zero;
        for (int lane = 0; lane < Vector256<TUnsigned>.Count; lane++)
            result = TUnsigned.Max(result, largest[lane]);
        for (; i < expected.Length; i++)
            result = TUnsigned.Max(result, Distance<T, TUnsigned>(expected[i], actual[i]));
        return result;
    }

    private static int IndexOf<T, TUnsigned>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, TUnsigned distance)
        where T : unmanaged, IBinaryInteger<T>
        where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>
    {
        int i = 0;
        while (Distance<T, TUnsigned>(expected[i], actual[i]) != distance)
            i++;
        return i;
    }

    // The difference of two signed numbers wraps, but its bits read as unsigned are the distance.
    private static TUnsigned Distance<T, TUnsigned>(T expected, T actual)
        where T : unmanaged, IBinaryInteger<T>
        where TUnsigned : unmanaged, IBinaryInteger<TUnsigned> =>
        TUnsigned.CreateTruncating(T.Max(expected, actual) - T.Min(expected, actual));

    /// <summary>How many pairs have actual - expected >= floor, and how many expected - actual; floor >= 1 read as unsigned.</summary>
    private static (long Above, long Below) CountAtLeast<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, T floor)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        // y >= x + floor, that is y > x + (floor - 1) with a sum that stops at the largest key, above which nothing is.
        T step = floor - T.One, cap = T.MaxValue - step;
        ref T left = ref MemoryMarshal.GetReference(expected), right = ref MemoryMarshal.GetReference(actual);
        Vector256<T> steps = Vector256.Create(step), caps = Vector256.Create(cap), aboves = default, belows = default;
        int i = 0;
        for (; i <= expected.Length - Vector256<T>.Count; i += Vector256<T>.Count)
        {
            Vector256<T> x = Vector256.LoadUnsafe(ref left, (nuint)i), y = Vector256.LoadUnsafe(ref right, (nuint)i);
            aboves -= Vector256.GreaterThan(y, Vector256.Min(x, caps) + steps);
            belows -= Vector256.GreaterThan(x, Vector256.Min(y, caps) + steps);
        }
        long above = SumUnsigned(aboves), below = SumUnsigned(belows);
        for (; i < expected.Length; i++)
        {
            above += actual[i] > T.Min(expected[i], cap) + step ? 1 : 0;
            below += expected[i] > T.Min(actual[i], cap) + step ? 1 : 0;
        }
        return (above, below);
    }

    // Inlined: across a call the counts would be spilled in the loop above.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long SumUnsigned<T>(Vector256<T> counts)
        where T : unmanaged
    {
        // A byte lane counts to 128 at most, all lanes together to BlockLength.
        if (typeof(T) == typeof(sbyte))
        {
            (Vector256<ushort> lower, Vector256<ushort> upper) = Vector256.Widen(counts.AsByte());
            return Vector256.Sum(lower + upper);
        }
        if (typeof(T) == typeof(short))
            return Vector256.Sum(counts.AsUInt16());
        return typeof(T) == typeof(int) ? Vector256.Sum(counts.AsInt32()) : Vector256.Sum(counts.AsInt64());
    }
}
