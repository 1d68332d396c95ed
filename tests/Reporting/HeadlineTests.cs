using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using OffByN.Harness;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Reporting;
using OffByN.Reference.Mistakes;
using Xunit;

namespace OffByN.Tests.Reporting;

/// <summary>Where a diagnosis was found, every report begins with its best sentence.</summary>
public sealed class HeadlineTests
{
    private static readonly Mistake Mistake = MistakeCatalogue.All.First(mistake => mistake is { IsLegitimate: false, Catalogue.Length: > 0 });

    private static readonly Cause Cause = new(
        [new Score(new Hypothesis([Mistake], null, null!), Explained: 50, Wrong: 0, Discriminating: 50, Informative: 60, "")], Margin: 7, [new(0)]);

    private static readonly string Sentence = $"operator 0 CONV_2D: confirmed: {Mistake.Name} [{Mistake.Catalogue}]; reproduces every element, 50 discriminating elements, 7 against the next best";

    private static readonly VerificationReport Report = Diagnosed();

    [Fact]
    public void Markdown_begins_with_it_and_says_the_outcome_next()
    {
        string[] lines = Render("markdown").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("**FAIL** operator 0 CONV_2D: confirmed: ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("50 discriminating elements, 7 against the next best", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("* outcome: operator 0 CONV_2D differs", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Html_has_it_as_its_heading() => Assert.Contains($"</span> {System.Net.WebUtility.HtmlEncode(Sentence)}</h1>", Render("html"), StringComparison.Ordinal);

    [Fact]
    public void JUnit_has_it_in_the_verdict_and_in_the_case_of_its_operator()
    {
        XElement[] failures = [.. XDocument.Parse(Render("junit")).Descendants("failure")];
        Assert.StartsWith(Sentence, failures.Last().Attribute("message")!.Value, StringComparison.Ordinal);
        Assert.StartsWith("confirmed: ", failures.First().Attribute("message")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Sarif_has_it_in_a_notification_and_in_the_result_of_its_operator()
    {
        using JsonDocument log = JsonDocument.Parse(Render("sarif"));
        JsonElement run = log.RootElement.GetProperty("runs")[0];
        JsonElement notification = run.GetProperty("invocations")[0].GetProperty("toolExecutionNotifications")[0];
        Assert.Equal(("error", $"FAIL  {Sentence}"), (notification.GetProperty("level").GetString(), notification.GetProperty("message").GetProperty("text").GetString()));
        Assert.Contains(": confirmed: ", run.GetProperty("results")[0].GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    private static string Render(string format)
    {
        using MemoryStream stream = new();
        ReportFormats.All.Single(one => one.Name == format).Write(Report, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static VerificationReport Diagnosed()
    {
        RunReport run = SampleReports.Fail.Runs[0];
        return SampleReports.Fail with { Runs = [run with { Diagnosis = [Cause], Layers = run.Layers.SetItem(0, run.Layers[0] with { Causes = [Cause] }) }] };
    }
}
