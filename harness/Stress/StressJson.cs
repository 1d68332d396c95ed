using System.Text.Json;

namespace OffByN.Harness.Stress;

/// <summary>A stress report for programs: one object of schema <c>offbyn/stress/1</c>.</summary>
public static class StressJson
{
    public const string Schema = "offbyn/stress/1";

    public static void Write(StressReport report, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("verdict", report.Verdict switch { Verdict.Pass => "pass", Verdict.Fail => "fail", _ => "not-compared" });
        json.WriteNumber("exitCode", report.ExitCode);
        json.WriteBoolean("interrupted", report.IsInterrupted);
        json.WriteString("oracle", report.Oracle);
        json.WriteString("candidate", report.Candidate);
        if (report.NotStarted is { } reason)
            json.WriteString("notStarted", reason);
        json.WriteNumber("seed", report.Seed);
        json.WriteNumber("cases", report.Cases);
        json.WriteNumber("seconds", Math.Round(report.Time.TotalSeconds, 3));
        json.WriteNumber("casesPerMinute", Math.Round(report.CasesPerMinute));
        json.WriteStartArray("families");
        foreach (FamilyTally family in report.Families)
            Write(json, family);
        json.WriteEndArray();
        json.WriteStartArray("failures");
        foreach (StressFailure failure in report.Failures)
            Write(json, failure);
        json.WriteEndArray();
        json.WriteStartArray("deaths");
        foreach (CaseOutcome death in report.Deaths)
            Write(json, death);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        destination.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, FamilyTally family)
    {
        json.WriteStartObject();
        json.WriteString("family", family.Family);
        json.WriteString("flavour", family.Flavour.ToString().ToLowerInvariant());
        json.WriteNumber("cases", family.Cases);
        json.WriteNumber("delegated", family.Delegated);
        json.WriteNumber("refused", family.Refused);
        json.WriteNumber("died", family.Died);
        json.WriteNumber("notComputed", family.NotComputed);
        json.WriteNumber("notCandidate", family.NotCandidate);
        Write(json, "reference", family.Reference);
        Write(json, "candidate", family.Candidate);
        json.WriteStartArray("reasons");
        foreach (string reason in family.Reasons)
            json.WriteStringValue(reason);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Difference difference)
    {
        json.WriteStartObject(name);
        json.WriteNumber("elements", difference.Elements);
        json.WriteNumber("differing", difference.Differing);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StressFailure failure)
    {
        json.WriteStartObject();
        json.WriteString("family", failure.Found.Case.Family);
        json.WriteNumber("seed", failure.Found.Case.Number);
        json.WriteString("flavour", failure.Found.Flavour.ToString().ToLowerInvariant());
        json.WriteString("found", failure.Found.ToString());
        json.WriteString("smallest", failure.Smallest.ToString());
        json.WriteString("folder", failure.Folder);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, CaseOutcome death)
    {
        json.WriteStartObject();
        json.WriteString("family", death.Case.Family);
        json.WriteNumber("seed", death.Case.Number);
        json.WriteString("flavour", death.Flavour.ToString().ToLowerInvariant());
        json.WriteString("reason", death.NotCaptured?.Reason);
        json.WriteEndObject();
    }
}
