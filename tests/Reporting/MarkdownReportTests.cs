using System.Text;
using System.Text.RegularExpressions;
using OffByN.Harness;
using OffByN.Harness.Reporting;
using Snapshooter.Xunit;
using Xunit;

namespace OffByN.Tests.Reporting;

public partial class MarkdownReportTests
{
    public static TheoryData<string> Names => [.. SampleReports.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_report_reads_as_reviewed(string name) => Snapshot.Match(Render(SampleReports.All[name]), $"Markdown_{name}");

    [Fact]
    public void Hostile_names_neither_format_nor_link_nor_mention_nor_split_a_row()
    {
        string text = Render(SampleReports.HostileNames);

        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.DoesNotContain("](", text, StringComparison.Ordinal);
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.DoesNotContain('@', text);
        Assert.DoesNotContain('`', text.Replace("`dump`", "", StringComparison.Ordinal).Replace("`models/network.tflite`", "", StringComparison.Ordinal));
        string[] rows = [.. text.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.Equal(2 + 2 + 2 + 6, rows.Length);
        Assert.All(rows, row => Assert.Contains(row.Count(character => character == '|'), new[] { 6, 10 }));
    }

    [Theory]
    [InlineData("a b.tflite", "`a b.tflite`")]
    [InlineData("a`b", "<code>a&#96;b</code>")]
    [InlineData("a|b", "<code>a&#124;b</code>")]
    [InlineData("a\\b", "<code>a&#92;b</code>")]
    [InlineData("", "<code></code>")]
    public void A_name_stands_in_code_and_is_spelled_in_references_where_a_code_span_cannot_hold_it(string name, string shown)
    {
        RunReport run = SampleReports.Pass.Runs[0];

        Assert.Contains($"* model {shown}, ", Render(SampleReports.Of([run with { Model = run.Model with { Path = name } }])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_any_length_fits_a_comment_and_says_what_it_left_out()
    {
        RunReport run = SampleReports.HostileNames.Runs[0];
        VerificationReport report = SampleReports.Of([run with { Layers = [.. Enumerable.Repeat(run.Layers, 500).SelectMany(layers => layers)] }]);

        string text = Render(report);

        Assert.InRange(Encoding.UTF8.GetByteCount(text), MarkdownReport.Limit / 2, MarkdownReport.Limit);
        Match left = Left().Match(text);
        int shown = text.Split('\n').Count(line => line.StartsWith("| ", StringComparison.Ordinal)) - 1;
        Assert.Equal(3000 - shown, int.Parse(left.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static string Render(VerificationReport report)
    {
        using StringWriter writer = new();
        MarkdownReport.Write(report, writer);
        return writer.ToString();
    }

    [GeneratedRegex("(\\d+) more layers do not fit here")]
    private static partial Regex Left();
}
