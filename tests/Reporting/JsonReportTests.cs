using System.Text;
using System.Text.Json.Nodes;
using NJsonSchema;
using OffByN.Harness;
using OffByN.Harness.Reporting;
using Snapshooter.Xunit;
using Xunit;

namespace OffByN.Tests.Reporting;

public class JsonReportTests
{
    private static readonly string SchemaText = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "verify-report.schema.json"));

    public static TheoryData<string> Names => [.. SampleReports.All.Keys];

    /// <summary>A change of a valid report, the failing one, that breaks a promise of the schema.</summary>
    public static TheoryData<string, string> Mutations => new()
    {
        { "/schema", "\"offbyn/verify/2\"" },
        { "/verdict", "\"ok\"" },
        { "/exitCode", "2" },
        { "/matches", "[\"fast\"]" },
        { "/runs/0/frontier", "[-1]" },
        { "/runs/0/frontier", "\"unknown\"" },
        { "/runs/0/model/sha256", "\"AA\"" },
        { "/runs/0/oracle/flavour", "null" },
        { "/runs/0/layers/0/verdict", "\"different\"" },
        { "/runs/0/layers/0/index", "\"0\"" },
        { "/runs/0/layers/0/isolated/elements", "1.5" },
        { "/runs/0/layers/0/isolated/maxAbs", "\"many\"" },
        { "/runs/0/layers/0/isolated/cosine", "null" },
        { "/runs/0/layers/0/isolated/cosine", "\"nan\"" },
        { "/runs/0/layers/0/isolated/worst", "{}" },
        { "/runs/0/layers/0/isolated/histogram/0/count", "0" },
        { "/runs/0/layers/0/computedBy", "\"magic\"" },
        { "/merged/worstInput", "0" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_report_is_valid_against_its_schema(string name) =>
        Assert.Empty((await Schema()).Validate(Render(SampleReports.All[name])));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_report_has_no_field_that_the_schema_does_not_describe(string name) =>
        AssertDescribed(JsonNode.Parse(Render(SampleReports.All[name]))!, JsonNode.Parse(SchemaText)!, "");

    [Theory]
    [MemberData(nameof(Mutations))]
    public async Task A_report_with_a_wrong_value_is_not_valid(string path, string value)
    {
        JsonNode report = Parse(SampleReports.Fail);
        (JsonNode parent, string last) = Find(report, path);
        JsonNode? wrong = JsonNode.Parse(value);
        if (parent is JsonArray array)
            array[int.Parse(last, System.Globalization.CultureInfo.InvariantCulture)] = wrong;
        else
            parent[last] = wrong;

        Assert.NotEmpty((await Schema()).Validate(report.ToJsonString()));
    }

    [Fact]
    public async Task A_report_without_a_required_field_is_not_valid()
    {
        JsonSchema schema = await Schema();
        string[] optional = ["segment", "cumulative", "reason"];
        foreach (string owner in new[] { "", "/merged", "/runs/0", "/runs/0/model", "/runs/0/coverage", "/runs/0/layers/0", "/runs/0/layers/0/isolated", "/runs/0/layers/0/isolated/worst" })
        {
            string[] fields = [.. At(Parse(SampleReports.Fail), owner).AsObject().Select(field => field.Key).Except([.. optional, "isolated"])];
            Assert.NotEmpty(fields);
            foreach (string field in fields)
            {
                JsonNode report = Parse(SampleReports.Fail);
                At(report, owner).AsObject().Remove(field);
                Assert.True(schema.Validate(report.ToJsonString()).Count > 0, $"valid without {owner}/{field}");
            }
        }
    }

    [Fact]
    public async Task A_layer_that_was_not_compared_needs_a_reason()
    {
        JsonNode report = Parse(SampleReports.Fail);
        At(report, "/runs/0/layers/5").AsObject().Remove("reason");

        Assert.NotEmpty((await Schema()).Validate(report.ToJsonString()));
    }

    [Fact]
    public async Task A_layer_with_a_verdict_needs_a_column_on_which_it_rests()
    {
        JsonNode report = Parse(SampleReports.Pass);
        At(report, "/runs/0/layers/0").AsObject().Remove("isolated");
        At(report, "/runs/0/layers/0").AsObject().Remove("cumulative");

        Assert.NotEmpty((await Schema()).Validate(report.ToJsonString()));
    }

    [Fact]
    public void Fields_come_in_the_order_of_the_design()
    {
        JsonNode report = Parse(SampleReports.Fail);

        Assert.Equal(["schema", "verdict", "exitCode", "matches", "disagreements", "runs", "merged"], Fields(report));
        Assert.Equal(
            ["verdict", "model", "input", "oracle", "candidate", "coverage", "layers", "frontier", "diagnosis"],
            Fields(At(report, "/runs/0")));
        Assert.Equal(
            ["index", "output", "operator", "tensor", "tensorIndex", "type", "shape", "role", "verdict", "computedBy", "isolated", "cumulative", "causes"],
            Fields(At(report, "/runs/0/layers/0")));
        Assert.Equal(
            ["against", "unit", "elements", "differing", "beyond", "maxAbs", "worst", "histogram", "cosine", "sqnrDb", "rmse", "rmseReal"],
            Fields(At(report, "/runs/0/layers/0/isolated")));
        Assert.Equal(["layers", "frontier", "worstInput"], Fields(At(report, "/merged")));
    }

    [Fact]
    public void What_is_not_finite_is_a_string_and_infinite_sqnr_is_null()
    {
        JsonNode layers = At(Parse(SampleReports.Floats), "/runs/0/layers");

        Assert.Equal("NaN", (string?)layers[1]!["isolated"]!["maxAbs"]);
        Assert.Equal("NaN", (string?)layers[1]!["isolated"]!["worst"]!["actual"]);
        Assert.Equal("-Infinity", (string?)layers[2]!["isolated"]!["worst"]!["actual"]);
        Assert.Equal("Infinity", (string?)layers[2]!["isolated"]!["rmse"]);
        Assert.Equal("-Infinity", (string?)layers[2]!["isolated"]!["sqnrDb"]);
        Assert.True(layers[0]!["isolated"]!.AsObject().TryGetPropertyValue("sqnrDb", out JsonNode? infinite));
        Assert.Null(infinite);
    }

    [Fact]
    public void A_frontier_that_is_unknown_is_null_and_not_empty()
    {
        Assert.Null(At(Parse(SampleReports.NotCompared), "/runs/0")["frontier"]);
        Assert.Empty(At(Parse(SampleReports.Pass), "/runs/0/frontier").AsArray());
    }

    [Fact]
    public void Merged_layers_add_up_the_inputs_of_the_flavour_that_passes()
    {
        JsonNode report = Parse(SampleReports.Flavours);

        Assert.Equal(2 * (int)At(report, "/runs/2/layers/0/isolated/elements"), (int)At(report, "/merged/layers/0/isolated/elements"));
        Assert.Equal(0, (int)At(report, "/merged/layers/0/isolated/differing"));
    }

    [Fact]
    public void A_layer_that_one_input_did_not_reach_is_not_equal_when_merged()
    {
        RunReport equal = SampleReports.Pass.Runs[0], nothing = SampleReports.NotCompared.Runs[0];

        JsonNode merged = At(Parse(SampleReports.Of([equal, nothing])), "/merged");

        Assert.All(merged["layers"]!.AsArray(), layer => Assert.Equal("not-compared", (string?)layer!["verdict"]));
        Assert.All(merged["layers"]!.AsArray(), layer => Assert.Equal(nothing.Reason, (string?)layer!["reason"]));
    }

    [Fact]
    public void Hostile_names_arrive_as_they_are() =>
        Assert.Equal(SampleReports.Hostile, (string?)At(Parse(SampleReports.HostileNames), "/runs/0/layers/0/tensor"));

    [Fact]
    public void Hostile_names_leave_no_markup_and_no_control_character_in_the_text() =>
        Assert.DoesNotContain(Render(SampleReports.HostileNames), character => character is '<' or '\u001b' or '\r' or '\u202e');

    [Theory]
    [InlineData(nameof(SampleReports.Fail))]
    [InlineData(nameof(SampleReports.NotCompared))]
    [InlineData(nameof(SampleReports.Floats))]
    public void A_report_reads_as_reviewed(string name) => Snapshot.Match(Render(SampleReports.All[name]), $"Json_{name}");

    private static Task<JsonSchema> Schema() => JsonSchema.FromJsonAsync(SchemaText);

    private static string Render(VerificationReport report)
    {
        using MemoryStream stream = new();
        JsonReport.Write(report, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static JsonNode Parse(VerificationReport report) => JsonNode.Parse(Render(report))!;

    private static IEnumerable<string> Fields(JsonNode node) => node.AsObject().Select(field => field.Key);

    private static JsonNode At(JsonNode node, string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(node, (at, name) => (at is JsonArray array ? array[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] : at[name])!);

    private static (JsonNode Parent, string Last) Find(JsonNode node, string path) =>
        (At(node, path[..path.LastIndexOf('/')]), path[(path.LastIndexOf('/') + 1)..]);

    /// <summary>Walks a report along its schema; unlike validation, a field that the schema does not name is an error.</summary>
    private static void AssertDescribed(JsonNode? value, JsonNode schema, string path)
    {
        JsonNode[] shapes = [.. Shapes(schema)];
        switch (value)
        {
            case JsonObject fields:
                foreach ((string name, JsonNode? field) in fields)
                {
                    JsonNode? described = shapes.Select(shape => shape["properties"]?[name]).FirstOrDefault(found => found is not null);
                    Assert.True(described is not null, $"{path}/{name} is not in the schema");
                    AssertDescribed(field, described, $"{path}/{name}");
                }
                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                    AssertDescribed(item, shapes.Select(shape => shape["items"]).First(found => found is not null)!, path + "[]");
                break;
        }
    }

    private static IEnumerable<JsonNode> Shapes(JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
            schema = JsonNode.Parse(SchemaText)!["definitions"]![reference.Split('/')[^1]]!;
        return [schema, .. (schema["oneOf"] as JsonArray ?? []).Concat(schema["allOf"] as JsonArray ?? []).SelectMany(each => Shapes(each!))];
    }
}
