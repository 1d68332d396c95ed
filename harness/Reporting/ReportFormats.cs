using System.Collections.Immutable;
using System.Text;

namespace OffByN.Harness.Reporting;

/// <summary>A report that goes into a file.</summary>
/// <param name="Name">Of the option that asks for it: <c>json</c> for <c>--json FILE</c>.</param>
/// <param name="ShowsMaps">Whether it shows <see cref="LayerComparison.Map"/>.</param>
public sealed record ReportFormat(string Name, string Description, Action<VerificationReport, Stream> Write, bool ShowsMaps = false);

/// <summary>The formats that can be asked for.</summary>
public static class ReportFormats
{
    public static readonly ImmutableArray<ReportFormat> All =
    [
        new("json", "Write the whole report as JSON (docs/verify-report.schema.json)", JsonReport.Write),
        new("junit", "Write a JUnit XML report, a test case for each layer and flavour", JUnitReport.Write),
        new("markdown", "Write a Markdown summary, small enough for a job's page", Text(MarkdownReport.Write)),
        new("sarif", "Write a SARIF 2.1.0 log", SarifReport.Write),
        new("html", "Write one HTML page that needs no network", HtmlReport.Write, ShowsMaps: true),
    ];

    private static Action<VerificationReport, Stream> Text(Action<VerificationReport, TextWriter> write) => (report, stream) =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        write(report, writer);
    };
}
