using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Policy;

/// <summary>A baseline on disk: JSON, an operator output a line, so that a review sees what moved.</summary>
public static class BaselineFile
{
    private const string Schema = "offbyn/baseline/1";
    private const int MaxBytes = 64 << 20;

    /// <summary>Null when there is no such file.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is no baseline.</exception>
    public static Baseline? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        if (MappedFile.Open(path).Memory is not { Length: <= MaxBytes } file)
            throw new UserErrorException($"{path}: expected a baseline of at most {MaxBytes} bytes.");
        try
        {
            using JsonDocument json = JsonDocument.Parse(file, new JsonDocumentOptions { MaxDepth = 6, AllowDuplicateProperties = false });
            JsonElement root = json.RootElement;
            if (Text(root, "schema") is var schema && schema != Schema)
                throw new FormatException($"expected schema {Schema}, found {schema}");
            return new(path, Text(root, "model"), Text(root, "candidate"), Text(root, "oracle"),
                root.GetProperty("layers").EnumerateArray().Select(EntryOf).ToImmutableSortedDictionary(entry => entry.Place, entry => entry, Baseline.Order));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or ArgumentException or OverflowException)
        {
            throw new UserErrorException($"{path}: not a usable baseline: {Printable.Of(e.Message, 300)} Restore it, or delete it and make it again with --update.", e);
        }
    }

    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(Baseline baseline)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("model", baseline.ModelSha256);
            json.WriteString("candidate", baseline.Candidate);
            json.WriteString("oracle", baseline.Runtime);
            json.WriteStartArray("layers");
            foreach (BaselineEntry entry in baseline.Entries.Values)
                json.WriteRawValue([.. "\n    "u8, .. Line(entry)]);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        AtomicFile.Write(baseline.Path, buffer.ToArray());
    }

    private static byte[] Line(BaselineEntry entry)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("flavour", entry.Place.Flavour.ToString().ToLowerInvariant());
            json.WriteString("input", entry.Place.InputSha256);
            json.WriteNumber("layer", entry.Place.Layer);
            json.WriteNumber("output", entry.Place.Output);
            json.WriteString("tensor", entry.Tensor);
            Write(json, "isolated", entry.Isolated);
            Write(json, "cumulative", entry.Cumulative);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string column, BaselineBound? bound)
    {
        if (bound is null)
            return;
        json.WriteStartObject(column);
        json.WriteNumber("differing", bound.Differing);
        json.WriteString("maxAbs", bound.MaxAbs?.ToString(CultureInfo.InvariantCulture) ?? "NaN");
        json.WriteEndObject();
    }

    private static BaselineEntry EntryOf(JsonElement json)
    {
        string name = Text(json, "flavour");
        if (!Enum.TryParse(name, ignoreCase: true, out Flavour flavour) || !Enum.IsDefined(flavour))
            throw new FormatException($"unknown flavour {name}");
        return new(new(flavour, Text(json, "input"), json.GetProperty("layer").GetInt32(), json.GetProperty("output").GetInt32()), Text(json, "tensor"), Bound(json, "isolated"), Bound(json, "cumulative"));
    }

    private static BaselineBound? Bound(JsonElement json, string column)
    {
        if (!json.TryGetProperty(column, out JsonElement bound))
            return null;
        string maxAbs = Text(bound, "maxAbs");
        return new(bound.GetProperty("differing").GetInt64(), maxAbs == "NaN" ? null : Int128.Parse(maxAbs, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new FormatException($"\"{name}\" is null");
}
