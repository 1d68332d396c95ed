using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>
/// The manifest of a generation as text: JSON with a tensor a line, in an order that depends on the content alone, so that a changed tensor is a changed
/// line. The last member is the sha256 of every byte before its line: it tells an edited manifest from a written one, and is no signature.
/// </summary>
internal static class Manifest
{
    public const string Schema = "offbyn/golden/1";

    private const string Tensors = "tensors";
    private const string Digests = "digests";
    private const string DigestStart = "  \"manifestSha256\": \"";
    private const string DigestEnd = "\"\n}\n";

    public static byte[] Write(Snapshot snapshot)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            WriteObject(json, snapshot);
        // Without the closing brace and its line break: the digest comes before them.
        byte[] content = [.. buffer.GetBuffer().AsSpan(0, (int)buffer.Length - 2), .. ",\n"u8];
        return [.. content, .. Encoding.ASCII.GetBytes($"{DigestStart}{Digest(content)}{DigestEnd}")];
    }

    /// <exception cref="UserErrorException">The text is damaged, was edited, or is of another version. <paramref name="name"/> is what messages call it.</exception>
    public static Snapshot Read(ReadOnlySpan<byte> file, string name)
    {
        int contentLength = file.Length - DigestStart.Length - 2 * SHA256.HashSizeInBytes - DigestEnd.Length;
        string last = contentLength > 0 ? Encoding.Latin1.GetString(file[contentLength..]) : "";
        if (!last.StartsWith(DigestStart, StringComparison.Ordinal) || !last.EndsWith(DigestEnd, StringComparison.Ordinal))
            throw new UserErrorException($"{name}: expected a manifest that ends with its own digest, found {file.Length} bytes that do not: "
                + "it is truncated, was edited, or its line ends were converted. Restore it, or capture again.");
        string expected = last[DigestStart.Length..^DigestEnd.Length], found = Digest(file[..contentLength]);
        if (found != expected)
            throw new UserErrorException($"{name}: its digest says {Printable.Of(expected)}, its content has {found}: it was edited or damaged. Restore it, or capture again.");
        try
        {
            // Exactly as deep as a shape of a tensor of an entry.
            using JsonDocument json = JsonDocument.Parse(file.ToArray(), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return ReadObject(json.RootElement) with { Sha256 = expected };
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or OverflowException)
        {
            throw new UserErrorException($"{name}: not a usable manifest: {Printable.Of(e.Message, 300)}", e);
        }
    }

    /// <summary>True when the text ends with that digest.</summary>
    public static bool HasDigest(ReadOnlySpan<byte> file, string sha256) => file.EndsWith(Encoding.ASCII.GetBytes($"{sha256}{DigestEnd}"));

    private static string Digest(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static void WriteObject(Utf8JsonWriter json, Snapshot snapshot)
    {
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("model", snapshot.ModelPath);
        json.WriteString("oracle", snapshot.Oracle);
        json.WriteString("stores", snapshot.StoresTensors ? Tensors : Digests);
        WriteArray(json, "data", snapshot.Data, json.WriteStringValue);
        WriteArray(json, "entries", snapshot.Entries, entry => WriteEntry(json, entry));
        WriteArray(json, "history", snapshot.History, promotion => WritePromotion(json, promotion));
        if (snapshot.Replaces is { } replaced)
            json.WriteString("replaces", replaced);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SnapshotEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("flavour", entry.Flavour);
        json.WriteString("input", entry.InputName);
        if (entry.Seed is { } seed)
            json.WriteNumber("seed", seed);
        WriteTexts(json, "identity", entry.Identity);
        WriteTexts(json, "record", entry.Record);
        json.WritePropertyName("delegated");
        json.WriteRawValue($"[{string.Join(", ", entry.Delegated)}]");
        WriteTexts(json, "unread", entry.Unread);
        WriteArray(json, "inputs", entry.Inputs, tensor => json.WriteRawValue(Line(tensor)));
        WriteArray(json, "tensors", entry.Tensors, tensor => json.WriteRawValue(Line(tensor)));
        json.WriteEndObject();
    }

    private static void WritePromotion(Utf8JsonWriter json, Promotion promotion)
    {
        json.WriteStartObject();
        json.WriteString("date", promotion.Date.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteString("reason", promotion.Reason);
        json.WriteString("replaced", promotion.Replaced);
        WriteArray(json, "digests", promotion.Digests, digest => json.WriteRawValue(OnOneLine(line =>
        {
            line.WriteString("entry", digest.Entry);
            line.WriteString("key", digest.Key);
            line.WriteString("name", digest.Name);
            line.WriteString("sha256", digest.Sha256);
        })));
        json.WriteEndObject();
    }

    private static byte[] Line(SnapshotTensor tensor) => OnOneLine(line =>
    {
        line.WriteString("key", tensor.Key);
        line.WriteString("name", tensor.Name);
        line.WriteString("type", tensor.Type.Lower());
        WriteArray(line, "shape", [.. tensor.Shape], line.WriteNumberValue);
        if (tensor.Quantization is { } quantization)
        {
            line.WriteNumber("scale", quantization.Scale);
            line.WriteNumber("zeroPoint", quantization.ZeroPoint);
        }
        if (tensor.Range is { } range)
        {
            line.WriteString("min", range.Min);
            line.WriteString("max", range.Max);
        }
        line.WriteString("sha256", tensor.Sha256);
    });

    private static ReadOnlySpan<byte> LineStart => "\n        "u8;

    private static byte[] OnOneLine(Action<Utf8JsonWriter> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        // The writer puts raw values behind one another; space before one is part of it.
        return [.. LineStart, .. buffer.ToArray()];
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ImmutableSortedDictionary<string, string> texts)
    {
        json.WriteStartObject(name);
        foreach ((string key, string text) in texts)
            json.WriteString(key, text);
        json.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, ImmutableArray<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
            write(item);
        json.WriteEndArray();
    }

    private static Snapshot ReadObject(JsonElement json)
    {
        if (Text(json, "schema") is var schema && schema != Schema)
            throw new FormatException($"expected schema {Schema}, found {schema}; it was written by another version of this program");
        Snapshot snapshot = new()
        {
            ModelPath = Text(json, "model"),
            Oracle = Text(json, "oracle"),
            StoresTensors = Text(json, "stores") switch
            {
                Tensors => true,
                Digests => false,
                var other => throw new FormatException($"\"stores\" is {other}, expected {Tensors} or {Digests}"),
            },
            Data = [.. json.GetProperty("data").EnumerateArray().Select(file => DataFiles.CheckedName(file.GetString() ?? ""))],
            Entries = [.. json.GetProperty("entries").EnumerateArray().Select(ReadEntry)],
            History = [.. json.GetProperty("history").EnumerateArray().Select(ReadPromotion)],
            Replaces = json.TryGetProperty("replaces", out JsonElement replaces) ? CheckedDigest(replaces) : null,
        };
        return snapshot.Entries.Length > 0 ? snapshot : throw new FormatException("expected at least one entry, found none");
    }

    private static SnapshotEntry ReadEntry(JsonElement json)
    {
        SnapshotEntry entry = new()
        {
            Flavour = Text(json, "flavour"),
            InputName = Text(json, "input"),
            Seed = json.TryGetProperty("seed", out JsonElement seed) ? seed.GetUInt64() : null,
            Identity = Texts(json, "identity"),
            Record = Texts(json, "record"),
            Delegated = [.. json.GetProperty("delegated").EnumerateArray().Select(tensor => tensor.GetInt32())],
            Unread = Texts(json, "unread"),
            Inputs = [.. json.GetProperty("inputs").EnumerateArray().Select(ReadTensor)],
            Tensors = [.. json.GetProperty("tensors").EnumerateArray().Select(ReadTensor)],
        };
        HashSet<string> keys = [];
        return entry.Inputs.Concat(entry.Tensors).FirstOrDefault(tensor => !keys.Add(tensor.Key)) is { } twice
            ? throw new FormatException($"entry {entry.Label} has tensor {twice.Key} twice")
            : entry;
    }

    private static SnapshotTensor ReadTensor(JsonElement json)
    {
        string type = Text(json, "type");
        if (!Enum.TryParse(type, ignoreCase: true, out TensorType parsed) || parsed.Lower() != type)
            throw new FormatException($"tensor {Text(json, "key")}: unknown type {type}");
        return new(Text(json, "key"), Text(json, "name"), parsed, new Shape([.. json.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())]), CheckedDigest(json.GetProperty("sha256")))
        {
            Quantization = json.TryGetProperty("scale", out JsonElement scale)
                ? new([scale.GetSingle() is > 0 and < float.PositiveInfinity and var factor ? factor : throw new FormatException($"scale {scale.GetRawText()} is not positive")],
                    [json.GetProperty("zeroPoint").GetInt32()], 0)
                : null,
            Range = json.TryGetProperty("min", out JsonElement min) ? new(min.GetString() ?? "", Text(json, "max")) : null,
        };
    }

    private static Promotion ReadPromotion(JsonElement json) => new(
        json.GetProperty("date").GetDateTimeOffset(), Text(json, "reason"), CheckedDigest(json.GetProperty("replaced")),
        [.. json.GetProperty("digests").EnumerateArray().Select(digest =>
            new ReplacedDigest(Text(digest, "entry"), Text(digest, "key"), Text(digest, "name"), CheckedDigest(digest.GetProperty("sha256"))))]);

    private static string Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value)
        ? value.GetString() ?? throw new FormatException($"\"{name}\" is null")
        : throw new FormatException($"\"{name}\" is missing");

    private static ImmutableSortedDictionary<string, string> Texts(JsonElement json, string name) => json.GetProperty(name).EnumerateObject()
        .ToImmutableSortedDictionary(text => text.Name, text => text.Value.GetString() ?? "", StringComparer.Ordinal);

    private static string CheckedDigest(JsonElement json) => DataFiles.IsDigest(json.GetString() ?? "")
        ? json.GetString()!
        : throw new FormatException($"expected a sha256 in lower-case hexadecimal, found {json.GetRawText()}");
}
