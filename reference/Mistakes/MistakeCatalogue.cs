using System.Collections.Immutable;

namespace OffByN.Reference.Mistakes;

/// <summary>Everything that a departure can be: legitimate alternatives first, then the mistakes by number.</summary>
public static class MistakeCatalogue
{
    public static readonly ImmutableArray<Mistake> All =
    [
        .. LegitimateAlternatives.All,
        .. MultiplierMistakes.All,
        .. RoundingMistakes.All,
        .. ZeroPointMistakes.All,
        .. AccumulatorMistakes.All,
        .. ClampMistakes.All,
        .. GeometryMistakes.All,
        .. OperatorMistakes.All,
        .. PairMistakes.All,
        .. MatrixMistakes.All,
        .. TableMistakes.All,
        .. MovementMistakes.All,
        .. ReductionMistakes.All,
    ];

    /// <summary>Those that need no model: between an accumulator and a code.</summary>
    public static readonly ImmutableArray<Mistake> OnNumbers = [.. All.Where(mistake => mistake.OnRequantizer is not null)];
}
