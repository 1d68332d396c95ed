using OffByN.Arithmetic;
using Xunit;

namespace OffByN.Tests.Arithmetic;

/// <summary>The golden vectors of the numerics specification, sections 1.3 and 6, as tables.</summary>
public sealed class GoldenVectorTests
{
    [Theory]
    [InlineData(19930, 1155074571, -6, 168, 168, 167, 167, 167)]
    [InlineData(-9014, 1433225809, -8, -24, -23, -23, -23, -23)]
    [InlineData(-20692, 1833260198, -9, -35, -34, -35, -35, -35)]
    [InlineData(-11079, 1947645753, -7, -79, -78, -79, -79, -79)]
    [InlineData(-14642, 1084107903, -6, -116, -115, -115, -115, -115)]
    [InlineData(-17176, 1790460815, -5, -448, -447, -448, -448, -448)]
    [InlineData(2665, 1134462665, -8, 6, 6, 5, 5, 5)]
    [InlineData(15455, 1582872460, -8, 45, 45, 44, 44, 44)]
    [InlineData(-6098, 1295831187, -6, -58, -57, -57, -57, -57)]
    [InlineData(15314, 2046237533, -9, 29, 29, 28, 29, 28)]
    [InlineData(15705, 2117811383, -8, 61, 61, 60, 61, 60)]
    public void Every_flavour_rounds_the_specifications_accumulators_as_it_says(
        int accumulator, int mantissa, int exponent, int reference, int ruy, int xnnpack, int single, int wide)
    {
        ChannelScale scale = ChannelScale.From(new Multiplier(mantissa, exponent));

        Assert.Equal(reference, Requantization.Reference.Apply(accumulator, scale));
        Assert.Equal(ruy, Requantization.Ruy.Apply(accumulator, scale));
        Assert.Equal(xnnpack, Requantization.Xnnpack.Apply(accumulator, scale));
        Assert.Equal(single, Requantization.Single.Apply(accumulator, scale));
        Assert.Equal(wide, Requantization.Wide.Apply(accumulator, scale));
    }

    /// <summary>tensorflow#102943: only XNNPACK's float32 factor and ties to even give what TFLite gave.</summary>
    [Fact]
    public void Issue_102943_is_six_in_float32_and_seven_in_integers()
    {
        (float input, float weight, float output) = (0.05296124517917633f, 0.024093778803944588f, 0.11484327912330627f);

        Assert.Equal(7, Requantization.Reference.Apply(585, ChannelScale.From(ScaleFormation.Double.Of(input, weight, output))));
        Assert.Equal(7, Requantization.Ruy.Apply(585, ChannelScale.From(ScaleFormation.FloatProduct.Of(input, weight, output))));
        Assert.Equal(6, Requantization.Xnnpack.Apply(585, ChannelScale.From(ScaleFormation.FloatQuotient.Of(input, weight, output))));
    }

    /// <summary>tensorflow#25087: 11.499 becomes 12 by rounding twice.</summary>
    [Fact]
    public void Issue_25087_is_twelve_when_rounded_twice_and_eleven_when_rounded_once()
    {
        ChannelScale scale = ChannelScale.From(new Multiplier(1583594044, -9));

        Assert.Equal(12, Requantization.Reference.Apply(7984, scale));
        Assert.Equal(12, Requantization.Ruy.Apply(7984, scale));
        Assert.Equal(11, Requantization.Single.Apply(7984, scale));
    }

    [Theory]
    [InlineData(0.5, 1073741824, 0)]
    [InlineData(1.0 / 3, 1431655765, -1)]
    [InlineData(2.5, 1342177280, 2)]
    [InlineData(0.9999999999, 1073741824, 1)]
    [InlineData(7.3e-4, 1605286977, -10)]
    [InlineData(1e-10, 0, 0)]
    [InlineData(0, 0, 0)]
    public void A_real_factor_becomes_mantissa_and_exponent(double factor, int mantissa, int exponent) =>
        Assert.Equal(new Multiplier(mantissa, exponent), Multiplier.From(factor));

    [Theory]
    [InlineData(1 << 30, 1, 1)]
    [InlineData(-(1 << 30), 1, 0)]
    [InlineData(-(1 << 30), 3, -1)]
    [InlineData(-123456789, 1 << 30, -61728394)]
    [InlineData(int.MinValue, int.MinValue, int.MaxValue)]
    public void High_multiply_breaks_ties_upward_and_saturates_once(int a, int b, int expected) =>
        Assert.Equal(expected, FixedPoint.SaturatingRoundingDoublingHighMultiply(a, b));

    [Theory]
    [InlineData(5, 1, 3, 3)]
    [InlineData(-5, 1, -3, -2)]
    [InlineData(-6, 2, -2, -1)]
    [InlineData(-2, 2, -1, 0)]
    public void Shifts_break_ties_away_from_zero_or_upward(int x, int n, int halfAway, int halfUp)
    {
        Assert.Equal(halfAway, FixedPoint.RoundingDivideByPowerOfTwo(x, n));
        Assert.Equal(halfUp, FixedPoint.ShiftRight(x, n, Rounding.HalfUp));
    }

    [Theory]
    [InlineData(-(1 << 26), 790015308)]
    [InlineData(-(1 << 24), 1672462419)]
    [InlineData(-1, 2147483124)]
    [InlineData(0, int.MaxValue)]
    public void Exponential_in_F5_is_gemmlowps(int raw, int expected) => Assert.Equal(expected, FixedPoint.ExpOnNegativeValues(raw, 5));

    [Theory]
    [InlineData(1 << 30, 1431655762)]
    [InlineData(0, int.MaxValue)]
    [InlineData(int.MaxValue, 1073741820)]
    public void Reciprocal_of_one_plus_x_is_gemmlowps(int raw, int expected) => Assert.Equal(expected, FixedPoint.OneOverOnePlus(raw));

    /// <summary>The concrete cases of section 3: exact value, then what reference, ruy and XNNPACK make of it.</summary>
    [Theory]
    [InlineData(-40.4995, -41, -40, -40)]
    [InlineData(16.49941, 17, 17, 16)]
    [InlineData(-31.50094, -32, -31, -32)]
    [InlineData(-12.50031, -13, -12, -13)]
    [InlineData(10.49962, 11, 11, 10)]
    [InlineData(-4.49937, -5, -4, -4)]
    [InlineData(97.4983, 98, 98, 97)]
    public void A_value_near_a_tie_can_be_found_for_every_case_of_the_specification(double exact, int reference, int ruy, int xnnpack)
    {
        // The specification gives the exact product only, so accumulators and factors that make it are searched for.
        bool found = false;
        for (int accumulator = 1000; accumulator < 30000 && !found; accumulator++)
        {
            int signed = Math.Sign(exact) * accumulator;
            ChannelScale scale = ChannelScale.From(exact / signed);
            found = Requantization.Reference.Apply(signed, scale) == reference
                && Requantization.Ruy.Apply(signed, scale) == ruy
                && Requantization.Xnnpack.Apply(signed, scale) == xnnpack;
        }
        Assert.True(found);
    }
}
