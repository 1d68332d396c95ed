using System.Numerics;
using CsCheck;
using OffByN.Arithmetic;
using OffByN.Model;
using OffByN.Reference.Operators;
using Xunit;

namespace OffByN.Tests.Arithmetic;

/// <summary>Every primitive against exact arithmetic in unbounded integers.</summary>
public sealed class RequantizationProperties
{
    private static readonly Gen<int> Accumulators = Gen.OneOf(
        Gen.Int, Gen.Int[-70000, 70000], Gen.Int[-2000, 2000], Gen.OneOf(int.MinValue, int.MaxValue, 0, -1, 1, 1 << 30, -(1 << 30)));

    private static readonly Gen<Multiplier> Multipliers = Gen.Select(
        Gen.OneOf(Gen.Int[1 << 30, int.MaxValue], Gen.OneOf(1 << 30, int.MaxValue, 3 << 29)), Gen.Int[-31, 8], (m, e) => new Multiplier(m, e));

    private static readonly Rounding[] Roundings =
        [Rounding.HalfAway, Rounding.HalfUp, Rounding.HalfEven, Rounding.Floor, Rounding.Truncate];

    [Fact]
    public void Rounding_a_quotient_agrees_with_exact_rationals() =>
        Gen.Select(Gen.Long[-(1L << 61), 1L << 61], Gen.Int[0, 62], Gen.OneOf(Roundings)).Sample((x, n, rounding) =>
            Assert.Equal((long)Exact(x, BigInteger.One << n, rounding), FixedPoint.ShiftRight(x, n, rounding)));

    [Fact]
    public void Dividing_agrees_with_exact_rationals() =>
        Gen.Select(Accumulators, Gen.Int[1, 1 << 20], Gen.OneOf(Roundings)).Sample((x, divisor, rounding) =>
            Assert.Equal((int)Exact(x, divisor, rounding), FixedPoint.Divide(x, divisor, rounding)));

    [Fact]
    public void Rounding_a_double_agrees_with_exact_rationals() =>
        Gen.Select(Gen.Int[-(1 << 22), 1 << 22], Gen.Int[0, 40], Gen.OneOf(Roundings)).Sample((x, n, rounding) =>
            Assert.Equal((int)Exact(x, BigInteger.One << n, rounding), FixedPoint.Round(Math.ScaleB(x, -n), rounding)));

    [Fact]
    public void High_multiply_is_the_exact_product_rounded_half_up_and_saturated() =>
        Gen.Select(Accumulators, Accumulators).Sample((a, b) => Assert.Equal(
            (int)BigInteger.Min(int.MaxValue, Exact((BigInteger)a * b, BigInteger.One << 31, Rounding.HalfUp)),
            FixedPoint.SaturatingRoundingDoublingHighMultiply(a, b)));

    [Fact]
    public void Rounding_twice_is_two_exact_roundings() =>
        Gen.Select(Accumulators, Multipliers, Gen.OneOf(Roundings)).Sample((accumulator, multiplier, rounding) =>
        {
            int shifted = unchecked(accumulator << multiplier.LeftShift);
            BigInteger high = Exact((BigInteger)shifted * multiplier.Mantissa, BigInteger.One << 31, Rounding.HalfUp);
            BigInteger expected = Exact(high, BigInteger.One << multiplier.RightShift, rounding);
            Assert.Equal((int)expected, new Requantization(Product.HighMultiply, rounding).Apply(accumulator, ChannelScale.From(multiplier)));
        });

    [Fact]
    public void Rounding_once_is_the_exact_product_rounded() =>
        Gen.Select(Accumulators, Multipliers.Where(m => m.Exponent <= 0), Gen.OneOf(Roundings)).Sample((accumulator, multiplier, rounding) =>
            Assert.Equal(
                (int)Exact((BigInteger)accumulator * multiplier.Mantissa, BigInteger.One << (31 - multiplier.Exponent), rounding),
                new Requantization(Product.Whole, rounding).Apply(accumulator, ChannelScale.From(multiplier))));

    [Fact]
    public void A_multiplier_is_within_half_a_unit_of_its_factor() =>
        Gen.Double[1e-9, 1000].Sample(factor =>
        {
            Multiplier multiplier = Multiplier.From(factor);
            Assert.InRange(multiplier.Mantissa, 1 << 30, int.MaxValue);
            Assert.True(Math.Abs(multiplier.Value - factor) <= Math.ScaleB(0.5, multiplier.Exponent - 31));
        });

    /// <summary>The vector forms, against the scalar form that the other properties check.</summary>
    [Theory]
    [InlineData(Product.HighMultiply, Rounding.HalfAway)]
    [InlineData(Product.HighMultiply, Rounding.HalfUp)]
    [InlineData(Product.Float32, Rounding.HalfEven)]
    public void Rows_are_requantized_as_single_accumulators_are(Product product, Rounding rounding) =>
        Gen.Select(
            Gen.Select(Accumulators, Multipliers).Array[1, 40], Gen.Int[0, 255], Gen.Int[0, 40], Gen.OneOf(TensorType.UInt8, TensorType.Int8))
        .Sample((channels, zeroPoint, tailStart, type) =>
        {
            int low = type == TensorType.Int8 ? -128 : 0;
            Requantizer requantizer = new(
                [.. channels.Select(channel => ChannelScale.From(channel.Item2))], zeroPoint + low, low + 3, low + 250,
                new(product, rounding), Requantization.Reference, Math.Min(tailStart, channels.Length));
            int[] accumulators = [.. channels.Select(channel => channel.Item1)];
            byte[] codes = new byte[accumulators.Length];

            new RowRequantizer(requantizer, type).Apply(accumulators, 0, codes);

            Assert.Equal(accumulators.Select((accumulator, channel) => (byte)requantizer.Code(accumulator, channel)), codes);
        });

    [Fact]
    public void Centring_subtracts_the_zero_point_from_every_code() =>
        Gen.Select(Gen.Byte.Array[0, 100], Gen.Int[-128, 127], Gen.Bool).Sample((codes, zeroPoint, signed) =>
        {
            int offset = signed ? zeroPoint : zeroPoint + 128;
            short[] centred = new short[codes.Length];

            Codes.Centre(codes, signed ? TensorType.Int8 : TensorType.UInt8, offset, centred);

            Assert.Equal(codes.Select(code => (short)((signed ? (sbyte)code : code) - offset)), centred);
        });

    /// <summary>numerator / denominator, rounded by its definition.</summary>
    private static BigInteger Exact(BigInteger numerator, BigInteger denominator, Rounding rounding)
    {
        BigInteger floor = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        if (remainder < 0)
            (floor, remainder) = (floor - 1, remainder + denominator);
        int half = (2 * remainder).CompareTo(denominator);
        bool up = rounding switch
        {
            Rounding.HalfAway => half > 0 || (half == 0 && numerator > 0),
            Rounding.HalfUp => half >= 0,
            Rounding.HalfEven => half > 0 || (half == 0 && !floor.IsEven),
            Rounding.Truncate => numerator < 0 && remainder != 0,
            _ => false,
        };
        return up ? floor + 1 : floor;
    }
}
