using System.Collections.Immutable;

namespace OffByN.Harness.Comparison;

/// <summary>
/// How far one tensor is from another of the same type and shape; N = actual - expected in <see cref="Unit"/>. Statistics derive
/// from sums that are kept, so metrics of several inputs merge without loss.
/// </summary>
public sealed record Metrics : Outcome
{
    /// <summary>What the expected tensor was, in the report's words ("oracle-inputs", "own-inputs"); null until the caller says.</summary>
    public string? Against { get; init; }

    public required Unit Unit { get; init; }

    /// <summary>Elements compared: all but those that the oracle leaves unwritten. 0 is not a pass.</summary>
    public required long Elements { get; init; }

    /// <summary>Elements that are not equal. -0 equals +0; NaN equals NaN in the same place.</summary>
    public required long Differing { get; init; }

    /// <summary>Elements outside the bound: for integers those that differ.</summary>
    public required long Beyond { get; init; }

    /// <summary>The formula of a bound that is not 0 ulp; null for exact comparisons.</summary>
    public string? Bound { get; init; }

    /// <summary>Largest |N|; 0 when nothing differs; null when NaN faces a number somewhere, which is further than any N.</summary>
    public required Int128? MaxAbs { get; init; }

    /// <summary>The lowest place with <see cref="MaxAbs"/> (with a NaN that faces a number, if there is one); null when nothing differs.</summary>
    public required Worst? Worst { get; init; }

    /// <summary>
    /// N, ascending, empty bins left out: every N of -8..8 by itself, then 9..16, 17..32, 33..64 and so on by powers of two, mirrored for
    /// negative N; both ends belong to the bin. Counts add up to <see cref="Elements"/> less the NaNs that face a number.
    /// </summary>
    public required ImmutableArray<Bin> Histogram { get; init; }

    public required Sums Sums { get; init; }

    /// <summary>Real value of one code, null when there is no single one. 1 for floats.</summary>
    public required double? Scale { get; init; }

    /// <summary>True when something was compared and nothing is beyond the bound.</summary>
    public bool Passes => Elements > 0 && Beyond == 0;

    /// <summary>
    /// Cosine of the angle between expected and actual, codes counted from the zero point. 1 for two zero vectors, 0 for one;
    /// NaN when a NaN or an infinity faces another number.
    /// </summary>
    public double Cosine
    {
        get
        {
            if (Sums.Unordered + Sums.Unbounded > 0)
                return double.NaN;
            double expected = Sums.Expected.Value, actual = Sums.Actual.Value;
            if (expected == 0 || actual == 0)
                return expected == actual ? 1 : 0;
            double lengths = expected == actual ? expected : Math.Sqrt(expected) * Math.Sqrt(actual);
            return Math.Clamp(Sums.Product.Value / lengths, -1, 1);
        }
    }

    /// <summary>
    /// Signal to quantization noise, 10 log10(sum of expected^2 / sum of N^2) in dB: +infinity when nothing differs, -infinity when noise
    /// faces a zero signal or an infinity another number, NaN when a NaN faces a number.
    /// </summary>
    public double SqnrDb
    {
        get
        {
            double error = SquaredError;
            return error == 0 ? double.PositiveInfinity : 10 * Math.Log10(Sums.Expected.Value / error);
        }
    }

    /// <summary>Root of the mean N^2, in codes; for floats of the mean squared difference, in real units. 0 without elements.</summary>
    public double Rmse => Elements == 0 ? 0 : Math.Sqrt(SquaredError / Elements);

    /// <summary><see cref="Rmse"/> in real units; null when codes have no single scale.</summary>
    public double? RmseReal => Rmse * Scale;

    private double SquaredError => Sums switch
    {
        { Unordered: > 0 } => double.NaN,
        { Unbounded: > 0 } => double.PositiveInfinity,
        _ => Sums.Difference.Value,
    };

    /// <summary>
    /// The metrics of both tensors as if they were one, laid end to end. <see cref="Worst"/> keeps its own tensor's index; of equals the
    /// first argument's stays. <see cref="Against"/> and <see cref="Bound"/> stay where both agree.
    /// </summary>
    /// <exception cref="ArgumentException">Unit or scale are not the same: these are not two values of one tensor.</exception>
    public static Metrics Merge(Metrics first, Metrics second)
    {
        if (first.Unit != second.Unit || first.Scale != second.Scale)
            throw new ArgumentException($"expected {first.Unit} with scale {first.Scale}, found {second.Unit} with scale {second.Scale}", nameof(second));
        bool secondIsWorse = first.MaxAbs is { } one && (second.MaxAbs is not { } two || two > one);
        return first with
        {
            Against = first.Against == second.Against ? first.Against : null,
            Bound = first.Bound == second.Bound ? first.Bound : null,
            Elements = first.Elements + second.Elements,
            Differing = first.Differing + second.Differing,
            Beyond = first.Beyond + second.Beyond,
            MaxAbs = secondIsWorse ? second.MaxAbs : first.MaxAbs,
            Worst = secondIsWorse ? second.Worst : first.Worst,
            Histogram = [.. first.Histogram.Concat(second.Histogram)
                .GroupBy(bin => (bin.From, bin.To), (ends, bins) => new Bin(ends.From, ends.To, bins.Sum(bin => bin.Count)))
                .OrderBy(bin => bin.From)],
            Sums = first.Sums + second.Sums,
        };
    }
}
