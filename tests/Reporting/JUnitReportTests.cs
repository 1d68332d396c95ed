using System.Globalization;
using System.Text;
using System.Xml.Linq;
using OffByN.Harness;
using OffByN.Harness.Reporting;
using Xunit;

namespace OffByN.Tests.Reporting;

public class JUnitReportTests
{
    public static TheoryData<string> Names => [.. SampleReports.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void There_is_a_case_for_each_operator_output_of_each_run_and_one_for_the_verdict(string name)
    {
        VerificationReport report = SampleReports.All[name];

        Assert.Equal(report.Runs.Sum(run => run.Layers.Length) + 1, Render(report).Descendants("testcase").Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_green_exactly_when_the_report_passes(string name)
    {
        XElement[] red = [.. Render(SampleReports.All[name]).Descendants().Where(element => element.Name.LocalName is "failure" or "error")];

        Assert.Equal(SampleReports.All[name].Verdict == Verdict.Pass, red.Length == 0);
        Assert.All(red, element => Assert.NotEmpty((string)element.Attribute("message")!));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Counts_of_suites_are_those_of_their_cases(string name)
    {
        foreach (XElement suite in Render(SampleReports.All[name]).DescendantsAndSelf().Where(element => element.Name.LocalName is "testsuite" or "testsuites"))
        {
            Assert.Equal(suite.Descendants("testcase").Count(), Number(suite, "tests"));
            Assert.Equal(suite.Descendants("failure").Count(), Number(suite, "failures"));
            Assert.Equal(suite.Descendants("error").Count(), Number(suite, "errors"));
            Assert.Equal(suite.Descendants("skipped").Count(), Number(suite, "skipped"));
        }

        static int Number(XElement suite, string attribute) => int.Parse(suite.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_layer_that_diverges_fails_with_its_worst_element()
    {
        XElement failed = Render(SampleReports.Fail).Descendants("failure").First();

        Assert.Equal("2 of 64 elements differ, furthest by 1 code, at [0,0,0,1]: expected 162, actual 163", failed.Attribute("message")!.Value);
        Assert.Equal("000 CONV_2D, convolution", failed.Parent!.Attribute("name")!.Value);
    }

    [Fact]
    public void A_layer_that_was_not_compared_is_skipped_with_its_reason() =>
        Assert.Equal(SampleReports.Fail.Runs[0].Layers[5].Reason, Render(SampleReports.Fail).Descendants("skipped").Single().Attribute("message")!.Value);

    [Fact]
    public void A_report_in_which_nothing_was_captured_is_an_error() =>
        Assert.Contains("worker died", Render(SampleReports.NotCompared).Descendants("error").Single().Attribute("message")!.Value, StringComparison.Ordinal);

    [Fact]
    public void Hostile_names_stay_inside_attributes_and_text()
    {
        string[] elements = ["testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out"];
        XElement root = Render(SampleReports.HostileNames);

        Assert.All(root.DescendantsAndSelf(), element => Assert.Contains(element.Name.LocalName, elements));
        Assert.Contains(root.Descendants("testcase"), element => element.Attribute("name")!.Value.Contains("<script>", StringComparison.Ordinal));
    }

    private static XElement Render(VerificationReport report)
    {
        using MemoryStream stream = new();
        JUnitReport.Write(report, stream);
        return XElement.Parse(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
