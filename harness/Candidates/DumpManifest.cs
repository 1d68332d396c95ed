using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Policy;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>What a manifest says of one tensor of a dump. What it does not say is null.</summary>
/// <param name="At">Where it is said, for messages.</param>
/// <param name="Tensor">The model's tensor; null where the key itself is its index or name.</param>
/// <param name="IsChannelsFirst">True where the dump's order is NCHW or OIHW.</param>
/// <param name="File">Of a folder: the file by its path in it.</param>
/// <param name="Type">Of a raw file's elements.</param>
/// <param name="Shape">Of a raw file, in the dump's order.</param>
internal sealed record DumpEntry(YamlValue At, TensorIndex? Tensor, bool? IsChannelsFirst, string? File, TensorType? Type, Shape? Shape);

/// <summary>
/// What a dump calls its tensors, how they are laid out, and what its raw files hold: <c>offbyn-dump.yaml</c>, or .json, which is YAML too. <c>docs/dumps.md</c>
/// describes it key by key. What it does not know is an error.
/// </summary>
internal sealed record DumpManifest
{
    public static readonly ImmutableArray<string> FileNames = ["offbyn-dump.yaml", "offbyn-dump.json"];

    public static readonly DumpManifest None = new();

    private const long Version = 1;

    /// <summary>By the key that the dump has for the tensor.</summary>
    public ImmutableDictionary<string, DumpEntry> Entries { get; private init; } = ImmutableDictionary<string, DumpEntry>.Empty;

    /// <summary>True where tensors of four dimensions are NCHW or OIHW unless their entry says otherwise.</summary>
    public bool IsChannelsFirst { get; private init; }

    /// <summary>True for a command that can be fed single operators.</summary>
    public bool FeedsOperators { get; private init; }

    /// <exception cref="UserErrorException">The file cannot be read, says something that is not understood, or names a tensor that the model does not have.</exception>
    public static DumpManifest Read(string path, TensorKeys keys)
    {
        YamlMap root = YamlDocument.Read(path).With("version", "layout", "operators", "tensors");
        if (root.Integer("version") is { } version and not Version)
            throw root.Members["version"].Error($"expected version {Version}, found {version}.");
        ImmutableDictionary<string, DumpEntry> entries = (root.Map("tensors")?.Members ?? new Dictionary<string, YamlValue>())
            .ToImmutableDictionary(member => member.Key, member => EntryOf(member.Value, keys));
        foreach (IGrouping<string?, DumpEntry> file in entries.Values.Where(entry => entry.File is not null).GroupBy(entry => entry.File).Where(group => group.Count() > 1))
            throw file.MaxBy(entry => entry.At.Line)!.At.Error($"file '{Printable.Of(file.Key!)}' is there twice.");
        return new()
        {
            Entries = entries,
            IsChannelsFirst = LayoutOf(root) ?? false,
            FeedsOperators = root.Text("operators") switch
            {
                null or "false" => false,
                "true" => true,
                var other => throw root.Members["operators"].Error($"'operators' expects true or false, found '{Printable.Of(other)}'."),
            },
        };
    }

    private static DumpEntry EntryOf(YamlValue value, TensorKeys keys)
    {
        // The short form is the tensor alone.
        if (value is YamlText { Value.Length: > 0 } text)
            return new(value, TensorOf(text, keys), null, null, null, null);
        YamlMap map = value as YamlMap ?? throw value.Error("a tensor expects the model's index or name, or keys and values.");
        map.With("tensor", "layout", "file", "type", "shape");
        return new(map, map.Text("tensor") is null ? null : TensorOf((YamlText)map.Members["tensor"], keys), LayoutOf(map), map.Text("file"), TypeOf(map), ShapeOf(map));
    }

    private static TensorIndex TensorOf(YamlText name, TensorKeys keys) => keys.Find(name.Value) switch
    {
        ({ } tensor, _) => tensor,
        (_, var reason) => throw name.Error($"'{Printable.Of(name.Value)}': {reason}{Nearest(name.Value, keys.Graph.Tensors.Select(tensor => tensor.Name))}."),
    };

    /// <summary><c>, the nearest is 'conv1'</c>; empty without names.</summary>
    public static string Nearest(string name, IEnumerable<string> names) =>
        names.MinBy(other => Spelling.Distance(other, name)) is { Length: > 0 } nearest ? $", the nearest is '{Printable.Of(nearest)}'" : "";

    private static bool? LayoutOf(YamlMap map) => map.Text("layout") switch
    {
        null => null,
        "nhwc" => false,
        "nchw" => true,
        var other => throw map.Members["layout"].Error($"'layout' expects nhwc or nchw, found '{Printable.Of(other)}'."),
    };

    private static TensorType? TypeOf(YamlMap map) => map.Text("type") is not { } name ? null
        : Enum.GetValues<TensorType>().Where(type => type.Bits() >= 8 && type.Lower() == name).Select(type => (TensorType?)type).FirstOrDefault()
        ?? throw map.Members["type"].Error($"'type' expects a type such as uint8, int8, int32 or float32, found '{Printable.Of(name)}'.");

    private static Shape? ShapeOf(YamlMap map)
    {
        if (!map.Members.TryGetValue("shape", out YamlValue? place))
            return null;
        List<int> dimensions = [];
        foreach (YamlValue item in map.List("shape"))
        {
            dimensions.Add(item is YamlText text && int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int dimension)
                ? dimension
                : throw item.Error("'shape' expects a list of dimensions, such as [1, 32, 112, 112]."));
        }
        try
        {
            return [.. dimensions];
        }
        catch (ArgumentException error)
        {
            throw place.Error(error.Message);
        }
    }
}
