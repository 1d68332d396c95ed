using System.Numerics;
using System.Runtime.InteropServices;
using CsCheck;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Comparison;

public sealed class IntegerComparisonTests
{
    // Seeds give whole tensors: a length that fills no block evenly, noise, and differences of one of several kinds.
    private static readonly Gen<(int Length, int Seed, int Kind, int ZeroPoint)> Cases = Gen.Select(
        Gen.OneOf(Gen.Int[0, 100], Gen.Int[4000, 4200], Gen.Int[8000, 13000]), Gen.Int, Gen.Int[0, 4], Gen.OneOf(Gen.Int[-130, 260], Gen.Int));

    [Theory]
    [InlineData(TensorType.UInt8)]
    [InlineData(TensorType.Int8)]
    [InlineData(TensorType.Int4)]
    [InlineData(TensorType.Bool)]
    [InlineData(TensorType.UInt16)]
    [InlineData(TensorType.Int16)]
    [InlineData(TensorType.UInt32)]
    [InlineData(TensorType.Int32)]
    [InlineData(TensorType.UInt64)]
    [InlineData(TensorType.Int64)]
    public void Every_statistic_equals_its_definition_in_unbounded_integers(TensorType type) => Cases.Sample(c =>
    {
        (byte[] expected, byte[] actual) = Tensors(Width(type), c.Length, c.Seed, c.Kind);
        Quantization quantization = new([0.25f], [c.ZeroPoint], 0);

        Metrics metrics = Compare(type, expected, actual, quantization);

        NaiveComparison naive = NaiveComparison.OfIntegers(Values(type, expected), Values(type, actual), c.ZeroPoint);
        naive.AssertCountsEqual(metrics, c.Length);
        Assert.Equal(naive.Expected, metrics.Sums.Expected.Integer);
        Assert.Equal(naive.Actual, metrics.Sums.Actual.Integer);
        Assert.Equal(naive.Product, metrics.Sums.Product.Integer);
        Assert.Equal(naive.Difference, metrics.Sums.Difference.Integer);
        Assert.Equal(metrics.Differing, metrics.Beyond);
        if (metrics.Worst is { } worst)
        {
            Assert.Equal(Values(type, expected)[(int)worst.Flat], worst.Expected.Integer);
            Assert.Equal(Values(type, actual)[(int)worst.Flat], worst.Actual.Integer);
        }
    }, iter: 60);

