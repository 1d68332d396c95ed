using System.Numerics;
using System.Runtime.InteropServices;
using CsCheck;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Comparison;

public sealed class FloatComparisonTests
{
    private static readonly float[] Special =
        [0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1f];

    private static readonly Gen<(int Length, int Seed, int Kind)> Cases =
        Gen.Select(Gen.OneOf(Gen.Int[0, 40], Gen.Int[500, 530], Gen.Int[2000, 3000]), Gen.Int, Gen.Int[0, 4]);

    [Fact]
    public void Every_statistic_equals_its_definition_in_unbounded_integers() => Cases.Sample(c =>
    {
        (float[] expected, float[] actual) = Tensors(c.Length, c.Seed, c.Kind);

        Metrics metrics = Compare(expected, actual);

        NaiveComparison naive = NaiveComparison.OfFloats(expected, actual);
        naive.AssertCountsEqual(metrics, c.Length);
        Assert.Equal(metrics.Differing, metrics.Beyond);
        AssertClose(naive.Expected, metrics.Sums.Expected, naive.Expected);
        AssertClose(naive.Actual, metrics.Sums.Actual, naive.Actual);
        AssertClose(naive.Product, metrics.Sums.Product, naive.Expected + naive.Actual);
        // Each difference is rounded to double once before it is squared.
        AssertClose(naive.Difference, metrics.Sums.Difference, naive.Difference);
    }, iter: 300);

    [Fact]
    public void Minus_zero_equals_zero() => Assert.True(Compare([0f, -0f], [-0f, 0f]).Passes);

    [Fact]
    public void NaN_equals_NaN_in_the_same_place_whatever_its_bits()
    {
        Metrics metrics = Compare([1f, float.NaN], [1f, BitConverter.Int32BitsToSingle(0x7FC01234)]);
        Assert.True(metrics.Passes);
        Assert.Equal(2, metrics.Elements);
        Assert.Equal(1, metrics.Cosine);
    }

    [Theory]
    [InlineData(1f, float.NaN)]
    [InlineData(float.NaN, 1f)]
    [InlineData(float.PositiveInfinity, float.NaN)]
    public void NaN_that_faces_a_number_is_beyond_every_bound(float expected, float actual)
    {
        Metrics metrics = Compare([5f, expected, 2f], [9f, actual, 2f], new FloatBound(ulong.MaxValue - 1));
        Assert.Equal(1, metrics.Beyond);
        Assert.Equal(2, metrics.Differing);
        Assert.Null(metrics.MaxAbs);
        Assert.Equal(1, metrics.Worst!.Flat);
        Assert.True(double.IsNaN(metrics.Rmse) && double.IsNaN(metrics.Cosine) && double.IsNaN(metrics.SqnrDb));
    }

    [Fact]
    public void An_infinity_one_ulp_from_the_largest_number_is_beyond_every_bound()
    {
        Metrics metrics = Compare([float.MaxValue], [float.PositiveInfinity], new FloatBound(1000));
        Assert.Equal((Int128)1, metrics.MaxAbs);
        Assert.Equal(1, metrics.Beyond);
        Assert.Equal(double.PositiveInfinity, metrics.Rmse);
        Assert.Equal(double.NegativeInfinity, metrics.SqnrDb);
        Assert.True(double.IsNaN(metrics.Cosine));
        Assert.Equal(1, Compare([float.MaxValue], [float.PositiveInfinity]).Beyond);
    }

    [Fact]
    public void Infinities_that_agree_are_no_difference()
    {
        Metrics metrics = Compare([float.NegativeInfinity, 3f], [float.NegativeInfinity, 3f]);
        Assert.True(metrics.Passes);
        Assert.Equal(double.PositiveInfinity, metrics.SqnrDb);
        Assert.Equal(1, metrics.Cosine);
    }

    [Fact]
    public void A_bound_admits_as_many_ulp_as_it_says()
    {
        float[] expected = [1f, 1f, 1f, -1f];
        float[] actual = [Step(1f, 2), Step(1f, 3), Step(1f, -2), Step(-1f, -3)];
        Assert.Equal(4, Compare(expected, actual).Beyond);
        Assert.Equal(2, Compare(expected, actual, new FloatBound(2)).Beyond);
        Assert.Equal(0, Compare(expected, actual, new FloatBound(3)).Beyond);
        Assert.Equal(4, Compare(expected, actual, new FloatBound(3)).Differing);
    }

    [Fact]
    public void Steps_count_across_zero() =>
        Assert.Equal((Int128)2, Compare([-float.Epsilon], [float.Epsilon]).MaxAbs);

