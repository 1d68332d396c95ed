using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OffByN.Harness.Comparison;

/// <summary>
/// Compensated sums over floats widened to double: every lane carries what rounding took from it. There are always eight lanes, filled in
/// turn, and no operation is fused or reordered, so the sums are the same on every machine. Squares of float32 and narrower are exact;
/// float64 overflows beyond 1e154.
/// </summary>
internal sealed class FloatSums
{
    /// <summary>Blocks are padded with zeros to a multiple of this.</summary>
    public const int Lanes = 8;

    private Lane expected, actual, product, difference;

    public Sums Sums(long unordered, long unbounded) =>
        new(expected.Total, actual.Total, product.Total, difference.Total, unordered, unbounded);

    /// <summary>Adds a block of finite elements.</summary>
    public void Add(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        Lane xx = expected, yy = actual, xy = product, dd = difference;
        for (int i = 0; i < left.Length; i += Lanes)
        {
            (Vector256<double> xLow, Vector256<double> xHigh) = Load(left, i);
            (Vector256<double> yLow, Vector256<double> yHigh) = Load(right, i);
            Vector256<double> dLow = yLow - xLow, dHigh = yHigh - xHigh;
            xx.Add(xLow * xLow, xHigh * xHigh);
            yy.Add(yLow * yLow, yHigh * yHigh);
            xy.Add(xLow * yLow, xHigh * yHigh);
            dd.Add(dLow * dLow, dHigh * dHigh);
        }
        (expected, actual, product, difference) = (xx, yy, xy, dd);
    }

    private static (Vector256<double> Low, Vector256<double> High) Load(ReadOnlySpan<double> source, int index)
    {
        ref double first = ref MemoryMarshal.GetReference(source);
        return (Vector256.LoadUnsafe(ref first, (nuint)index), Vector256.LoadUnsafe(ref first, (nuint)index + 4));
    }

    private struct Lane
    {
        private Vector256<double> lowSum, lowError, highSum, highError;

        public readonly Total Total
        {
            get
            {
                Total total = default;
                for (int lane = 0; lane < Vector256<double>.Count; lane++)
                    total += new Total(0, lowSum[lane], lowError[lane]) + new Total(0, highSum[lane], highError[lane]);
                return total;
            }
        }

        public void Add(Vector256<double> low, Vector256<double> high)
        {
            Add(ref lowSum, ref lowError, low);
            Add(ref highSum, ref highError, high);
        }

        // Comparison.Total.TwoSum, lane by lane.
        private static void Add(ref Vector256<double> sum, ref Vector256<double> error, Vector256<double> value)
        {
            Vector256<double> next = sum + value;
            Vector256<double> added = next - sum;
            error += (sum - (next - added)) + (value - added);
            sum = next;
        }
    }
}
