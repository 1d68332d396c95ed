using System.Globalization;
using OffByN.Model;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace OffByN.Harness.Policy;

/// <summary>A value in a YAML file, with its place for messages.</summary>
internal abstract record YamlValue(string File, long Line)
{
    public UserErrorException Error(string message) => new($"{File}, line {Line}: {message}");
}

internal sealed record YamlText(string File, long Line, string Value) : YamlValue(File, Line);

internal sealed record YamlList(string File, long Line, IReadOnlyList<YamlValue> Items) : YamlValue(File, Line);

internal sealed record YamlMap(string File, long Line, IReadOnlyDictionary<string, YamlValue> Members) : YamlValue(File, Line)
{
    /// <exception cref="UserErrorException">There is a key that is none of <paramref name="known"/>; the message names the nearest.</exception>
    public YamlMap With(params string[] known)
    {
        foreach ((string key, YamlValue value) in Members)
        {
            if (!known.Contains(key))
                throw value.Error($"unknown key '{Printable.Of(key)}', the nearest is '{known.MinBy(name => Spelling.Distance(name, key))}'; known here are {string.Join(", ", known)}.");
        }
        return this;
    }

    public YamlMap? Map(string key) => Members.GetValueOrDefault(key) switch
    {
        null => null,
        YamlMap map => map,
        var other => throw other.Error($"'{key}' expects keys and values."),
    };

    public IReadOnlyList<YamlValue> List(string key) => Members.GetValueOrDefault(key) switch
    {
        null => [],
        YamlList list => list.Items,
        var other => throw other.Error($"'{key}' expects a list."),
    };

    public string? Text(string key) => Members.GetValueOrDefault(key) switch
    {
        null => null,
        YamlText { Value.Length: > 0 } text => text.Value,
        var other => throw other.Error($"'{key}' expects a text."),
    };

    public decimal? Number(string key, int min, int max) => Text(key) is not { } text ? null
        : decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && number >= min && number <= max ? number
        : throw Members[key].Error($"'{key}' expects a number from {min} to {max}, found '{Printable.Of(text)}'.");

    public long? Integer(string key) => Text(key) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
        : throw Members[key].Error($"'{key}' expects a whole number from 0, found '{Printable.Of(text)}'.");

    public DateOnly? Date(string key) => Text(key) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? date
        : throw Members[key].Error($"'{key}' expects a date such as 2027-01-31, found '{Printable.Of(text)}'.");
}

/// <summary>
/// Reads the plain part of YAML: texts, lists and maps. Anchors and aliases, which can make a small file mean a large one, and tags are refused, and so is more
/// depth than any file here needs.
/// </summary>
internal static class YamlDocument
{
    private const int MaxBytes = 1 << 20;
    private const int MaxDepth = 8;

    /// <exception cref="UserErrorException">The file cannot be read, is too large, is no YAML, or is not one map.</exception>
    public static YamlMap Read(string path)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true } file)
                throw new UserErrorException($"{path}: no such file");
            if (file.Length > MaxBytes)
                throw new UserErrorException($"{path}: expected at most {MaxBytes} bytes, found {file.Length}");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <inheritdoc cref="Read"/>
    public static YamlMap Parse(string text, string file)
    {
        try
        {
            Parser events = new(new Scanner(new StringReader(text), skipComments: true));
            events.Consume<StreamStart>();
            if (events.Accept<StreamEnd>(out _))
                return new(file, 1, new Dictionary<string, YamlValue>());
            events.Consume<DocumentStart>();
            YamlValue root = Value(events, file, 0);
            events.Consume<DocumentEnd>();
            if (!events.Accept<StreamEnd>(out _))
                throw root.Error("expected one document, found several.");
            return root as YamlMap ?? throw root.Error("expected keys and values.");
        }
        catch (YamlException error)
        {
            throw new UserErrorException($"{file}, line {error.Start.Line}: not YAML: {Printable.Of(error.Message, 300)}", error);
        }
        // The parser's own words for some of what ends too early.
        catch (InvalidOperationException error)
        {
            throw new UserErrorException($"{file}: not YAML: a list or map is not closed.", error);
        }
    }

    private static YamlValue Value(Parser events, string file, int depth)
    {
        ParsingEvent next = events.Current!;
        UserErrorException Error(string message) => new($"{file}, line {next.Start.Line}: {message}");
        if (depth > MaxDepth)
            throw Error($"nested deeper than {MaxDepth} levels.");
        if (next is AnchorAlias || next is NodeEvent { Anchor.IsEmpty: false })
            throw Error("anchors and aliases are not supported here; write the value out.");
        if (next is NodeEvent { Tag.IsEmpty: false } tagged)
            throw Error($"tags such as {Printable.Of(tagged.Tag.Value)} are not supported here.");
        if (next is Scalar scalar)
        {
            events.MoveNext();
            return new YamlText(file, scalar.Start.Line, scalar.Value);
        }
        if (events.TryConsume<SequenceStart>(out _))
        {
            List<YamlValue> items = [];
            while (!events.TryConsume<SequenceEnd>(out _))
                items.Add(Value(events, file, depth + 1));
            return new YamlList(file, next.Start.Line, items);
        }
        events.Consume<MappingStart>();
        Dictionary<string, YamlValue> members = new(StringComparer.Ordinal);
        while (!events.TryConsume<MappingEnd>(out _))
        {
            YamlText key = Value(events, file, depth + 1) as YamlText ?? throw Error("a key expects a text.");
            YamlValue value = Value(events, file, depth + 1);
            // A key's own line tells more than that of a list below it.
            if (!members.TryAdd(key.Value, value with { Line = key.Line }))
                throw key.Error($"'{Printable.Of(key.Value)}' is there twice.");
        }
        return new YamlMap(file, next.Start.Line, members);
    }
}
