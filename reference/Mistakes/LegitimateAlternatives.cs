using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;

namespace OffByN.Reference.Mistakes;

/// <summary>What other runtimes, flavours and builds compute: never a mistake, whatever is expected.</summary>
internal static class LegitimateAlternatives
{
    /// <summary>The requantizations that are told apart by name.</summary>
    private static readonly ImmutableArray<(string Slug, string Catalogue, string Name, string Change, Requantization Requantization)> Named =
    [
        ("tflite-reference", "L1", "TFLite reference", "half-away((acc*m) /2^31, >>n)", Requantization.Reference),
        ("tflite-optimized", "L2", "TFLite optimized (ruy)", "half-up((acc*m) /2^31, >>n)", Requantization.Ruy),
        ("xnnpack", "L3", "XNNPACK", "half-even(f32(acc*M))", Requantization.Xnnpack),
        ("single-rounding", "L4", "single rounding", "half-up(acc*m >> (31+n))", Requantization.Single),
        ("double-product", "L5", "double product, TFLite FC", "half-away(f64(acc*M))", Requantization.RealHalfAway),
    ];

    public static readonly ImmutableArray<Mistake> All =
    [
        .. KnownProfiles.All.SelectMany(profile => new[] { Of(profile, delegated: false), Of(profile, delegated: true) }),
        .. Named.Select(known => Mistake.Requantizing(
            MistakeGroup.Legitimate, known.Slug, known.Catalogue, known.Name, known.Change, "Requantizer.Body",
            (requantizer, factors) => Everywhere(requantizer, factors, known.Requantization))),
        // On 8-bit codes the 16-bit multiplier is a mistake of its own.
        Mistake.Requantizing(MistakeGroup.Legitimate, "int16x8", "L6", "16-bit multiplier, int16x8", "half-up(acc*m16 >> (15+n))", "Requantizer.Body", (requantizer, factors) =>
            (long)requantizer.High - requantizer.Low > 255
                ? [(null, requantizer with { Scales = factors.In(factors.Natural), Body = Requantization.Wide, Tail = Requantization.Wide })]
                : Array.Empty<(string?, Requantizer)>()),
    ];

    private static IEnumerable<(string?, Requantizer)> Everywhere(Requantizer requantizer, Factors factors, Requantization requantization)
    {
        ScaleFormation formation = requantization == Requantization.Xnnpack ? ScaleFormation.FloatQuotient
            : requantization == Requantization.RealHalfAway ? ScaleFormation.Double : factors.Natural;
        yield return (null, requantizer with { Scales = factors.In(formation), Body = requantization, Tail = requantization });
    }

    /// <summary>A runtime that is known to compute the operator, as it does.</summary>
    private static Mistake Of(Profile profile, bool delegated) => new(
        MistakeGroup.Legitimate, profile.Name + (delegated ? "+delegate" : ""), "", profile.Name + (delegated ? " (delegated)" : ""), "what that runtime computes", "the profile",
        site => Prepared(site, profile, delegated) is { } prepared ? [new(null, prepared)] : []);

    private static PreparedOperator? Prepared(Site site, Profile profile, bool delegated)
    {
        // A rule for delegated operators alone says whether the flavour has a delegate at all.
        if (delegated && profile.Rules.All(rule => rule.Delegated is null))
            return null;
        try
        {
            return Preparation.Of(site.Graph, site.Expected.Operator, profile, delegated);
        }
        catch (NotComputableException)
        {
            return null;
        }
    }
}
