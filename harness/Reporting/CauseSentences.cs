using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Diagnosis;
using OffByN.Model;

namespace OffByN.Harness.Reporting;

/// <summary>What a diagnosis says, in words.</summary>
internal static class CauseSentences
{
    private const int MostNames = 3;
    private const int MostOperators = 4;

    /// <summary>The best sentence there is: what explains the run that decides, else the outcome.</summary>
    public static string Headline(VerificationReport report) => Best(report) ?? Sentences.Outcome(report);

    /// <summary>What explains most of the run that decides; null where nothing differs or nothing is known.</summary>
    public static string? Best(VerificationReport report) => Decisive.Of(report) is { } decisive ? Of(decisive.Worst).FirstOrDefault() : null;

    /// <summary>One sentence for each finding of a run, the best first.</summary>
    public static IEnumerable<string> Of(RunReport run) =>
    [
        .. run.Layers.Where(layer => !layer.IsReproducible).Take(1).Select(layer =>
            $"{Sentences.Operator(layer)}: two runs on the same inputs differ: a race, or memory that nobody wrote; no arithmetic was searched for"),
        .. run.Diagnosis.Select(cause => $"{Subject(run, cause)}: {Of(cause)}{Pattern(run, cause)}"),
    ];

    /// <summary><c>confirmed: float product truncated (#20), (int)f32(acc*M): ...</c></summary>
    public static string Of(Cause cause) => $"{Certainty(cause)} {Name(cause.Hypothesis)}{Equivalents(cause)}; {Evidence(cause)}";

    /// <summary>A class that explains less than the best one.</summary>
    public static string Rival(Cause cause) => string.Create(CultureInfo.InvariantCulture, $"{Name(cause.Hypothesis)}, explains {cause.Score.Explains:P1}");

    private static string Certainty(Cause cause) => (cause.IsLegitimate, cause.IsConfirmed, cause.Score.IsExact) switch
    {
        // A class that also holds mistakes is not said to be none.
        (true, true, _) when cause.Members.Any(member => !member.Hypothesis.IsLegitimate) => "confirmed, perhaps a legitimate alternative:",
        (true, false, true) when cause.Members.Any(member => !member.Hypothesis.IsLegitimate) => "consistent with a legitimate alternative:",
        (true, true, _) => "confirmed, a legitimate alternative and no mistake:",
        (true, false, true) => "consistent with a legitimate alternative, no mistake:",
        (false, true, _) => "confirmed:",
        (false, false, true) => "consistent with",
        _ => "unknown; nearest is",
    };

    public static string Name(Hypothesis hypothesis) =>
        hypothesis.Name + (hypothesis.Catalogue.Length == 0 ? "" : $" [{hypothesis.Catalogue}]");

    private static string Equivalents(Cause cause)
    {
        string[] others = [.. cause.Members.Skip(1).Select(member => member.Hypothesis.Name).Where(name => name != cause.Hypothesis.Name).Distinct()];
        return others.Length == 0 ? ""
            : $", not told apart here from {string.Join(", ", others.Take(MostNames))}{(others.Length > MostNames ? $" and {others.Length - MostNames} more" : "")}";
    }

    private static string Evidence(Cause cause)
    {
        Score score = cause.Score;
        string share = score.IsExact
            ? $"reproduces every element, {Sentences.Count(score.Discriminating, "discriminating element")}"
            : string.Create(CultureInfo.InvariantCulture, $"explains {score.Explains:P1} of the elements in question");
        return score.IsExact ? $"{share}, {Sentences.Count(cause.Margin)} against the next best" : share;
    }

    private static string Pattern(RunReport run, Cause cause)
    {
        ImmutableArray<string> statements = cause.Score.IsExact ? [] : run.Layers.FirstOrDefault(layer => layer.Layer == cause.Operators[0])?.Pattern ?? [];
        return statements.IsEmpty ? "" : $" ({string.Join("; ", statements)})";
    }

    private static string Subject(RunReport run, Cause cause)
    {
        ImmutableArray<LayerIndex> operators = cause.Operators;
        string kinds = string.Join(" and ", operators.Select(layer => Printable.Of(run.Model[layer].Name, 32)).Distinct().Take(3));
        return operators.Length switch
        {
            1 => $"operator {operators[0]} {kinds}",
            <= MostOperators => $"operators {string.Join(", ", operators)} ({kinds})",
            _ => $"{operators.Length} operators ({kinds}), {operators[0]} to {operators[^1]}",
        };
    }
}
