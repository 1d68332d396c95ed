using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;

namespace OffByN.Reference.Operators;

/// <summary>How far an output of TFLite may be from the reference's where its arithmetic is not known to the bit.</summary>
/// <param name="Formula">The bound as reports print it.</param>
/// <param name="Slack">Largest |difference| of each element, row-major, in real units; infinity where TFLite writes nothing, NaN where no bound is known.</param>
public sealed record ErrorBound(string Formula, ImmutableArray<double> Slack)
{
    /// <summary>The unit roundoff of float32.</summary>
    public const double Roundoff = 1.0 / (1 << 24);

    /// <summary>Roundings of the longest sum that has a bound: K u = 2^-8. Beyond it the bound would allow for more than a missing term, and at K u = 1 there is none.</summary>
    private const int MostRoundings = 1 << 16;

    /// <summary>Why no bound is known for some elements, where that is not the numbers' fault; null else.</summary>
    public string? Unknown { get; init; }

    /// <summary>The smallest normal float32, below which approximations may return 0.</summary>
    public const double LeastNormal = 1.1754943508222875e-38;

    /// <summary>
    /// For sums of float32 products in any order, fused or not: each computed one is within gamma * (sum of the terms' magnitudes) of the exact one, gamma = K u / (1 - K u), so that
    /// two are within twice that (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). Results below the normal numbers add half a step a rounding.
    /// </summary>
    /// <param name="roundings">K: roundings that a term goes through, at most. No bound is known where K u exceeds 2^-8.</param>
    /// <param name="term">What a magnitude is the sum of, for the formula.</param>
    /// <param name="magnitudes">Of each element, not below the exact sum.</param>
    /// <param name="flushes">Whether what is below the normal numbers may have become 0, in every rounding.</param>
    public static ErrorBound OfSums(int roundings, string term, ReadOnlySpan<float> magnitudes, bool flushes)
    {
        bool isTooLong = roundings is < 0 or > MostRoundings;
        double gamma = roundings * Roundoff / (1 - roundings * Roundoff), least = 2.0 * roundings * (flushes ? LeastNormal : float.Epsilon);
        ImmutableArray<double>.Builder slack = ImmutableArray.CreateBuilder<double>(magnitudes.Length);
        foreach (float magnitude in magnitudes)
            slack.Add(float.IsFinite(magnitude) && !isTooLong ? 2 * gamma * magnitude + least : double.NaN);
        return new(string.Create(CultureInfo.InvariantCulture, $"2 gamma sum {term}, gamma = K u / (1 - K u), K = {roundings}, u = 2^-24"), slack.MoveToImmutable())
        {
            Unknown = isTooLong ? string.Create(CultureInfo.InvariantCulture,
                $"no bound is known for its sums: each has {roundings} roundings, and is too long for a bound that tells anything (expected at most {MostRoundings})") : null,
        };
    }

    /// <summary>For results of which nothing is known, whatever they are.</summary>
    /// <param name="elements">How many there are.</param>
    /// <param name="reason">See <see cref="Unknown"/>.</param>
    public static ErrorBound None(int elements, string reason) => new("none is known", [.. Enumerable.Repeat(double.NaN, elements)]) { Unknown = reason };

    /// <summary>For results that are off by a share of themselves or of something else; infinity and NaN are exact.</summary>
    /// <param name="units">The share, in units of the roundoff.</param>
    /// <param name="whole">What it is the share of, for the formula.</param>
    /// <param name="results">Of each element.</param>
    /// <param name="least">What even the smallest results may be off by.</param>
    public static ErrorBound OfShare(double units, string whole, ReadOnlySpan<float> results, double least = LeastNormal)
    {
        ImmutableArray<double>.Builder slack = ImmutableArray.CreateBuilder<double>(results.Length);
        foreach (float result in results)
            slack.Add(float.IsFinite(result) ? units * Roundoff * Math.Abs((double)result) + least : 0);
        return new(string.Create(CultureInfo.InvariantCulture, $"{units} u {whole}, u = 2^-24"), slack.MoveToImmutable());
    }
}

/// <summary>An operator some of whose results are known up to a bound (<see cref="PreparedOperator.IsExact"/>), or not at all.</summary>
public interface IBoundedOperator : IReferenceOperator
{
    /// <summary>The bound on the difference of two right computations of an output from these inputs; null where there is but one right result.</summary>
    /// <param name="ownFunctions">Whether one of them has functions of its own in place of the C library's (exponentials, logarithms, sines), each within an ulp of the exact one.</param>
    ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions);
}
