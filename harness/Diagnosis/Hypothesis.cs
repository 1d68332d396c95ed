using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Reference.Mistakes;

namespace OffByN.Harness.Diagnosis;

/// <summary>What an operator may really compute: one entry of the catalogue with one value of its parameter, or two entries at once.</summary>
/// <param name="Mistakes">One, or the arithmetic one and then the other.</param>
public sealed record Hypothesis(ImmutableArray<Mistake> Mistakes, string? Parameter, PreparedOperator Prepared)
{
    /// <summary>A stable name: slug and parameter.</summary>
    public string Id { get; } = string.Join('+', Mistakes.Select(mistake => mistake.Slug)) + (Parameter is null ? "" : $":{Parameter}");

    /// <summary>Numbers in the catalogue; empty where it has none.</summary>
    public string Catalogue => string.Join('+', Mistakes.Select(mistake => mistake.Catalogue).Where(number => number.Length > 0));

    public string Name => string.Join(", and ", Mistakes.Select(mistake => mistake.Name)) + (Parameter is null ? "" : $" ({Parameter})");

    public bool IsLegitimate => Mistakes.All(mistake => mistake.IsLegitimate);

    /// <summary>The operators of a segment before the last, as the same mistake makes them; empty where it is tried in <see cref="Prepared"/> alone.</summary>
    public ImmutableArray<PreparedOperator> Before { get; init; } = [];

    /// <summary>
    /// Among hypotheses that no element separates, the first is named: a runtime known to compute the operator, other legitimate alternatives, mistakes in the
    /// order of the catalogue, solved numbers, pairs.
    /// </summary>
    public int Rank { get; init; }
}

/// <summary>How a hypothesis does on one operator and one input, or on several together.</summary>
/// <param name="Explained">Elements that differ from the expected and that it reproduces.</param>
/// <param name="Wrong">Elements that it gives another code than the candidate.</param>
/// <param name="Discriminating">Elements in which it departs from the expected.</param>
/// <param name="Informative">
/// Elements of the candidate's output that are not the most frequent code of their channel: where nearly everything is saturated or constant, whatever gives that
/// constant would fit.
/// </param>
public sealed record Score(Hypothesis Hypothesis, long Explained, long Wrong, long Discriminating, long Informative, string Fingerprint)
{
    /// <summary>Below this many discriminating elements a hypothesis that fits is called consistent, not confirmed.</summary>
    public const int EnoughElements = 20;

    /// <summary>Of the elements in which the candidate or the hypothesis departs from the expected, the share in which both agree.</summary>
    public double Explains => Explained == 0 ? 0 : (double)Explained / (Explained + Wrong);

    public bool IsExact => Wrong == 0 && Explained > 0;

    public bool IsConfirmed => IsExact && Discriminating >= EnoughElements && Informative >= EnoughElements;
}

/// <summary>A class of hypotheses that no element separates, as reports say it. The first names the class.</summary>
/// <param name="Margin">Elements that separate the class from its best rival.</param>
/// <param name="Operators">The operators that it was scored over.</param>
public sealed record Cause(ImmutableArray<Score> Members, long Margin, ImmutableArray<Model.LayerIndex> Operators)
{
    public Score Score => Members[0];

    public Hypothesis Hypothesis => Members[0].Hypothesis;

    public bool IsConfirmed => Score.IsConfirmed;

    public bool IsLegitimate => Hypothesis.IsLegitimate;
}
