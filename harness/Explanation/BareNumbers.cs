using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Reference.Mistakes;

namespace OffByN.Harness.Explanation;

/// <summary>One requantization without a model: an accumulator, a factor, a zero point, and what came out here and there.</summary>
/// <param name="Factor">The factor as each variant forms it: one mantissa and exponent for all, or from scales in its own precision.</param>
/// <param name="Low">Smallest code; null for no clamp.</param>
/// <param name="High">Largest code; null for no clamp.</param>
public sealed record BareNumbers(int Accumulator, Func<ScaleFormation, ChannelScale> Factor, int ZeroPoint, int? Low, int? High, int? Expected, int? Actual);

/// <summary>What one variant makes of the numbers, with every intermediate.</summary>
public sealed record VariantTrace(RequantizationVariant Variant, RequantizationSteps Steps, int Code)
{
    /// <summary>True when the variant gives this code.</summary>
    public bool Gives(int? code) => code == Code;
}

/// <summary>Tracing bare numbers.</summary>
public static class BareExplanation
{
    /// <summary>Every variant's way from the accumulator to a code, in the catalogue's order.</summary>
    public static ImmutableArray<VariantTrace> Of(BareNumbers numbers) =>
        [.. RequantizationVariants.All.Select(variant =>
        {
            ChannelScale factor = numbers.Factor(variant.Scale);
            Requantizer requantizer = new(
                [factor], numbers.ZeroPoint, numbers.Low ?? int.MinValue, numbers.High ?? int.MaxValue,
                variant.Requantization, variant.Requantization, 1);
            return new VariantTrace(
                variant, variant.Requantization.Steps(numbers.Accumulator, factor), requantizer.Code(numbers.Accumulator, 0));
        })];

    /// <summary>
    /// The finding in one sentence: which variants give the expected code and which the actual one. Legitimate ones are named first, and never called mistakes.
    /// </summary>
    public static string Finding(BareNumbers numbers, ImmutableArray<VariantTrace> traces)
    {
        if (numbers.Expected is null && numbers.Actual is null)
        {
            ImmutableArray<int> codes = [.. traces.Where(trace => trace.Variant.IsLegitimate).Select(trace => trace.Code).Distinct().Order()];
            return codes.Length == 1
                ? $"Every legitimate arithmetic gives {codes[0]}."
                : $"Legitimate arithmetics disagree here: {string.Join(" or ", codes)}.";
        }
        return string.Join(' ', Sentences());

        IEnumerable<string> Sentences()
        {
            if (numbers.Expected is { } expected)
                yield return Sentence("expected", expected);
            if (numbers.Actual is { } actual)
                yield return Sentence("actual", actual);
        }

        string Sentence(string role, int code)
        {
            VariantTrace[] giving = [.. traces.Where(trace => trace.Gives(code))];
            return giving.Length == 0
                ? $"No known arithmetic gives the {role} {code}."
                : $"The {role} {code} is given by {string.Join(", ", giving.Select(trace => trace.Variant.Name))}.";
        }
    }
}
