using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OffByN.Harness.Comparison;

/// <summary>Exact sums over integer keys: of both sides, of their squares, and of squared differences. The rest follows from these.</summary>
internal sealed class IntegerSums
{
    private Int128 expected, actual;
    private WideSum expectedSquares, actualSquares, differenceSquares;

    /// <summary>The sums of <paramref name="count"/> elements, counted from <paramref name="zeroPoint"/> (in keys).</summary>
    public Sums From(Int128 zeroPoint, long count)
    {
        BigInteger left = expectedSquares.Value + (zeroPoint * count - 2 * (BigInteger)expected) * zeroPoint;
        BigInteger right = actualSquares.Value + (zeroPoint * count - 2 * (BigInteger)actual) * zeroPoint;
        BigInteger difference = differenceSquares.Value;
        // (b - a)^2 = a^2 + b^2 - 2ab
        return new Sums(Exact(left), Exact(right), Exact((left + right - difference) / 2), Exact(difference), 0, 0);
    }

    /// <summary>Adds a block of at most <see cref="Differences.BlockLength"/> keys.</summary>
    public void Add<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(sbyte))
            AddBytes(MemoryMarshal.Cast<T, sbyte>(left), MemoryMarshal.Cast<T, sbyte>(right));
        else if (typeof(T) == typeof(short))
            AddShorts(MemoryMarshal.Cast<T, short>(left), MemoryMarshal.Cast<T, short>(right));
        else if (typeof(T) == typeof(int))
            AddInts(MemoryMarshal.Cast<T, int>(left), MemoryMarshal.Cast<T, int>(right));
        else
            AddWide(left, right);
    }

    /// <summary>Adds a block that is the same on both sides.</summary>
    public void AddEqual<T>(ReadOnlySpan<T> both)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(sbyte))
            AddEqualBytes(MemoryMarshal.Cast<T, sbyte>(both));
        else if (typeof(T) == typeof(short))
            AddEqualShorts(MemoryMarshal.Cast<T, short>(both));
        else
            Add(both, both);
    }

    private static Total Exact(BigInteger sum) => new(sum, 0, 0);

    private void AddBytes(ReadOnlySpan<sbyte> left, ReadOnlySpan<sbyte> right)
    {
        // In a block no lane of 16 bits takes more than 256 bytes: sums stay within -32768..32767.
        Vector256<short> sumX = default, sumY = default;
        Vector256<int> squaresX = default, squaresY = default, squaresD = default;
        int i = 0;
        for (; i <= left.Length - Vector256<sbyte>.Count; i += Vector256<sbyte>.Count)
        {
            (Vector256<short> xLow, Vector256<short> xHigh) = Vector256.Widen(Load(left, i));
            (Vector256<short> yLow, Vector256<short> yHigh) = Vector256.Widen(Load(right, i));
            sumX += xLow + xHigh;
            sumY += yLow + yHigh;
            squaresX += SquarePairs(xLow) + SquarePairs(xHigh);
            squaresY += SquarePairs(yLow) + SquarePairs(yHigh);
            squaresD += SquarePairs(yLow - xLow) + SquarePairs(yHigh - xHigh);
        }
        expected += Sum(sumX);
        actual += Sum(sumY);
        expectedSquares.Add(Vector256.Sum(squaresX.AsUInt32()));
        actualSquares.Add(Vector256.Sum(squaresY.AsUInt32()));
        differenceSquares.Add(Vector256.Sum(squaresD.AsUInt32()));
        AddWide(left[i..], right[i..]);
    }

    private void AddEqualBytes(ReadOnlySpan<sbyte> both)
    {
        Vector256<short> sum = default;
        Vector256<int> squares = default;
        int i = 0;
        for (; i <= both.Length - Vector256<sbyte>.Count; i += Vector256<sbyte>.Count)
        {
            (Vector256<short> low, Vector256<short> high) = Vector256.Widen(Load(both, i));
            sum += low + high;
            squares += SquarePairs(low) + SquarePairs(high);
        }
        AddEqualBlock(Sum(sum), Vector256.Sum(squares.AsUInt32()));
        AddWide(both[i..], both[i..]);
    }

    private void AddShorts(ReadOnlySpan<short> left, ReadOnlySpan<short> right)
    {
        Vector256<int> sumX = default, sumY = default;
        Vector256<ulong> squaresX = default, squaresY = default, squaresD = default;
        int i = 0;
        for (; i <= left.Length - Vector256<short>.Count; i += Vector256<short>.Count)
        {
            Vector256<short> x = Load(left, i), y = Load(right, i);
            sumX += AddPairs(x);
            sumY += AddPairs(y);
            squaresX += WidenAndAdd(SquarePairs(x).AsUInt32());
            squaresY += WidenAndAdd(SquarePairs(y).AsUInt32());
            // Up to 65535 apart: one square fills an unsigned lane.
            (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen((Vector256.Max(x, y) - Vector256.Min(x, y)).AsUInt16());
            squaresD += WidenAndAdd(low * low) + WidenAndAdd(high * high);
        }
        expected += Vector256.Sum(sumX);
        actual += Vector256.Sum(sumY);
        expectedSquares.Add(Vector256.Sum(squaresX));
        actualSquares.Add(Vector256.Sum(squaresY));
        differenceSquares.Add(Vector256.Sum(squaresD));
        AddWide(left[i..], right[i..]);
    }

    private void AddEqualShorts(ReadOnlySpan<short> both)
    {
        Vector256<int> sum = default;
        Vector256<ulong> squares = default;
        int i = 0;
        for (; i <= both.Length - Vector256<short>.Count; i += Vector256<short>.Count)
        {
            Vector256<short> x = Load(both, i);
            sum += AddPairs(x);
            squares += WidenAndAdd(SquarePairs(x).AsUInt32());
        }
        AddEqualBlock(Vector256.Sum(sum), Vector256.Sum(squares));
        AddWide(both[i..], both[i..]);
    }

    private void AddInts(ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        long sumX = 0, sumY = 0;
        HalfSums squaresX = default, squaresY = default, squaresD = default;
        for (int i = 0; i < left.Length; i++)
        {
            long x = left[i], y = right[i];
            sumX += x;
            sumY += y;
            squaresX.AddSquare(x);
            squaresY.AddSquare(y);
            squaresD.AddSquare(y - x);
        }
        expected += sumX;
        actual += sumY;
        expectedSquares.Add(squaresX);
        actualSquares.Add(squaresY);
        differenceSquares.Add(squaresD);
    }

    private void AddEqualBlock(int sum, ulong squares)
    {
        expected += sum;
        actual += sum;
        expectedSquares.Add(squares);
        actualSquares.Add(squares);
    }

    private void AddWide<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < left.Length; i++)
        {
            long x = long.CreateTruncating(left[i]), y = long.CreateTruncating(right[i]);
            expected += x;
            actual += y;
            expectedSquares.AddSquare(Magnitude(x));
            actualSquares.AddSquare(Magnitude(y));
            differenceSquares.AddSquare(x > y ? (ulong)x - (ulong)y : (ulong)y - (ulong)x);
        }
    }

    private static ulong Magnitude(long value) => value < 0 ? 0 - (ulong)value : (ulong)value;

    private static Vector256<T> Load<T>(ReadOnlySpan<T> source, int index)
        where T : unmanaged => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(source), (nuint)index);

    private static int Sum(Vector256<short> lanes) => Vector256.Sum(AddPairs(lanes));

    private static Vector256<int> AddPairs(Vector256<short> lanes) => MultiplyPairs(lanes, Vector256<short>.One);

    // Two squares of -32768 make 2^31: right when the lane is read as unsigned.
    private static Vector256<int> SquarePairs(Vector256<short> lanes) => MultiplyPairs(lanes, lanes);

    /// <summary>x0 y0 + x1 y1 of each pair, in the instruction set's own order; in portable code lanes pair up differently.</summary>
    private static Vector256<int> MultiplyPairs(Vector256<short> x, Vector256<short> y)
    {
        if (Avx2.IsSupported)
            return Avx2.MultiplyAddAdjacent(x, y);
        (Vector256<int> xLow, Vector256<int> xHigh) = Vector256.Widen(x);
        (Vector256<int> yLow, Vector256<int> yHigh) = Vector256.Widen(y);
        return xLow * yLow + xHigh * yHigh;
    }

    private static Vector256<ulong> WidenAndAdd(Vector256<uint> lanes)
    {
        (Vector256<ulong> low, Vector256<ulong> high) = Vector256.Widen(lanes);
        return low + high;
    }

    /// <summary>A sum of squares below 2^64 in a block: low halves and high halves apart.</summary>
    private struct HalfSums
    {
        public ulong Low { get; private set; }

        public ulong High { get; private set; }

        public void AddSquare(long value)
        {
            ulong square = (ulong)value * (ulong)value;
            Low += (uint)square;
            High += square >> 32;
        }
    }

    /// <summary>A sum of up to 2^64 numbers below 2^128: low halves and high halves apart.</summary>
    private struct WideSum
    {
        private UInt128 low, high;

        public readonly BigInteger Value => ((BigInteger)high << 64) + (BigInteger)low;

        public void Add(ulong value) => low += value;

        public void Add(HalfSums value) => low += ((UInt128)value.High << 32) + value.Low;

        public void AddSquare(ulong value)
        {
            high += Math.BigMul(value, value, out ulong lower);
            low += lower;
        }
    }
}