    [Fact]
    public void Extremes_of_a_block_overflow_nothing()
    {
        foreach ((TensorType type, byte[] low, byte[] high) in new[]
        {
            (TensorType.Int8, new byte[] { 0x80 }, new byte[] { 0x7F }),
            (TensorType.Int16, [0x00, 0x80], [0xFF, 0x7F]),
            (TensorType.Int32, [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0x7F]),
            (TensorType.Int64, [0, 0, 0, 0, 0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        })
        {
            const int Length = 3 * 4096 + 5;
            byte[] lows = Repeat(low, Length), highs = Repeat(high, Length);
            foreach ((byte[] expected, byte[] actual) in new[] { (lows, highs), (highs, lows), (lows, (byte[])lows.Clone()), (highs, (byte[])highs.Clone()) })
            {
                Metrics metrics = Compare(type, expected, actual, null);
                NaiveComparison naive = NaiveComparison.OfIntegers(Values(type, expected), Values(type, actual), 0);
                naive.AssertCountsEqual(metrics, Length);
                Assert.Equal(naive.Product, metrics.Sums.Product.Integer);
                Assert.Equal(naive.Difference, metrics.Sums.Difference.Integer);
            }
        }
    }

    [Fact]
    public void Statistics_of_a_known_pair_are_those_computed_by_hand()
    {
        // From zero point 128: expected (3, -4, 0, 0), actual (4, -4, 0, -2).
        Metrics metrics = Compare(TensorType.UInt8, [131, 124, 128, 128], [132, 124, 128, 126], new Quantization([0.5f], [128], 0));

        Assert.Equal(2, metrics.Differing);
        Assert.Equal((Int128)2, metrics.MaxAbs);
        Assert.Equal(3, metrics.Worst!.Flat);
        Assert.Equal("128 126", $"{metrics.Worst.Expected} {metrics.Worst.Actual}");
        Assert.Equal([new Bin(-2, -2, 1), new Bin(0, 0, 2), new Bin(1, 1, 1)], metrics.Histogram.ToArray());
        Assert.Equal(28 / (5 * 6.0), metrics.Cosine, 15);
        Assert.Equal(10 * Math.Log10(25 / 5.0), metrics.SqnrDb, 12);
        Assert.Equal(Math.Sqrt(5 / 4.0), metrics.Rmse, 15);
        Assert.Equal(0.5 * Math.Sqrt(5 / 4.0), metrics.RmseReal!.Value, 15);
    }

    [Fact]
    public void The_lowest_of_equally_wrong_elements_is_the_worst()
    {
        byte[] expected = new byte[3 * 4096], actual = new byte[3 * 4096];
        actual[4096 + 70] = 3;
        actual[4096 + 71] = 7;
        actual[2 * 4096] = 7;
        Assert.Equal(4096 + 71, Compare(TensorType.UInt8, expected, actual, null).Worst!.Flat);
    }

    [Fact]
    public void The_worst_index_follows_the_shape()
    {
        TensorValue expected = new(TensorType.Int8, [1, 2, 3, 4], new byte[24]);
        byte[] actual = new byte[24];
        actual[17] = 1;
        Metrics metrics = Assert.IsType<Metrics>(TensorComparer.Compare(expected, expected with { Data = actual }, null, FloatBound.Exact));
        Assert.Equal([0, 1, 1, 1], metrics.Worst!.Index.ToArray());
    }

    [Fact]
    public void Cosine_of_two_zero_vectors_is_1_and_of_one_is_0()
    {
        Quantization quantization = new([1f], [7], 0);
        Assert.Equal(1, Compare(TensorType.UInt8, [7, 7], [7, 7], quantization).Cosine);
        Assert.Equal(0, Compare(TensorType.UInt8, [7, 7], [7, 8], quantization).Cosine);
        Assert.Equal(double.NegativeInfinity, Compare(TensorType.UInt8, [7, 7], [7, 8], quantization).SqnrDb);
    }

    [Fact]
    public void Equal_tensors_have_cosine_1_and_infinite_sqnr()
    {
        byte[] noise = new byte[100_003];
        new Random(1).NextBytes(noise);
        Metrics metrics = Compare(TensorType.Int8, noise, (byte[])noise.Clone(), new Quantization([0.1f], [-5], 0));
        Assert.True(metrics.Passes);
        Assert.Equal(1, metrics.Cosine);
        Assert.Equal(double.PositiveInfinity, metrics.SqnrDb);
        Assert.Equal(0, metrics.Rmse);
        Assert.Null(metrics.Worst);
    }

    [Fact]
    public void Zero_elements_are_not_a_pass() =>
        Assert.False(Compare(TensorType.UInt8, [], [], null).Passes);

    [Fact]
    public void Codes_without_a_single_scale_have_no_real_rmse()
    {
        Assert.Null(Compare(TensorType.Int8, [1], [2], null).RmseReal);
        Assert.Null(Compare(TensorType.Int8, [1], [2], new Quantization([1f, 2f], [0, 0], 0)).RmseReal);
    }

    private static Metrics Compare(TensorType type, byte[] expected, byte[] actual, Quantization? quantization)
    {
        Shape shape = [expected.Length / Width(type)];
        return Assert.IsType<Metrics>(TensorComparer.Compare(
            new TensorValue(type, shape, expected), new TensorValue(type, shape, actual), quantization, FloatBound.Exact));
    }

    private static int Width(TensorType type) => Math.Max(8, type.Bits()) / 8;

    private static (byte[] Expected, byte[] Actual) Tensors(int width, int length, int seed, int kind)
    {
        Random random = new(seed);
        byte[] expected = new byte[length * width];
        random.NextBytes(expected);
        byte[] actual = (byte[])expected.Clone();
        for (int i = 0; i < actual.Length; i += width)
        {
            Span<byte> element = actual.AsSpan(i, width);
            switch (kind)
            {
                case 1 when random.Next(3) == 0:
                    element[0] ^= (byte)random.Next(1, 4);
                    break;
                case 2 when random.Next(1000) == 0:
                case 3:
                    random.NextBytes(element);
                    break;
                case 4:
                    element.Fill((byte)random.Next(2) == 0 ? (byte)0x80 : (byte)0x7F);
                    break;
            }
        }
        return (expected, actual);
    }

    private static byte[] Repeat(byte[] element, int count) => [.. Enumerable.Repeat(element, count).SelectMany(bytes => bytes)];

    private static List<BigInteger> Values(TensorType type, byte[] data) => type switch
    {
        TensorType.UInt8 or TensorType.Bool => [.. data.Select(b => (BigInteger)b)],
        TensorType.Int8 or TensorType.Int4 => [.. data.Select(b => (BigInteger)(sbyte)b)],
        TensorType.UInt16 => Read<ushort>(data, v => v),
        TensorType.Int16 => Read<short>(data, v => v),
        TensorType.UInt32 => Read<uint>(data, v => v),
        TensorType.Int32 => Read<int>(data, v => v),
        TensorType.UInt64 => Read<ulong>(data, v => v),
        _ => Read<long>(data, v => v),
    };

    private static List<BigInteger> Read<T>(byte[] data, Func<T, BigInteger> widen)
        where T : struct => [.. MemoryMarshal.Cast<byte, T>(data).ToArray().Select(widen)];
}
