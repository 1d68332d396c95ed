using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The report for programs: one object of schema <c>offbyn/verify/1</c>, described field by field in <c>docs/verify-report.schema.json</c>. Scripts depend on
/// names and meanings; fields may be added, and readers ignore those that they do not know.
/// </summary>
public static class JsonReport
{
    public const string Schema = "offbyn/verify/1";

    public static void Write(VerificationReport report, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("verdict", Name(report.Verdict));
        json.WriteNumber("exitCode", report.ExitCode);
        WriteArray(json, "matches", report.Matches, flavour => json.WriteStringValue(Name(flavour)));
        WriteArray(json, "disagreements", report.Disagreements, layer => json.WriteNumberValue(layer.Value));
        WriteArray(json, "runs", report.Runs, run => Write(json, run));
        Write(json, Decisive.Of(report));
        if (report.Command is { } command)
            Write(json, command);
        if (!report.Accuracy.IsEmpty)
            WriteArray(json, "accuracy", report.Accuracy, accuracy => Write(json, accuracy));
        if (!report.Findings.IsEmpty)
            WriteArray(json, "findings", report.Findings, finding => Write(json, finding));
        json.WriteEndObject();
        json.Flush();
        destination.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, RecordedCommand command)
    {
        json.WriteStartObject("command");
        WriteArray(json, "arguments", command.Arguments, json.WriteStringValue);
        json.WriteString("goldenSha256", command.GoldenSha256);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("kind", finding.Kind == FindingKind.NotCompared ? "not-compared" : finding.Kind.ToString().ToLowerInvariant());
        json.WriteString("text", finding.Text);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Decisive? decisive)
    {
        json.WriteStartObject("merged");
        WriteArray(json, "layers", decisive?.Layers ?? [], layer => Write(json, layer));
        WriteFrontier(json, decisive?.Frontier);
        json.WriteString("worstInput", decisive?.Worst.InputName);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RunReport run)
    {
        json.WriteStartObject();
        json.WriteString("verdict", Name(run.Verdict));
        json.WriteStartObject("model");
        json.WriteString("path", run.Model.Path);
        json.WriteString("sha256", run.Model.Sha256);
        json.WriteEndObject();
        json.WriteStartObject("input");
        json.WriteString("name", run.InputName);
        json.WriteString("sha256", run.InputSha256);
        json.WriteEndObject();
        json.WriteStartObject("oracle");
        json.WriteString("runtime", run.Oracle.Runtime);
        json.WriteString("version", run.Oracle.Version);
        json.WriteString("flavour", Name(run.Oracle.Flavour));
        json.WriteString("profile", run.Oracle.Profile?.Name);
        json.WriteString("profileSha256", run.Oracle.Profile?.Hash);
        if (run.Oracle.Note is { } note)
            json.WriteString("note", note);
        json.WriteEndObject();
        json.WriteStartObject("candidate");
        json.WriteString("kind", run.Candidate.Kind);
        json.WriteString("description", run.Candidate.Description);
        json.WriteEndObject();
        Write(json, run.Coverage);
        WriteArray(json, "layers", run.Layers, layer => Write(json, layer));
        WriteFrontier(json, run.Frontier);
        WriteArray(json, "diagnosis", run.Diagnosis, cause => Write(json, cause, withOperators: true));
        if (run.Reason is not null)
            json.WriteString("reason", run.Reason);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, OutputAccuracy accuracy)
    {
        json.WriteStartObject();
        json.WriteString("flavour", Name(accuracy.Flavour));
        json.WriteString("output", accuracy.Output);
        json.WriteNumber("rankings", accuracy.Rankings);
        json.WriteNumber("top1", accuracy.Top1);
        json.WriteNumber("top5", accuracy.Top5);
        WriteArray(json, "flips", accuracy.Flips, flip =>
        {
            json.WriteStartObject();
            json.WriteString("input", flip.InputName);
            json.WriteNumber("row", flip.Flip.Row);
            json.WriteNumber("expected", flip.Flip.Expected);
            json.WriteNumber("actual", flip.Flip.Actual);
            WriteReal(json, "margin", flip.Flip.Margin);
            json.WriteEndObject();
        });
        if (accuracy.Right is { } right)
        {
            json.WriteStartObject("labels");
            json.WriteNumber("labelled", right.Labelled);
            json.WriteNumber("expected", right.Expected);
            json.WriteNumber("actual", right.Actual);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Coverage coverage)
    {
        json.WriteStartObject("coverage");
        json.WriteNumber("compared", coverage.Compared);
        json.WriteNumber("substituted", coverage.Substituted);
        json.WriteNumber("total", coverage.Total);
        WriteArray(json, "notCompared", coverage.NotCompared, tensor =>
        {
            json.WriteStartObject();
            if (tensor.Layer is { } layer)
                json.WriteNumber("layer", layer.Value);
            else
                json.WriteNull("layer");
            json.WriteString("tensor", tensor.Tensor);
            json.WriteString("reason", tensor.Reason);
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LayerComparison layer)
    {
        json.WriteStartObject();
        json.WriteNumber("index", layer.Layer.Value);
        json.WriteNumber("output", layer.Output);
        json.WriteString("operator", layer.Operator.Name);
        json.WriteString("tensor", layer.Tensor.Name);
        json.WriteNumber("tensorIndex", layer.Tensor.Index.Value);
        json.WriteString("type", layer.Tensor.Type.Lower());
        if (layer.Tensor.Shape is { } shape)
            WriteArray(json, "shape", [.. shape], json.WriteNumberValue);
        else
            json.WriteNull("shape");
        json.WriteString("role", layer.IsState ? "state" : "operator");
        json.WriteString("verdict", Name(layer.Verdict));
        if (layer.Reason is not null)
            json.WriteString("reason", layer.Reason);
        if (!layer.AllowedBy.IsEmpty)
            WriteArray(json, "allowedBy", layer.AllowedBy, json.WriteStringValue);
        json.WriteString("computedBy", layer.ComputedBy.ToString().ToLowerInvariant());
        if (layer.Segment is { } segment)
            WriteArray(json, "segment", [segment.First, segment.Last], end => json.WriteNumberValue(end.Value));
        Write(json, "isolated", layer.Isolated);
        Write(json, "cumulative", layer.Cumulative);
        if (!layer.IsReproducible)
            json.WriteBoolean("reproducible", false);
        if (!layer.Pattern.IsEmpty)
            WriteArray(json, "pattern", layer.Pattern, json.WriteStringValue);
        WriteArray(json, "causes", layer.Causes, cause => Write(json, cause, withOperators: false));
        if (layer.Verdict == LayerVerdict.Inherited)
            WriteArray(json, "inheritedFrom", layer.InheritedFrom, origin => json.WriteNumberValue(origin.Value));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string column, Metrics? metrics)
    {
        if (metrics is null)
            return;
        json.WriteStartObject(column);
        json.WriteString("against", metrics.Against);
        json.WriteString("unit", metrics.Unit.ToString().ToLowerInvariant());
        json.WriteNumber("elements", metrics.Elements);
        json.WriteNumber("differing", metrics.Differing);
        json.WriteNumber("beyond", metrics.Beyond);
        if (metrics.Bound is { } bound)
            json.WriteString("bound", bound);
        if (metrics.MaxAbs is { } distance)
            WriteInteger(json, "maxAbs", distance);
        else
            json.WriteString("maxAbs", "NaN");
        Write(json, metrics.Worst);
        WriteArray(json, "histogram", metrics.Histogram, bin =>
        {
            json.WriteStartObject();
            WriteInteger(json, "from", bin.From);
            WriteInteger(json, "to", bin.To);
            json.WriteNumber("count", bin.Count);
            json.WriteEndObject();
        });
        WriteReal(json, "cosine", metrics.Cosine);
        if (double.IsPositiveInfinity(metrics.SqnrDb))
            json.WriteNull("sqnrDb");
        else
            WriteReal(json, "sqnrDb", metrics.SqnrDb);
        WriteReal(json, "rmse", metrics.Rmse);
        if (metrics.RmseReal is { } real)
            WriteReal(json, "rmseReal", real);
        else
            json.WriteNull("rmseReal");
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Worst? worst)
    {
        if (worst is null)
        {
            json.WriteNull("worst");
            return;
        }
        json.WriteStartObject("worst");
        WriteArray(json, "index", worst.Index, json.WriteNumberValue);
        json.WriteNumber("flat", worst.Flat);
        WriteNumber(json, "expected", worst.Expected);
        WriteNumber(json, "actual", worst.Actual);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Cause cause, bool withOperators)
    {
        json.WriteStartObject();
        json.WriteString("id", cause.Hypothesis.Id);
        json.WriteString("catalogue", cause.Hypothesis.Catalogue);
        json.WriteString("name", cause.Hypothesis.Name);
        json.WriteBoolean("legitimate", cause.IsLegitimate);
        json.WriteBoolean("confirmed", cause.IsConfirmed);
        WriteReal(json, "explains", cause.Score.Explains);
        json.WriteNumber("discriminating", cause.Score.Discriminating);
        json.WriteNumber("margin", cause.Margin);
        WriteArray(json, "equivalentTo", [.. cause.Members.Skip(1).Select(member => member.Hypothesis.Id)], json.WriteStringValue);
        if (withOperators)
            WriteArray(json, "operators", cause.Operators, layer => json.WriteNumberValue(layer.Value));
        json.WriteEndObject();
    }

    private static void WriteFrontier(Utf8JsonWriter json, ImmutableArray<LayerIndex>? frontier)
    {
        if (frontier is { } operators)
            WriteArray(json, "frontier", operators, layer => json.WriteNumberValue(layer.Value));
        else
            json.WriteNull("frontier");
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, Number number)
    {
        if (number.IsReal)
            WriteReal(json, name, number.Real);
        else
            WriteInteger(json, name, number.Integer);
    }

    /// <summary>All digits: distances between 64-bit integers exceed a long.</summary>
    private static void WriteInteger(Utf8JsonWriter json, string name, Int128 value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>JSON has no number for what is not finite: that is a string.</summary>
    private static void WriteReal(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteString(name, double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, ImmutableArray<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
            write(item);
        json.WriteEndArray();
    }

    private static string Name(Flavour flavour) => flavour.ToString().ToLowerInvariant();

    private static string Name(Verdict verdict) => verdict == Verdict.NotCompared ? "not-compared" : verdict.ToString().ToLowerInvariant();

    private static string Name(LayerVerdict verdict) => verdict == LayerVerdict.NotCompared ? "not-compared" : verdict.ToString().ToLowerInvariant();
}
