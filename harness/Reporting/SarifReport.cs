using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OffByN.Harness.Policy;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The report as SARIF 2.1.0 (OASIS), for code-scanning views: a result for each operator that diverges, each difference of what leaves the model
/// that was inherited, whatever was not compared, and what a policy asks for beyond that. The model is the artifact; an operator is a logical location in it.
/// </summary>
public static class SarifReport
{
    private static readonly (string Id, string Text)[] Rules =
    [
        ("diverges", "The operator alone, on the same inputs, gives something else than TFLite."),
        ("inherited", "What leaves the model differs from TFLite's, though its operator alone is right, as far as it could be compared: the inputs already differed."),
        ("not-compared", "Something required was not compared, so nothing is known of it."),
        ("policy", "Something that the policy asks for beyond the operators does not hold."),
    ];

    public static void Write(VerificationReport report, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        WriteTool(json);
        WriteInvocation(json, report);
        WriteArtifacts(json, report);
        json.WriteStartArray("results");
        foreach (RunReport run in Decisive.Of(report)?.Runs ?? [])
            WriteResults(json, run);
        string[] policy = [.. report.Findings.Where(finding => finding.Kind is FindingKind.Fails or FindingKind.NotCompared).Select(finding => Sentences.Reason(finding.Text))];
        if (policy.Length > 0)
            WriteResult(json, report.Runs[0], null, 3, string.Join("; ", policy));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        destination.WriteByte((byte)'\n');
    }

    private static void WriteTool(Utf8JsonWriter json)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "offbyn");
        json.WriteString("version", typeof(SarifReport).Assembly.GetName().Version!.ToString(3));
        json.WriteStartArray("rules");
        foreach ((string id, string text) in Rules)
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            WriteText(json, "shortDescription", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, VerificationReport report)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteNumber("exitCode", report.ExitCode);
        json.WriteBoolean("executionSuccessful", report.Verdict != Verdict.NotCompared);
        json.WriteStartArray("toolExecutionNotifications");
        json.WriteStartObject();
        json.WriteString("level", report.Verdict switch { Verdict.Pass => "note", Verdict.Fail => "error", _ => "warning" });
        WriteText(json, "message", $"{Sentences.Word(report.Verdict)}  {CauseSentences.Headline(report)}");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteArtifacts(Utf8JsonWriter json, VerificationReport report)
    {
        json.WriteStartArray("artifacts");
        if (report.Runs is [RunReport run, ..])
        {
            json.WriteStartObject();
            json.WriteStartObject("location");
            json.WriteString("uri", Uri(run));
            json.WriteEndObject();
            json.WriteStartObject("hashes");
            json.WriteString("sha-256", run.Model.Sha256);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteResults(Utf8JsonWriter json, RunReport run)
    {
        foreach (LayerComparison layer in run.Layers)
        {
            if (layer.Verdict == LayerVerdict.Diverges)
                WriteResult(json, run, layer, 0, string.Join(". ", [.. layer.Causes.Take(1).Select(CauseSentences.Of), Sentences.Worst(layer, layer.Isolated ?? layer.Cumulative) ?? Sentences.Operator(layer)]));
            else if (Verdicts.Fails(layer))
                WriteResult(json, run, layer, 1, $"{Sentences.Worst(layer, layer.Cumulative)}, {(layer.Verdict == LayerVerdict.Inherited ? Sentences.Origin(layer) : Sentences.AloneUnknown(layer))}");
            else if (layer.Verdict == LayerVerdict.NotCompared)
                WriteResult(json, run, layer, 2, $"{Sentences.Operator(layer)}, {Sentences.KindAndTensor(layer)}: {Sentences.Reason(layer.Reason)}");
        }
        if (run.Layers.IsEmpty)
            WriteResult(json, run, null, 2, Sentences.Outcome(run));
    }

    private static void WriteResult(Utf8JsonWriter json, RunReport run, LayerComparison? layer, int rule, string message)
    {
        string logical = layer is null ? "" : $"{layer.Layer}/{layer.Output}/{Sentences.Kind(layer)}";
        json.WriteStartObject();
        json.WriteString("ruleId", Rules[rule].Id);
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("level", rule == 2 ? "warning" : "error");
        WriteText(json, "message", $"{Sentences.Oracle(run)}, {Sentences.Name(run.InputName)}: {message}");
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", Uri(run));
        json.WriteNumber("index", 0);
        json.WriteEndObject();
        json.WriteEndObject();
        if (layer is not null)
        {
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("name", Sentences.Tensor(layer));
            json.WriteString("fullyQualifiedName", logical);
            json.WriteString("kind", "member");
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteStartObject("partialFingerprints");
        json.WriteString("operator/v1", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Rules[rule].Id} {Sentences.Oracle(run)} {run.InputSha256} {logical}"))));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        // "[text](target)" in a message is a link, unless its bracket is escaped.
        json.WriteString("text", text.Replace("](", "\\](", StringComparison.Ordinal));
        json.WriteEndObject();
    }

    private static string Uri(RunReport run) => System.Uri.EscapeDataString(run.Model.Path.Replace('\\', '/')).Replace("%2F", "/", StringComparison.Ordinal);
}
