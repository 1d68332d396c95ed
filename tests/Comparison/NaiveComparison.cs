using System.Globalization;
using System.Numerics;
using OffByN.Harness.Comparison;
using Xunit;

namespace OffByN.Tests.Comparison;

/// <summary>
/// The definition of the metrics, spelled out one element at a time in unbounded integers. Floats are read by exact scaling: every finite
/// float is an integer times 2^-1074, and its ulp key counts the representable numbers between it and 0.
/// </summary>
internal sealed class NaiveComparison
{
    public long Differing, Unordered;
    public BigInteger MaxAbs, Expected, Actual, Product, Difference;
    public long WorstFlat = -1;
    public SortedDictionary<BigInteger, (BigInteger To, long Count)> Histogram = [];

    public static NaiveComparison OfIntegers(IReadOnlyList<BigInteger> expected, IReadOnlyList<BigInteger> actual, BigInteger zeroPoint)
    {
        NaiveComparison naive = new();
        for (int i = 0; i < expected.Count; i++)
        {
            naive.Count(actual[i] - expected[i], i);
            naive.Sum(expected[i] - zeroPoint, actual[i] - zeroPoint);
        }
        return naive;
    }

    public static NaiveComparison OfFloats(IReadOnlyList<float> expected, IReadOnlyList<float> actual)
    {
        NaiveComparison naive = new();
        long firstUnordered = -1;
        for (int i = 0; i < expected.Count; i++)
        {
            if (float.IsNaN(expected[i]) || float.IsNaN(actual[i]))
            {
                if (float.IsNaN(expected[i]) && float.IsNaN(actual[i]))
                {
                    naive.Count(0, i);
                    continue;
                }
                naive.Unordered++;
                naive.Differing++;
                firstUnordered = firstUnordered < 0 ? i : firstUnordered;
                continue;
            }
            naive.Count(Steps(actual[i]) - Steps(expected[i]), i);
            if (float.IsFinite(expected[i]) && float.IsFinite(actual[i]))
                naive.Sum(Scaled(expected[i]), Scaled(actual[i]));
        }
        naive.WorstFlat = firstUnordered >= 0 ? firstUnordered : naive.WorstFlat;
        return naive;
    }

    /// <summary>value * 2^149, an integer for every finite float32.</summary>
    public static BigInteger Scaled(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value), exponent = (bits >> 23) & 0xFF, mantissa = bits & 0x7FFFFF;
        BigInteger magnitude = exponent == 0 ? mantissa : (BigInteger)(mantissa | 0x800000) << (exponent - 1);
        return bits < 0 ? -magnitude : magnitude;
    }

    private static BigInteger Steps(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        return bits < 0 ? -(BigInteger)(bits & int.MaxValue) : bits;
    }

    private void Count(BigInteger n, long flat)
    {
        if (!n.IsZero)
            Differing++;
        if (BigInteger.Abs(n) > MaxAbs)
            (MaxAbs, WorstFlat) = (BigInteger.Abs(n), flat);
        (BigInteger from, BigInteger to) = BinOf(n);
        Histogram[from] = (to, Histogram.TryGetValue(from, out var bin) ? bin.Count + 1 : 1);
    }

    private static (BigInteger From, BigInteger To) BinOf(BigInteger n)
    {
        if (n < 0)
        {
            (BigInteger from, BigInteger to) = BinOf(-n);
            return (-to, -from);
        }
        if (n <= 8)
            return (n, n);
        BigInteger top = 16;
        while (n > top)
            top *= 2;
        return (top / 2 + 1, top == BigInteger.One << 64 ? ulong.MaxValue : top);
    }

    private void Sum(BigInteger expected, BigInteger actual)
    {
        Expected += expected * expected;
        Actual += actual * actual;
        Product += expected * actual;
        Difference += (actual - expected) * (actual - expected);
    }

    public void AssertCountsEqual(Metrics metrics, long elements)
    {
        Assert.Equal(elements, metrics.Elements);
        Assert.Equal(Differing, metrics.Differing);
        Assert.Equal(Unordered > 0 ? null : (Int128)MaxAbs, metrics.MaxAbs);
        Assert.Equal(WorstFlat, metrics.Worst?.Flat ?? -1);
        Assert.Equal(
            string.Join(' ', Histogram.Select(bin => string.Create(CultureInfo.InvariantCulture, $"{bin.Key}..{bin.Value.To}:{bin.Value.Count}"))),
            string.Join(' ', metrics.Histogram.Select(bin => string.Create(CultureInfo.InvariantCulture, $"{bin.From}..{bin.To}:{bin.Count}"))));
    }
}
