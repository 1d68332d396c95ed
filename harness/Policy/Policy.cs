using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Policy;

/// <summary>Differences that a team has decided to live with, and why.</summary>
/// <param name="Where">File and line, for findings.</param>
/// <param name="Reason">Why it is allowed; never empty.</param>
/// <param name="Expires">The last day on which it holds; null for one that does not end.</param>
public sealed record Allowance(string Where, string Reason, DateOnly? Expires)
{
    /// <summary>Of the model's file name; null for every model.</summary>
    public NamePattern? Model { get; init; }

    /// <summary>Of the operator's name, such as <c>CONV_2D</c>; null for every operator.</summary>
    public NamePattern? Operator { get; init; }

    /// <summary>Of the output tensor's name; null for every layer.</summary>
    public NamePattern? Layer { get; init; }

    /// <summary>Largest |N|, in codes or for floats in ulp; null for any.</summary>
    public long? MaxOffBy { get; init; }

    /// <summary>Largest share of a tensor's elements that differ, 0 to 1; null for any.</summary>
    public decimal? MaxShare { get; init; }

    /// <summary>Smallest cosine; null for any.</summary>
    public double? MinCosine { get; init; }

    public bool IsFor(Graph model) => Model?.Matches(Path.GetFileName(model.Path)) ?? true;

    public bool IsFor(LayerComparison layer) =>
        (Operator?.Matches(layer.Operator.Name) ?? true)
        && (Layer?.Matches(layer.Tensor.Name) ?? true);

    /// <summary>A NaN that faces a number is allowed by nothing.</summary>
    public bool Allows(Metrics metrics) =>
        metrics.MaxAbs is { } distance
        && (MaxOffBy is null || distance <= MaxOffBy)
        && (MaxShare is null || metrics.Differing <= MaxShare * metrics.Elements)
        && (MinCosine is null || metrics.Cosine >= MinCosine);

    public override string ToString() => $"{Where}: {Printable.Of(Reason)}{(Expires is { } day ? $" (until {day.ToString("O", CultureInfo.InvariantCulture)})" : "")}";
}

/// <summary>How many of some operator outputs must be compared, where it is not all of them. An output counts under the first rule that is for it.</summary>
/// <param name="Min">Share of those that the rule is for, at least 0 and at most 1.</param>
/// <param name="Grounds">Which outputs, why less than all is enough, and until when.</param>
public sealed record CoverageRule(decimal Min, Allowance Grounds);

/// <summary>The flavours that count for some models.</summary>
/// <param name="Model">Of the model's file name; null for every model.</param>
/// <param name="Accepted">At least one.</param>
public sealed record FlavourRule(NamePattern? Model, ImmutableArray<Flavour> Accepted)
{
    public bool IsFor(Graph model) => Model?.Matches(Path.GetFileName(model.Path)) ?? true;
}

/// <summary>What the classes that a model's outputs rank highest must be. A share that is null is not asked for.</summary>
/// <param name="Output">The outputs that count, by tensor name; null for all.</param>
/// <param name="MinTop1Agreement">Share of rankings whose first class is the oracle's.</param>
/// <param name="MaxAccuracyDrop">How much lower than the oracle's the candidate's share of right classes may be; needs labels.</param>
public sealed record AccuracyRule(NamePattern? Output, decimal? MinTop1Agreement, decimal? MaxAccuracyDrop);

/// <summary>What a team asks of a candidate. Without a word in it everything must be compared and exact.</summary>
public sealed record VerificationPolicy
{
    public static readonly VerificationPolicy Exact = new();

    /// <summary>Which flavours count: those of the first rule that is for the model; without one all that were asked for.</summary>
    public ImmutableArray<FlavourRule> Flavours { get; init; } = [];

    /// <summary>Where less than everything needs to be compared.</summary>
    public ImmutableArray<CoverageRule> Coverage { get; init; } = [];

    public AccuracyRule? Accuracy { get; init; }

    public ImmutableArray<Allowance> Allowances { get; init; } = [];
}
