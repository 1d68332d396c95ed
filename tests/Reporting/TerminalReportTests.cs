using OffByN.Harness;
using OffByN.Harness.Reporting;
using Snapshooter.Xunit;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Reporting;

public class TerminalReportTests
{
    public static TheoryData<string> Names => [.. SampleReports.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_report_reads_at_80_columns_as_reviewed(string name) =>
        Snapshot.Match(Render(SampleReports.All[name], 80), $"Terminal_80_{name}");

    [Theory]
    [InlineData(60)]
    [InlineData(160)]
    public void A_failure_reads_at_other_widths_as_reviewed(int width) =>
        Snapshot.Match(Render(SampleReports.Fail, width), $"Terminal_{width}_Fail");

    [Fact]
    public void The_first_line_is_the_outcome_and_the_second_the_element_to_look_at()
    {
        string[] lines = Render(SampleReports.Fail, 160).Split('\n');

        Assert.Equal("FAIL  operator 0 CONV_2D differs from litert 2.3.0 ref by up to 1 code", lines[0]);
        Assert.Equal("worst element: operator 0 CONV_2D, tensor convolution [0,0,0,1]: expected 162, actual 163 (2 of 64 elements differ)", lines[1]);
    }

    [Fact]
    public void An_inherited_two_is_said_in_one_line_with_its_origin() =>
        Assert.Contains(
            "operator 1 DEPTHWISE_CONV_2D, tensor depthwise [0,0,0,0]: expected 163, actual 161, inherited from operator 0 (by itself it is right)\n",
            Render(SampleReports.Fail, 160), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_report_says_how_much_was_compared(string name) =>
        Assert.Matches(@"(^|\n)coverage: \d+/\d+ ", Render(SampleReports.All[name], 80));

    /// <summary>The page of a terminal, not a line an input.</summary>
    [Fact]
    public void Of_many_inputs_the_furthest_are_listed_and_how_to_see_the_others()
    {
        string[] lines = Render(SampleReports.Many, 160).Split('\n');

        Assert.Contains("ref: 90 inputs, 65 pass, 24 fail, 1 not compared; the furthest from the oracle first", lines);
        Assert.Equal(20, lines.Count(line => line.StartsWith("FAIL  ref, seed ", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.StartsWith("PASS  ref, seed ", StringComparison.Ordinal));
        Assert.Contains("70 more runs are not listed here; --json FILE has them all", lines);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(160)]
    public void No_line_is_wider_than_the_terminal(int width) =>
        Assert.All(SampleReports.All.Values, report => Assert.All(Render(report, width).Split('\n'), line => Assert.True(line.Length <= width, line)));

    [Fact]
    public void Equal_neighbours_of_a_long_model_fold_unless_all_layers_are_wanted()
    {
        Assert.Contains("... 20 equal", Render(SampleReports.Long, 80), StringComparison.Ordinal);
        Assert.DoesNotContain("...", Render(SampleReports.Long, 80, allLayers: true), StringComparison.Ordinal);
        Assert.Equal(60, Render(SampleReports.Long, 80, allLayers: true).Split('\n').Count(line => line.Contains("CONV_2D  ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(160)]
    public void Hostile_names_move_no_cursor_and_start_no_markup(int width)
    {
        string shown = Render(SampleReports.HostileNames, width);

        Assert.DoesNotContain(shown, character => (char.IsControl(character) && character != '\n') || character == '\u202e');
        Assert.Contains("[red]", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void What_diverges_is_marked_by_more_than_colour()
    {
        string[] rows = [.. Render(SampleReports.Fail, 80).Split('\n').Where(line => line.Contains("DIVERGES", StringComparison.Ordinal))];

        Assert.StartsWith("> ", Assert.Single(rows), StringComparison.Ordinal);
    }

    private static string Render(VerificationReport report, int width, bool allLayers = false)
    {
        using TestConsole console = new TestConsole().Width(width);
        TerminalReport.Write(report, console, allLayers);
        return string.Join('\n', console.Output.Split('\n').Select(line => line.TrimEnd(' ')));
    }
}
