using OffByN.Harness.Diagnosis;
using OffByN.Harness.Exploration;
using OffByN.Model;
using OffByN.Tests.Diagnosis;
using Xunit;

namespace OffByN.Tests.Exploration;

/// <summary>Guesses about a convolution with a number planted in it that is not the model's.</summary>
public sealed class WhatIfTests
{
    private static readonly PlantedConvolution Convolution = new();

    [Theory]
    [InlineData("zero point = 12")]
    [InlineData("what if output_zero-point=12")]
    [InlineData("Zero-Point=12")]
    public void The_planted_output_zero_point_explains_everything(string guess) => AssertExplainsAll(new() { OutputZeroPoint = 12 }, guess);

    [Fact]
    public void The_planted_input_zero_point_explains_everything() => AssertExplainsAll(new() { InputZeroPoint = 90 }, "input zero point = 90");

    [Fact]
    public void The_planted_padding_explains_everything() => AssertExplainsAll(new() { PaddingCode = 3 }, "padding = 3");

    [Fact]
    public void The_planted_bias_explains_everything() => AssertExplainsAll(new() { Bias = bias => bias + 700 }, "bias = 700");

    [Theory]
    [InlineData("shift = 9")]
    [InlineData("shift = -9")]
    public void The_planted_shift_explains_everything_in_both_conventions(string guess) =>
        AssertExplainsAll(new() { Rounding = (accumulator, mantissa, _) => PlantedConvolution.RoundedTwice(accumulator, mantissa, 9) }, guess);

    [Theory]
    [InlineData("plain-shift")]
    [InlineData("29")]
    public void A_planted_mistake_is_tried_by_its_name_and_number(string guess) => AssertExplainsAll(
        new() { Rounding = (accumulator, mantissa, shift) => ((accumulator * mantissa + (1L << 30)) >> 31) >> shift }, guess);

    [Fact]
    public void A_wrong_guess_says_how_many_right_elements_it_breaks()
    {
        WhatIf guess = Of(new() { OutputZeroPoint = 12 }, "zero point = 13");
        Score score = Assert.Single(guess.Scores);
        Assert.False(score.IsExact);
        Assert.Contains("explains ", guess.Lines[1].Text, StringComparison.Ordinal);
        Assert.True(guess.Broken(score) >= 0 && guess.Broken(score) + guess.Differing - score.Explained == score.Wrong);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing of that name")]
    [InlineData("shift = six")]
    [InlineData("shift = 99")]
    [InlineData("stride = 2")]
    [InlineData("=")]
    [InlineData("shift = 99999999999999")]
    [InlineData("shift = -2147483648")]
    public void What_cannot_be_tried_is_a_user_error(string guess) => Assert.Throws<UserErrorException>(() => Of(new() { OutputZeroPoint = 12 }, guess));

    private static void AssertExplainsAll(Plant plant, string asked)
    {
        WhatIf guess = Of(plant, asked);
        Assert.True(guess.Scores[0].IsExact, guess.Lines[1].Text);
        Assert.Equal(guess.Differing, guess.Scores[0].Explained);
        Assert.Equal(0, guess.Broken(guess.Scores[0]));
        Assert.Equal(Tone.Good, guess.Lines[1].Tone);
    }

    private static WhatIf Of(Plant plant, string asked) => WhatIf.Of(OperatorDiagnosis.Of(Convolution.Case(plant))!, asked);
}
