using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Model;

namespace OffByN.Reference.Oracles;

/// <summary>A part of an identity that is not what it should be; a part that one side lacks is null there.</summary>
public sealed record IdentityDifference(string Part, string? Golden, string? Found)
{
    public override string ToString() => $"{Part}: golden {Show(Golden)}, found {Show(Found)}";

    private static string Show(string? value) => value is null ? "none" : Printable.Of(value);
}

/// <summary>Captures as entries of a snapshot, and back.</summary>
public static class GoldenEntries
{
    public const string ModelSha256 = "model.sha256";
    public const string InputSha256 = "input.sha256";
    public const string ProfileSha256 = "profile.sha256";
    public const string Runtime = "runtime";
    public const string Version = "version";

    private const string FlavourName = "flavour";
    private const string LibrarySha256 = "library.sha256";
    private const string TensorSetName = "tensors";

    public static (SnapshotEntry Entry, TensorSet Values) Of(Graph graph, ModelInput input, Capture capture)
    {
        string[] inputs = [.. input.Tensors.Tensors.Keys];
        string[] outputs = [.. Tapping.Tapped(graph).Select(TensorSet.KeyOf).Where(capture.Tensors.Tensors.ContainsKey)];
        IEnumerable<string> states = capture.Tensors.Tensors.Keys.Except(inputs).Except(outputs);
        SnapshotEntry entry = new()
        {
            Flavour = NameOf(capture.Identity.Flavour),
            InputName = input.Name,
            Seed = input.Seed,
            Identity = Identity(capture.Identity),
            Record = Record(capture.Record),
            Delegated = [.. capture.Delegated.Select(tensor => tensor.Value).Order()],
            Unread = capture.Unread,
            Inputs = [.. inputs.Select(key => TensorOf(graph, key, input.Tensors.Tensors[key]))],
            Tensors = [.. outputs.Concat(states).Select(key => TensorOf(graph, key, capture.Tensors.Tensors[key]))],
        };
        return (entry, new TensorSet(capture.Tensors.Tensors.SetItems(input.Tensors.Tensors)));
    }

    /// <summary>The capture that an entry was made of, with those of its tensors that are at hand.</summary>
    /// <exception cref="UserErrorException">The entry's identity or record lacks something.</exception>
    public static Capture ToCapture(SnapshotEntry entry, TensorSet tensors, string folder)
    {
        ImmutableArray<TensorIndex> outputs = [.. entry.Tensors.Select(tensor => IndexOf(tensor.Key)).OfType<TensorIndex>().OrderBy(tensor => tensor.Value)];
        CaptureIdentity identity = new()
        {
            ModelSha256 = Part(ModelSha256),
            InputSha256 = Part(InputSha256),
            Runtime = Part(Runtime),
            Version = Part(Version),
            LibrarySha256 = Part(LibrarySha256),
            Flavour = Enum.TryParse(entry.Flavour, ignoreCase: true, out Flavour flavour) ? flavour : throw new UserErrorException($"{folder}: unknown flavour '{Printable.Of(entry.Flavour)}'."),
            Profile = entry.Identity.GetValueOrDefault(ProfileSha256),
            Tensors = outputs,
        };
        CaptureRecord record = new(
            Recorded("host"), Recorded("cpu"), int.TryParse(Recorded("threads"), CultureInfo.InvariantCulture, out int threads) ? threads : 0, Recorded("harness"),
            DateTimeOffset.TryParse(Recorded("date"), CultureInfo.InvariantCulture, out DateTimeOffset date) ? date : default, Recorded("warnings"));
        return new Capture(tensors, identity, record)
        {
            Delegated = [.. entry.Delegated.Select(tensor => new TensorIndex(tensor))],
            Unread = entry.Unread,
            Golden = folder,
        };

        string Part(string name) => entry.Identity.GetValueOrDefault(name)
            ?? throw new UserErrorException($"{folder}: the identity of entry {Printable.Of(entry.Label)} has no {name}. Capture again.");

        string Recorded(string name) => entry.Record.GetValueOrDefault(name) ?? "";
    }

    /// <summary>
    /// What two captures that should be of the same thing disagree in, the set of their tensors included. A golden without a profile was made when none was known, and asks
    /// for none.
    /// </summary>
    public static ImmutableArray<IdentityDifference> Differences(SnapshotEntry golden, SnapshotEntry found)
    {
        List<IdentityDifference> differences =
        [
            .. golden.Identity.Keys.Union(found.Identity.Keys)
                .Select(part => new IdentityDifference(part, golden.Identity.GetValueOrDefault(part), found.Identity.GetValueOrDefault(part)))
                .Where(difference => difference.Golden != difference.Found && (difference.Part != ProfileSha256 || difference.Golden is not null)),
        ];
        string[] lost = [.. Keys(golden).Except(Keys(found))], gained = [.. Keys(found).Except(Keys(golden))];
        if (lost.Length + gained.Length > 0)
            differences.Add(new(TensorSetName, Listed(golden, lost), Listed(found, gained)));
        return [.. differences];

        static IEnumerable<string> Keys(SnapshotEntry entry) => entry.Tensors.Select(tensor => tensor.Key);

        static string Listed(SnapshotEntry entry, string[] alone) =>
            $"{entry.Tensors.Length} tensors{(alone.Length == 0 ? "" : $", of them alone {string.Join(", ", alone.Take(10))}{(alone.Length > 10 ? ", ..." : "")}")}";
    }

    /// <summary>The tensor of a key that is nothing but an index, as an operator output's is.</summary>
    public static TensorIndex? IndexOf(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? new TensorIndex(index) : null;

    /// <summary>The profile that is known of an entry's runtime; null for none.</summary>
    public static Profile? ProfileOf(SnapshotEntry entry) =>
        KnownProfiles.Find($"{entry.Identity.GetValueOrDefault(Runtime)}-{entry.Identity.GetValueOrDefault(Version)}/{entry.Flavour}");

    public static string NameOf(Flavour flavour) => flavour.ToString().ToLowerInvariant();

    private static ImmutableSortedDictionary<string, string> Identity(CaptureIdentity identity)
    {
        ImmutableSortedDictionary<string, string>.Builder parts = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        parts[FlavourName] = NameOf(identity.Flavour);
        parts[InputSha256] = identity.InputSha256;
        parts[LibrarySha256] = identity.LibrarySha256;
        parts[ModelSha256] = identity.ModelSha256;
        parts[Runtime] = identity.Runtime;
        parts[Version] = identity.Version;
        if (identity.Profile is { } profile)
            parts[ProfileSha256] = profile;
        return parts.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string> Record(CaptureRecord record) => new Dictionary<string, string>
    {
        ["cpu"] = record.Cpu,
        ["date"] = record.Date.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["harness"] = record.Harness,
        ["host"] = record.Host,
        ["threads"] = record.Threads.ToString(CultureInfo.InvariantCulture),
        ["warnings"] = record.Warnings,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static SnapshotTensor TensorOf(Graph graph, string key, TensorValue value)
    {
        TensorInfo? info = IndexOf(key[(key.IndexOf('_', StringComparison.Ordinal) + 1)..]) is { } index && index.Value < graph.Tensors.Length ? graph[index] : null;
        return new(key, info?.Name ?? "", value.Type, value.Shape, Convert.ToHexStringLower(SHA256.HashData(value.Data.Span)))
        {
            Quantization = info?.Quantization is { IsPerChannel: false } quantization ? quantization : null,
            Range = TensorRange.Of(value),
        };
    }
}
