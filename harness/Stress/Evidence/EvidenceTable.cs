using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>Evidence as a table: one line for each pair of values, one column for each profile.</summary>
public static class EvidenceTable
{
    /// <param name="counts">Of all profiles.</param>
    /// <param name="profiles">The columns.</param>
    public static string Markdown(IReadOnlyDictionary<EvidenceKey, EvidenceCount> counts, ImmutableArray<string> profiles)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"| operator | type | field | A | B | {string.Join(" | ", profiles)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|---|---|---|---|{string.Concat(profiles.Select(_ => "---:|"))}");
        foreach (var pair in Pairs(counts).Where(pair => pair.Any(entry => entry.Value.Elements + entry.Value.Bounded > 0 || EvidenceReasons.Of(entry.Key) is null)))
        {
            IEnumerable<string> cells = profiles.Select(profile => Cell(pair.Key.A, [.. pair.Where(entry => entry.Key.Profile == profile)]));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {pair.Key.Operator} | {pair.Key.Type} | {pair.Key.Field} | {pair.Key.A} | {pair.Key.B} | {string.Join(" | ", cells)} |");
        }
        return text.ToString();
    }

    /// <summary>Pairs between which nothing can decide, in all profiles that have them, and why; those of one reason in one line.</summary>
    public static ImmutableArray<string> Inseparable(IReadOnlyDictionary<EvidenceKey, EvidenceCount> counts) =>
    [
        .. Pairs(counts).Where(pair => pair.All(entry => entry.Value.Elements == 0 && EvidenceReasons.Of(entry.Key) is not null))
            .GroupBy(pair => EvidenceReasons.Of(pair.First().Key))
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}: {string.Join("; ", group.GroupBy(pair => (pair.Key.Operator, pair.Key.Type)).Select(pairs =>
                $"{pairs.Key.Operator} {pairs.Key.Type} {string.Join(", ", pairs.Select(pair => $"{pair.Key.Field} {pair.Key.A}/{pair.Key.B}"))}"))}"),
    ];

    /// <summary>Pairs that cases should decide, and of which an oracle has not seen so many elements.</summary>
    public static ImmutableArray<EvidenceKey> Below(IReadOnlyDictionary<EvidenceKey, EvidenceCount> counts, long enough) =>
        [.. counts.Where(entry => entry.Value.Elements < enough && EvidenceReasons.Of(entry.Key) is null).Select(entry => entry.Key)];

    /// <summary>Pairs of which an oracle took the other side somewhere, or neither.</summary>
    public static ImmutableArray<EvidenceKey> Contradictions(IReadOnlyDictionary<EvidenceKey, EvidenceCount> counts) =>
        [.. counts.Where(entry => entry.Value.WithFollowed < entry.Value.Elements).Select(entry => entry.Key)];

    private static IOrderedEnumerable<IGrouping<(string Operator, string Type, string Field, string A, string B), KeyValuePair<EvidenceKey, EvidenceCount>>> Pairs(
        IReadOnlyDictionary<EvidenceKey, EvidenceCount> counts) => counts
        .GroupBy(entry =>
        {
            bool isOrdered = string.CompareOrdinal(entry.Key.Followed, entry.Key.Alternative) < 0;
            return (entry.Key.Operator, entry.Key.Type.ToString().ToLowerInvariant(), entry.Key.Field,
                isOrdered ? entry.Key.Followed : entry.Key.Alternative, isOrdered ? entry.Key.Alternative : entry.Key.Followed);
        })
        .OrderBy(pair => pair.Key);

    /// <summary>Two sides where some rules of a profile have one value and others the other.</summary>
    private static string Cell(string a, ImmutableArray<KeyValuePair<EvidenceKey, EvidenceCount>> entries)
    {
        bool hasElements = entries.Any(entry => entry.Value.Elements + entry.Value.Bounded > 0);
        return hasElements ? string.Join("; ", entries.OrderBy(entry => entry.Key.Followed == a ? 0 : 1).Select(entry => Told(a, entry)))
            : entries.IsEmpty ? "" : entries.Any(entry => EvidenceReasons.Of(entry.Key) is null) ? "none found" : "same";
    }

    private static string Told(string a, KeyValuePair<EvidenceKey, EvidenceCount> entry)
    {
        string side = entry.Key.Followed == a ? "A" : "B";
        EvidenceCount count = entry.Value;
        return count.WithFollowed < count.Elements ? $"**{side} {Number(count.WithFollowed)} of {Number(count.Elements)}**"
            : count.Elements + count.Bounded == 0 ? $"{side} {(EvidenceReasons.Of(entry.Key) is null ? "none found" : "same")}" : count.Elements == 0 ? $"bounded {Number(count.Bounded)}" : $"{side} {Number(count.Elements)}";
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
