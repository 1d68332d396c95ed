using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Reference.Mistakes;

namespace OffByN.Harness.Diagnosis;

/// <summary>What is tried on an operator.</summary>
public static class Hypotheses
{
    private const int PairRank = 1_000_000;

    /// <summary>Every single entry of the catalogue that applies, in the order in which classes are named.</summary>
    public static ImmutableArray<Hypothesis> Singles(OperatorCase one)
    {
        Site site = new(one.Graph, one.Expected);
        return
        [
            .. MistakeCatalogue.All.Index().SelectMany(entry => entry.Item.Variants(site).Select((variant, number) =>
                new Hypothesis([entry.Item], variant.Parameter, variant.Prepared) { Rank = entry.Index * 1000 + number })),
        ];
    }

    /// <summary>Every mistake between accumulator and code, together with every one in what comes before or after.</summary>
    public static IEnumerable<Hypothesis> Pairs(OperatorCase one, ImmutableArray<Hypothesis> singles)
    {
        if (Requantized.Of(one.Expected) is null)
            yield break;
        Hypothesis[] arithmetic = [.. singles.Where(single => single.Mistakes[0].Group is MistakeGroup.Multiplier or MistakeGroup.Rounding)];
        foreach (Hypothesis other in singles.Where(single => single.Mistakes[0].Group is MistakeGroup.ZeroPoint or MistakeGroup.Accumulator or MistakeGroup.Clamp or MistakeGroup.Geometry))
        {
            Requantized target = Requantized.Of(other.Prepared)!;
            foreach (Hypothesis first in arithmetic)
            {
                string? parameter = string.Join("; ", new[] { first.Parameter, other.Parameter }.OfType<string>());
                yield return new([first.Mistakes[0], other.Mistakes[0]], parameter.Length == 0 ? null : parameter,
                    target.With(Both(Requantized.Of(first.Prepared)!.Requantizer, target.Requantizer)))
                {
                    Rank = PairRank + first.Rank + other.Rank,
                };
            }
        }
    }

    /// <summary>The rounding and the factors of one, everything else of the other.</summary>
    private static Requantizer Both(Requantizer arithmetic, Requantizer other) => other with
    {
        Scales = arithmetic.Scales,
        Body = arithmetic.Body,
        Tail = arithmetic.Tail,
        ZeroPointPlace = arithmetic.ZeroPointPlace == ZeroPointPlace.AfterRounding ? other.ZeroPointPlace : arithmetic.ZeroPointPlace,
    };
}
