using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>The part of an operator in which something departs from what is expected.</summary>
public enum MistakeGroup
{
    /// <summary>Nothing is wrong: another runtime, flavour or build of TFLite computes so.</summary>
    Legitimate,
    Multiplier,
    Rounding,
    ZeroPoint,
    Accumulator,
    Clamp,
    Geometry,
    Operator,

    /// <summary>No listed mistake, but a number other than the model's that fits.</summary>
    Solved,
}

/// <summary>An operator in its graph, as it is expected to be computed.</summary>
public sealed record Site(Graph Graph, PreparedOperator Expected);

/// <summary>The operator as a mistake makes it.</summary>
/// <param name="Parameter">Which value was tried, for mistakes that have one; null for the others.</param>
public readonly record struct Variant(string? Parameter, PreparedOperator Prepared);

/// <summary>
/// One way to compute an operator that is not the expected one: a mistake of the catalogue (spec, section 6), or a legitimate alternative in the same shape. It
/// changes one field of the operator's prepared record.
/// </summary>
/// <param name="Slug">A stable name for programs.</param>
/// <param name="Catalogue">The number in the catalogue, "L3" for a legitimate alternative, empty where the catalogue has none.</param>
/// <param name="Name">A few words, as reports print them.</param>
/// <param name="Change">What is computed instead, in one line.</param>
/// <param name="Field">The field that is changed.</param>
/// <param name="Variants">The changed records; none where the mistake does not apply or changes nothing.</param>
public sealed record Mistake(
    MistakeGroup Group, string Slug, string Catalogue, string Name, string Change, string Field, Func<Site, IEnumerable<Variant>> Variants)
{
    /// <summary>Where somebody met it.</summary>
    public string? Evidence { get; init; }

    /// <summary>The same change on a requantization without a model; null for mistakes that need one.</summary>
    public RequantizerChange? OnRequantizer { get; init; }

    public bool IsLegitimate => Group == MistakeGroup.Legitimate;

    /// <summary>A mistake in one field of one kind of operator.</summary>
    public static Mistake In<T>(
        MistakeGroup group, string slug, string catalogue, string name, string change, string field, Func<T, Graph, IEnumerable<(string? Parameter, T Changed)>> variants)
        where T : PreparedOperator =>
        new(group, slug, catalogue, name, change, field, site => site.Expected is T expected
            ? variants(expected, site.Graph).Select(variant => new Variant(variant.Parameter, variant.Changed))
            : []);

    /// <summary>As above, for a mistake without a parameter; null where it does not apply.</summary>
    public static Mistake In<T>(MistakeGroup group, string slug, string catalogue, string name, string change, string field, Func<T, T?> changed)
        where T : PreparedOperator =>
        In<T>(group, slug, catalogue, name, change, field, (expected, _) => changed(expected) is { } one ? [(null, one)] : []);

    /// <summary>A mistake between accumulator and code, in every operator that has one.</summary>
    public static Mistake Requantizing(MistakeGroup group, string slug, string catalogue, string name, string change, string field, RequantizerChange changes) =>
        new(group, slug, catalogue, name, change, field, site => Requantized.Of(site.Expected) is { } requantized
            ? changes(requantized.Requantizer, requantized.Factors).Select(variant => new Variant(variant.Parameter, requantized.With(variant.Changed)))
            : [])
        {
            OnRequantizer = changes,
        };

    /// <summary>As above, for a mistake without a parameter.</summary>
    public static Mistake Requantizing(
        MistakeGroup group, string slug, string catalogue, string name, string change, string field, Func<Requantizer, Factors, Requantizer> changed) =>
        Requantizing(group, slug, catalogue, name, change, field, (requantizer, factors) => [(null, changed(requantizer, factors))]);
}
