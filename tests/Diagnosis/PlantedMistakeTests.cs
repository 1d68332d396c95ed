using System.Collections.Immutable;
using OffByN.Harness.Diagnosis;
using Xunit;

namespace OffByN.Tests.Diagnosis;

/// <summary>Mistakes planted in plain loops are named; what is no mistake, or none of the catalogue, is not called one.</summary>
public sealed class PlantedMistakeTests
{
    private static readonly PlantedConvolution Convolution = new();

    private static readonly Dictionary<string, Plant> Plants = new()
    {
        ["plain-shift"] = new() { Rounding = (acc, m, n) => ((acc * m + (1L << 30)) >> 31) >> n },
        ["no-rounding"] = new() { Rounding = (acc, m, n) => (acc * m) >> (31 + n) },
        ["truncated-then-shifted"] = new() { Rounding = (acc, m, n) => (acc * m / (1L << 31)) >> n },
        ["float-truncated"] = new() { Rounding = (acc, m, n) => (long)(float)((float)acc * (float)(m / Math.Pow(2, 31 + n))) },
        ["float-floored"] = new() { Rounding = (acc, m, n) => (long)MathF.Floor((float)acc * (float)(m / Math.Pow(2, 31 + n))) },
        ["half-then-truncated"] = new() { Rounding = (acc, m, n) => (long)(float)((float)((float)acc * (float)(m / Math.Pow(2, 31 + n))) + 0.5f) },
        ["fixed-precision"] = new() { Rounding = (acc, m, n) => (acc * (long)Math.Round(m / Math.Pow(2, 31 + n - 12)) + (1 << 11)) >> 12 },
        ["shift-off-by-one"] = new() { Rounding = (acc, m, n) => PlantedConvolution.RoundedTwice(acc, m, n + 1) },
        ["padding-zero"] = new() { PaddingCode = 0 },
        ["padding-extreme"] = new() { PaddingCode = 255 },
        ["padding-code"] = new() { PaddingCode = 33 },
        ["input-zero-point-missing"] = new() { InputZeroPoint = 0 },
        ["input-zero-point"] = new() { InputZeroPoint = PlantedConvolution.InputZeroPoint - 2 },
        ["output-zero-point-missing"] = new() { OutputZeroPoint = 0 },
        ["output-zero-point"] = new() { OutputZeroPoint = 12 },
        ["bias-missing"] = new() { Bias = _ => 0 },
        ["bias-narrow"] = new() { Bias = bias => (sbyte)bias },
        ["accumulator-16-bit"] = new() { Accumulator = acc => (short)acc },
        ["wrapping"] = new() { Stored = code => code },
        ["weights-layout"] = new() { Weight = (o, y, x, i) => ((y * 3 + x) * PlantedConvolution.Depth + i) * PlantedConvolution.Channels + o },
        ["kernel-flipped"] = new() { Weight = (o, y, x, i) => ((o * 3 + 2 - y) * 3 + 2 - x) * PlantedConvolution.Depth + i },
        ["padding-other-side"] = new() { PadBefore = 1 },
    };

    public static TheoryData<string> Slugs() => [.. Plants.Keys];

    [Theory]
    [MemberData(nameof(Slugs))]
    public void A_planted_mistake_is_in_the_confirmed_class_and_is_called_a_mistake(string slug)
    {
        Cause best = Best(Plants[slug])!;

        Assert.True(best.IsConfirmed, $"{best.Hypothesis.Id} explains {best.Score.Explains}");
        Assert.Contains(slug, best.Members.Select(member => member.Hypothesis.Mistakes[0].Slug));
        Assert.False(best.IsLegitimate);
    }

    [Theory]
    [InlineData("tflite-optimized")]
    [InlineData("single-rounding")]
    [InlineData("xnnpack")]
    public void A_legitimate_rounding_is_never_called_a_mistake(string slug)
    {
        Plant plant = new()
        {
            Rounding = slug switch
            {
                "tflite-optimized" => (acc, m, n) => (((acc * m + (1L << 30)) >> 31) + (1L << (n - 1))) >> n,
                "single-rounding" => (acc, m, n) => (acc * m + (1L << (30 + n))) >> (31 + n),
                _ => (acc, m, n) => (long)MathF.Round((float)acc * (0.0213f * 0.0071f / 0.0497f)),
            },
        };
        // A single layer of 1,536 elements may have no element that tells the rounding; none of them may then be called a mistake either.
        Cause? best = Best(plant);
        Assert.True(best is null || (best.IsLegitimate && best.Members.Any(member => member.Hypothesis.Mistakes[0].Slug == slug)), best?.Hypothesis.Id);
    }

    [Fact]
    public void Two_mistakes_at_once_are_found_as_a_pair()
    {
        Cause best = Best(Plants["padding-zero"] with { Rounding = Plants["plain-shift"].Rounding })!;

        Assert.True(best.IsConfirmed);
        Assert.Contains("plain-shift+padding-zero", best.Members.Select(member => member.Hypothesis.Id));
    }

    public static TheoryData<string> Controls() => ["codes cut", "weights lose a bit", "bias halved", "low bits cleared"];

    [Theory]
    [MemberData(nameof(Controls))]
    public void A_mistake_that_the_catalogue_lacks_is_not_confirmed_as_another(string control)
    {
        Plant plant = control switch
        {
            "codes cut" => new() { Code = code => Math.Min(code, 200) },
            "weights lose a bit" => new() { Code = code => code & ~1 },
            "bias halved" => new() { Bias = bias => bias / 2 },
            _ => new() { Accumulator = acc => acc & ~1023 },
        };
        Cause? best = Best(plant);
        Assert.False(best is { IsConfirmed: true }, best?.Hypothesis.Id);
    }

    [Fact]
    public void What_equals_the_expected_has_no_diagnosis() => Assert.Null(OperatorDiagnosis.Of(Convolution.Case(new())));

    [Fact]
    public void The_margin_counts_the_elements_that_only_the_best_class_gets_right()
    {
        OperatorCase one = Convolution.Case(Plants["padding-zero"]);
        ImmutableArray<Cause> causes = Diagnoses.Causes(OperatorDiagnosis.Of(one)!);

        Assert.Equal(0, causes[0].Score.Wrong);
        Assert.Equal(causes[1].Score.Wrong, causes[0].Margin);
        Assert.True(causes[0].Margin > 0);
    }

    [Fact]
    public void Differences_at_the_border_alone_are_called_that() =>
        Assert.Contains(ErrorPattern.Of(Convolution.Case(Plants["padding-zero"])), statement => statement.Contains("padding", StringComparison.Ordinal));

    [Fact]
    public void An_error_of_one_sign_is_called_that() =>
        Assert.Contains("every differing element is too small", ErrorPattern.Of(Convolution.Case(Plants["plain-shift"])));

    private static Cause? Best(Plant plant) =>
        OperatorDiagnosis.Of(Convolution.Case(plant)) is { } diagnosis ? Diagnoses.Causes(diagnosis).FirstOrDefault() : null;
}
