using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OffByN.Harness.Comparison;

/// <summary>One pass over two float tensors of equal length.</summary>
internal sealed class FloatComparison<T, TUnsigned, TFormat> : ElementComparison
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    where TUnsigned : unmanaged, IBinaryInteger<TUnsigned>
    where TFormat : IFloatFormat<T>
{
    private const int BlockLength = 512;

    public override int Width => Unsafe.SizeOf<T>();

    public override Tally Compare(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int zeroPoint, FloatBound bound)
    {
        ReadOnlySpan<T> left = MemoryMarshal.Cast<byte, T>(expected), right = MemoryMarshal.Cast<byte, T>(actual);
        Differences differences = new(bound.Ulps);
        FloatSums sums = new();
        NonFinite nonFinite = new(bound.Ulps);
        long outside = 0, leftOut = 0;
        Span<T> leftKeys = stackalloc T[BlockLength], rightKeys = stackalloc T[BlockLength];
        Span<double> leftValues = stackalloc double[BlockLength], rightValues = stackalloc double[BlockLength];
        for (int start = 0; start < left.Length; start += BlockLength)
        {
            int length = Math.Min(BlockLength, left.Length - start);
            int padded = (length + FloatSums.Lanes - 1) / FloatSums.Lanes * FloatSums.Lanes;
            ReadOnlySpan<T> leftBits = left.Slice(start, length), rightBits = right.Slice(start, length);
            FloatBlock.Widen<T, TFormat>(leftBits, leftValues[..padded]);
            FloatBlock.Widen<T, TFormat>(rightBits, rightValues[..padded]);
            bool finite = FloatBlock.Keys<T, TFormat>(leftBits, leftKeys) & FloatBlock.Keys<T, TFormat>(rightBits, rightKeys);
            if (!bound.Slack.IsEmpty)
            {
                ReadOnlySpan<double> slack = bound.Slack.Span.Slice(start, length);
                leftOut += LeaveOut(slack, leftKeys, rightKeys, leftValues, rightValues);
                for (int i = 0; i < length; i++)
                    outside += Math.Abs(leftValues[i] - rightValues[i]) > slack[i] && double.IsFinite(leftValues[i]) && double.IsFinite(rightValues[i]) ? 1 : 0;
            }
            if (!finite)
                nonFinite.SetAside(leftKeys[..length], rightKeys[..length], leftValues, rightValues, start);
            differences.Add<T, TUnsigned>(leftKeys[..length], rightKeys[..length], start);
            sums.Add(leftValues[..padded], rightValues[..padded]);
        }
        return new Tally(
            differences.Differing + nonFinite.Unordered,
            differences.Beyond + nonFinite.Beyond + outside,
            nonFinite.Unordered > 0 ? null : differences.MaxAbs,
            nonFinite.Unordered > 0 ? nonFinite.FirstUnordered : differences.WorstFlat,
            differences.Bins(left.Length - leftOut - nonFinite.Unordered - differences.Differing),
            sums.Sums(nonFinite.Unordered, nonFinite.Unbounded)) { LeftOut = leftOut };
    }

    /// <summary>Makes both sides 0 where the slack is infinite, and counts these elements.</summary>
    private static int LeaveOut(ReadOnlySpan<double> slack, Span<T> leftKeys, Span<T> rightKeys, Span<double> left, Span<double> right)
    {
        int leftOut = 0;
        for (int i = 0; i < slack.Length; i++)
        {
            if (!double.IsPositiveInfinity(slack[i]))
                continue;
            leftOut++;
            (leftKeys[i], rightKeys[i], left[i], right[i]) = (T.Zero, T.Zero, 0, 0);
        }
        return leftOut;
    }

    public override Number ElementAt(ReadOnlySpan<byte> data, long flat) =>
        Number.Of(TFormat.ToDouble(MemoryMarshal.Cast<byte, T>(data)[(int)flat]));

    /// <summary>Takes NaN and infinity out of blocks that have them, and counts where they face something else.</summary>
    private struct NonFinite(ulong bound)
    {
        public long Unordered { get; private set; }

        public long Unbounded { get; private set; }

        /// <summary>Those of both kinds that <see cref="Differences"/> would not call beyond.</summary>
        public long Beyond { get; private set; }

        public long FirstUnordered { get; private set; }

        public void SetAside(Span<T> leftKeys, Span<T> rightKeys, Span<double> left, Span<double> right, long start)
        {
            for (int i = 0; i < leftKeys.Length; i++)
            {
                if (double.IsFinite(left[i]) && double.IsFinite(right[i]))
                    continue;
                if (double.IsNaN(left[i]) || double.IsNaN(right[i]))
                {
                    if (double.IsNaN(left[i]) != double.IsNaN(right[i]))
                    {
                        FirstUnordered = Unordered++ == 0 ? start + i : FirstUnordered;
                        Beyond++;
                    }
                    rightKeys[i] = leftKeys[i];
                }
                else if (left[i] != right[i])
                {
                    Unbounded++;
                    ulong steps = ulong.CreateTruncating(TUnsigned.CreateTruncating(T.Max(leftKeys[i], rightKeys[i]) - T.Min(leftKeys[i], rightKeys[i])));
                    Beyond += steps <= bound ? 1 : 0;
                }
                (left[i], right[i]) = (0, 0);
            }
        }
    }
}
