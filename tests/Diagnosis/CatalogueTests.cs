using System.Text.RegularExpressions;
using OffByN.Arithmetic;
using OffByN.Harness.CommandLine;
using OffByN.Harness.Explanation;
using OffByN.Reference.Mistakes;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Diagnosis;

public sealed partial class CatalogueTests
{
    [Fact]
    public void Every_entry_says_what_changes_and_where_and_has_a_name_of_its_own()
    {
        Assert.Equal(MistakeCatalogue.All.Length, MistakeCatalogue.All.Select(mistake => mistake.Slug).Distinct().Count());
        Assert.All(MistakeCatalogue.All, mistake =>
        {
            Assert.NotEmpty(mistake.Name);
            Assert.NotEmpty(mistake.Change);
            Assert.NotEmpty(mistake.Field);
        });
    }

    [Fact]
    public void Half_up_and_single_rounding_are_no_mistakes() =>
        Assert.DoesNotContain(MistakeCatalogue.All, mistake => mistake.Catalogue is "31" or "33");

    [Fact]
    public void Legitimate_alternatives_come_first()
    {
        int last = MistakeCatalogue.All.Select((mistake, index) => mistake.IsLegitimate ? index : -1).Max();
        Assert.All(MistakeCatalogue.All[..(last + 1)], mistake => Assert.True(mistake.IsLegitimate));
    }

    /// <summary>tensorflow#102943: 585 with these scales lies so near a tie that the precision of the factor decides.</summary>
    [Fact]
    public void Only_XNNPACK_of_the_legitimate_arithmetics_gives_TFLites_code_of_the_tie_at_585()
    {
        BareNumbers numbers = new(
            585, BareNumbers.FactorsOf(0.05296124517917633f, 0.024093778803944588f, 0.11484327912330627f), -126, null, null, -120, -119);
        VariantTrace[] legitimate = [.. BareExplanation.Of(numbers).Where(trace => trace.Mistake.IsLegitimate)];

        Assert.Equal(["XNNPACK"], legitimate.Where(trace => trace.Code == -120).Select(trace => trace.Mistake.Name));
        Assert.All(legitimate.Where(trace => trace.Mistake.Name != "XNNPACK"), trace => Assert.Equal(-119, trace.Code));
    }

    /// <summary>tensorflow#25087.</summary>
    [Fact]
    public void Double_rounding_gives_12_and_single_rounding_11_of_7984()
    {
        BareNumbers numbers = new(7984, BareNumbers.FactorsOf(new Multiplier(1583594044, -9)), 0, null, null, 12, 11);
        Dictionary<string, int> codes = BareExplanation.Of(numbers).Where(trace => trace.Mistake.IsLegitimate).ToDictionary(trace => trace.Mistake.Slug, trace => trace.Code);

        Assert.Equal(12, codes["tflite-reference"]);
        Assert.Equal(12, codes["tflite-optimized"]);
        Assert.Equal(11, codes["single-rounding"]);
    }

    [Theory]
    [InlineData("9")]
    [InlineData("-9")]
    public async Task A_right_shift_and_TFLites_exponent_are_the_same_shift(string shift)
    {
        using TestConsole console = new TestConsole().Width(400);
        using StringWriter errors = new();
        Assert.Equal(0, await Application.RunAsync(
            ["explain", "--acc", "7984", "--multiplier", "1583594044", "--shift", shift, "--expected", "12", "--actual", "11"], console, errors, CancellationToken.None));
        Assert.Contains("The expected 12 is legitimate: TFLite reference, TFLite optimized (ruy). The actual 11 is legitimate: XNNPACK, single rounding", console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Slugs_are_lower_case_words() => Assert.All(MistakeCatalogue.All, mistake => Assert.Matches(Slug(), mistake.Slug));

    [GeneratedRegex("^[a-z0-9]+([-./+][a-z0-9]+)*$")]
    private static partial Regex Slug();

    /// <summary>Intermediates give way to the result; no number is broken.</summary>
    [Theory]
    [InlineData(40, false)]
    [InlineData(80, true)]
    [InlineData(200, true)]
    public async Task Bare_numbers_are_shown_whole_at_every_width(int width, bool withProduct)
    {
        using TestConsole console = new TestConsole().Width(width);
        Assert.Equal(0, await Application.RunAsync(
            ["explain", "--acc", "585", "--multiplier", "1527099593", "--shift", "6", "--zero-point", "-126", "--expected", "-120", "--actual", "-119"], console, TextWriter.Null, CancellationToken.None));
        string row = Assert.Single(console.Lines, line => line.StartsWith("L1 ", StringComparison.Ordinal));
        Assert.Contains(" 7  -119  actual", row, StringComparison.Ordinal);
        Assert.Equal(withProduct, row.Contains(" 893353261905 ", StringComparison.Ordinal));
        Assert.All(console.Lines, line => Assert.InRange(line.Length, 0, width));
    }
}