    [Fact]
    public void Small_terms_survive_beside_large_ones()
    {
        // 1e8^2 + 10^4 x 1 in plain doubles stays exact, in plain floats it does not; 1e16^2 needs the compensation.
        float[] expected = [1e16f, .. Enumerable.Repeat(1f, 10_000)];
        BigInteger large = (BigInteger)1e16f;
        Total total = Compare(expected, (float[])expected.Clone()).Sums.Expected;
        Assert.Equal(large * large + 10_000, (BigInteger)total.High + (BigInteger)total.Low);
    }

    [Theory]
    [InlineData(TensorType.Float16, new byte[] { 0x00, 0x3C, 0x00, 0x80, 0x00, 0x7E }, new byte[] { 0x01, 0x3C, 0x00, 0x00, 0x01, 0xFE }, 1.0)]
    [InlineData(TensorType.BFloat16, new byte[] { 0x80, 0x3F, 0x00, 0x80, 0xC0, 0x7F }, new byte[] { 0x81, 0x3F, 0x00, 0x00, 0xC1, 0xFF }, 1.0)]
    public void Half_precision_counts_its_own_ulp(TensorType type, byte[] expected, byte[] actual, double worst)
    {
        // 1 against the next number, -0 against 0, NaN against NaN.
        Metrics metrics = Assert.IsType<Metrics>(TensorComparer.Compare(
            new TensorValue(type, [3], expected), new TensorValue(type, [3], actual), null, FloatBound.Exact));
        Assert.Equal(1, metrics.Differing);
        Assert.Equal((Int128)1, metrics.MaxAbs);
        Assert.Equal(worst, metrics.Worst!.Expected.Real);
    }

    [Fact]
    public void Float64_counts_its_own_ulp()
    {
        double[] expected = [1, double.MinValue, double.NaN], actual = [Math.BitIncrement(1), double.MaxValue, double.NaN];
        Metrics metrics = Assert.IsType<Metrics>(TensorComparer.Compare(
            new TensorValue(TensorType.Float64, [3], MemoryMarshal.AsBytes(expected.AsSpan()).ToArray()),
            new TensorValue(TensorType.Float64, [3], MemoryMarshal.AsBytes(actual.AsSpan()).ToArray()), null, FloatBound.Exact));
        Assert.Equal(2, metrics.Differing);
        Assert.Equal(2 * (Int128)BitConverter.DoubleToInt64Bits(double.MaxValue), metrics.MaxAbs);
    }

    private static Metrics Compare(float[] expected, float[] actual, FloatBound bound = default) => Assert.IsType<Metrics>(TensorComparer.Compare(
        new TensorValue(TensorType.Float32, [expected.Length], MemoryMarshal.AsBytes(expected.AsSpan()).ToArray()),
        new TensorValue(TensorType.Float32, [actual.Length], MemoryMarshal.AsBytes(actual.AsSpan()).ToArray()), null, bound));

    private static float Step(float value, int steps)
    {
        for (; steps > 0; steps--)
            value = MathF.BitIncrement(value);
        for (; steps < 0; steps++)
            value = MathF.BitDecrement(value);
        return value;
    }

    private static (float[] Expected, float[] Actual) Tensors(int length, int seed, int kind)
    {
        Random random = new(seed);
        float[] expected = new float[length];
        random.NextBytes(MemoryMarshal.AsBytes(expected.AsSpan()));
        for (int i = 0; i < length; i++)
            expected[i] = kind == 4 || float.IsFinite(expected[i]) ? expected[i] : 1f;
        float[] actual = (float[])expected.Clone();
        for (int i = 0; i < length; i++)
        {
            if (kind == 1 && random.Next(3) == 0)
                actual[i] = Step(actual[i], random.Next(-2, 3));
            else if (kind == 2)
                actual[i] = (float)random.NextDouble();
            else if (kind == 3 && random.Next(4) == 0)
                (expected[i], actual[i]) = (Special[random.Next(Special.Length)], Special[random.Next(Special.Length)]);
        }
        return (expected, actual);
    }

    // Sums of scaled values are in units of 2^-298.
    private static void AssertClose(BigInteger exact, Total found, BigInteger size)
    {
        Assert.True(found.Integer.IsZero);
        BigInteger scaled = Scale(found.High) + Scale(found.Low);
        Assert.True(BigInteger.Abs(scaled - exact) <= (size >> 50) + 1, $"expected {exact}, found {scaled}");
    }

    private static BigInteger Scale(double value)
    {
        // value * 2^298 from its bits, rounded down to an integer.
        long bits = BitConverter.DoubleToInt64Bits(value), mantissa = bits & ((1L << 52) - 1);
        int exponent = (int)(bits >> 52) & 0x7FF;
        int shift = Math.Max(exponent, 1) - 1075 + 298;
        BigInteger magnitude = exponent == 0 ? mantissa : mantissa | (1L << 52);
        magnitude = shift >= 0 ? magnitude << shift : magnitude >> -shift;
        return bits < 0 ? -magnitude : magnitude;
    }
}
