using System.Text;
using System.Text.Json.Nodes;
using NJsonSchema;
using OffByN.Harness;
using OffByN.Harness.Reporting;
using Xunit;

namespace OffByN.Tests.Reporting;

public class SarifReportTests
{
    /// <summary>What SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.28) asks of the objects that are written here.</summary>
    private const string Essential = """
        {
          "$schema": "http://json-schema.org/draft-07/schema#",
          "type": "object", "required": ["version", "runs"], "additionalProperties": false,
          "properties": {
            "$schema": { "type": "string" },
            "version": { "type": "string", "enum": ["2.1.0"] },
            "runs": { "type": "array", "items": { "$ref": "#/definitions/run" } }
          },
          "definitions": {
            "message": { "type": "object", "required": ["text"], "additionalProperties": false, "properties": { "text": { "type": "string", "minLength": 1 } } },
            "artifactLocation": {
              "type": "object", "additionalProperties": false,
              "properties": { "uri": { "type": "string", "pattern": "^[A-Za-z0-9._~%/-]+$" }, "index": { "type": "integer", "minimum": -1 } }
            },
            "run": {
              "type": "object", "required": ["tool"], "additionalProperties": false,
              "properties": {
                "tool": {
                  "type": "object", "required": ["driver"], "additionalProperties": false,
                  "properties": { "driver": {
                    "type": "object", "required": ["name"], "additionalProperties": false,
                    "properties": {
                      "name": { "type": "string" }, "version": { "type": "string" },
                      "rules": { "type": "array", "uniqueItems": true, "items": {
                        "type": "object", "required": ["id"], "additionalProperties": false,
                        "properties": { "id": { "type": "string" }, "shortDescription": { "$ref": "#/definitions/message" } } } }
                    } } }
                },
                "invocations": { "type": "array", "items": {
                  "type": "object", "required": ["executionSuccessful"], "additionalProperties": false,
                  "properties": { "exitCode": { "type": "integer" }, "executionSuccessful": { "type": "boolean" },
                    "toolExecutionNotifications": { "type": "array", "items": {
                      "type": "object", "required": ["message"], "additionalProperties": false,
                      "properties": { "level": { "enum": ["none", "note", "warning", "error"] }, "message": { "$ref": "#/definitions/message" } } } } } } },
                "artifacts": { "type": "array", "uniqueItems": true, "items": {
                  "type": "object", "additionalProperties": false,
                  "properties": {
                    "location": { "$ref": "#/definitions/artifactLocation" },
                    "hashes": { "type": "object", "additionalProperties": { "type": "string" } } } } },
                "results": { "type": "array", "items": { "$ref": "#/definitions/result" } }
              }
            },
            "result": {
              "type": "object", "required": ["message"], "additionalProperties": false,
              "properties": {
                "ruleId": { "type": "string" }, "ruleIndex": { "type": "integer", "minimum": -1 },
                "level": { "type": "string", "enum": ["none", "note", "warning", "error"] },
                "message": { "$ref": "#/definitions/message" },
                "locations": { "type": "array", "items": {
                  "type": "object", "additionalProperties": false,
                  "properties": {
                    "physicalLocation": {
                      "type": "object", "required": ["artifactLocation"], "additionalProperties": false,
                      "properties": { "artifactLocation": { "$ref": "#/definitions/artifactLocation" } } },
                    "logicalLocations": { "type": "array", "uniqueItems": true, "items": {
                      "type": "object", "additionalProperties": false,
                      "properties": { "name": { "type": "string" }, "fullyQualifiedName": { "type": "string" }, "kind": { "type": "string" } } } } } } },
                "partialFingerprints": { "type": "object", "additionalProperties": { "type": "string" } }
              }
            }
          }
        }
        """;

    public static TheoryData<string> Names => [.. SampleReports.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_report_is_what_the_standard_asks_for(string name) =>
        Assert.Empty((await JsonSchema.FromJsonAsync(Essential)).Validate(Render(SampleReports.All[name]).ToJsonString()));

    [Theory]
    [InlineData("results", "level", "\"fatal\"")]
    [InlineData("results", "message", "\"text alone\"")]
    [InlineData("artifacts", "hashes", "[]")]
    public async Task What_the_standard_forbids_is_not_valid(string list, string field, string value)
    {
        JsonNode report = Render(SampleReports.Fail);
        report["runs"]![0]![list]![0]![field] = JsonNode.Parse(value);

        Assert.NotEmpty((await JsonSchema.FromJsonAsync(Essential)).Validate(report.ToJsonString()));
    }

    [Fact]
    public void There_are_results_exactly_when_the_report_does_not_pass() =>
        Assert.All(SampleReports.All.Values, report => Assert.Equal(report.Verdict == Verdict.Pass, Results(report).Count == 0));

    [Fact]
    public void What_diverges_is_an_error_and_what_was_not_compared_a_warning() => Assert.Equal(
        [("diverges", "error"), ("not-compared", "warning")],
        Results(SampleReports.Fail).Select(result => ((string)result!["ruleId"]!, (string)result["level"]!)));

    [Fact]
    public void Rules_are_named_by_their_index()
    {
        JsonNode rules = Render(SampleReports.Fail)["runs"]![0]!["tool"]!["driver"]!["rules"]!;

        Assert.All(Results(SampleReports.Fail), result => Assert.Equal((string)result!["ruleId"]!, (string?)rules[(int)result["ruleIndex"]!]!["id"]));
    }

    [Fact]
    public void Hostile_names_make_no_link_in_a_message() =>
        Assert.All(Results(SampleReports.HostileNames), result => Assert.DoesNotMatch(@"(?<!\\)\]\(", (string)result!["message"]!["text"]!));

    private static JsonArray Results(VerificationReport report) => Render(report)["runs"]![0]!["results"]!.AsArray();

    private static JsonNode Render(VerificationReport report)
    {
        using MemoryStream stream = new();
        SarifReport.Write(report, stream);
        return JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))!;
    }
}
