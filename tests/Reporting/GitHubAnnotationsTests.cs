using OffByN.Harness;
using OffByN.Harness.Reporting;
using Xunit;

namespace OffByN.Tests.Reporting;

public class GitHubAnnotationsTests
{
    [Fact]
    public void A_report_that_passes_says_nothing() => Assert.Empty(Render(SampleReports.Pass));

    [Fact]
    public void A_failure_is_an_error_with_its_operators_and_what_was_not_compared_a_warning() => Assert.Equal(
        [
            "::error title=offbyn FAIL::operator 0 CONV_2D differs from litert 2.3.0 ref by up to 1 code",
            "::error title=offbyn DIVERGES::operator 0 CONV_2D, tensor convolution [0,0,0,1]: expected 162, actual 163 (2 of 64 elements differ)",
            "::warning title=offbyn NOT COMPARED::softmax: arithmetic unknown: profile litert-2.3.0/ref has no rule for SOFTMAX uint8",
        ],
        Render(SampleReports.Fail));

    [Fact]
    public void Nothing_compared_is_a_warning() =>
        Assert.StartsWith("::warning title=offbyn NOT COMPARED::the oracle gave nothing", Render(SampleReports.NotCompared)[0], StringComparison.Ordinal);

    [Fact]
    public void Hostile_names_issue_no_command_of_their_own()
    {
        string[] lines = Render(SampleReports.HostileNames);

        Assert.Equal(4, lines.Length);
        Assert.All(lines, line => Assert.Matches("^::(error|warning) title=offbyn [A-Z ]+::", line));
        Assert.All(lines, line => Assert.Contains("%250A", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain(line, char.IsControl));
    }

    [Fact]
    public void No_more_than_ten_of_a_kind_are_written()
    {
        RunReport run = SampleReports.Floats.Runs[0];
        VerificationReport report = SampleReports.Of([run with { Layers = [.. Enumerable.Repeat(run.Layers, 20).SelectMany(layers => layers)] }]);

        Assert.Equal(10, Render(report).Count(line => line.StartsWith("::error", StringComparison.Ordinal)));
    }

    private static string[] Render(VerificationReport report)
    {
        using StringWriter writer = new();
        GitHubAnnotations.Write(report, writer);
        return writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
