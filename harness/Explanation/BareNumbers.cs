using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Reference.Mistakes;

namespace OffByN.Harness.Explanation;

/// <summary>One requantization without a model: an accumulator, a factor, a zero point, and what came out here and there.</summary>
/// <param name="Factors">One channel: the factor, and its scales where they are known.</param>
/// <param name="Low">Smallest code; null for no clamp.</param>
/// <param name="High">Largest code; null for no clamp.</param>
public sealed record BareNumbers(int Accumulator, Factors Factors, int ZeroPoint, int? Low, int? High, int? Expected, int? Actual)
{
    /// <summary>From a stored multiplier.</summary>
    public static Factors FactorsOf(Multiplier multiplier) => new([ChannelScale.From(multiplier)], [], ScaleFormation.Double);

    /// <summary>From the scales of input, weight and output.</summary>
    public static Factors FactorsOf(float input, float weight, float output) => new(
        [ChannelScale.From(ScaleFormation.Double.Of(input, weight, output))], [new(input, weight, output)], ScaleFormation.Double);
}

/// <summary>What one arithmetic makes of the numbers, with every intermediate.</summary>
public sealed record VariantTrace(Mistake Mistake, string? Parameter, Requantizer Requantizer, RequantizerTrace Trace)
{
    public Requantization Requantization => Requantizer.Body;

    public RequantizationSteps Steps => Trace.Steps;

    public int Code => Trace.Code;

    /// <summary>True when the arithmetic gives this code.</summary>
    public bool Gives(int? code) => code == Code;
}

/// <summary>Tracing bare numbers.</summary>
public static class BareExplanation
{
    private const int MostNames = 6;

    /// <summary>
    /// Every way to round from the accumulator to a code, in the catalogue's order; where none of them gives what was found, also the mistakes in the factor that do.
    /// </summary>
    public static ImmutableArray<VariantTrace> Of(BareNumbers numbers)
    {
        Requantizer requantizer = new(
            numbers.Factors.Own, numbers.ZeroPoint, numbers.Low ?? int.MinValue, numbers.High ?? int.MaxValue, Requantization.Reference, Requantization.Reference, 1);
        VariantTrace[] all =
        [
            .. from mistake in MistakeCatalogue.OnNumbers
               from variant in mistake.OnRequantizer!(requantizer, numbers.Factors)
               select new VariantTrace(mistake, variant.Parameter, variant.Changed, variant.Changed.Trace(numbers.Accumulator, 0)),
        ];
        VariantTrace[] roundings = [.. all.Where(IsRounding).DistinctBy(trace => (trace.Mistake, trace.Code))];
        int[] unexplained = [.. new[] { numbers.Expected, numbers.Actual }.OfType<int>().Where(code => roundings.All(trace => trace.Code != code))];
        return [.. roundings, .. all.Where(trace => !IsRounding(trace) && unexplained.Contains(trace.Code)).DistinctBy(trace => (trace.Mistake, trace.Code))];
    }

    /// <summary>
    /// The finding in one sentence: which arithmetics give the expected code and which the actual one. Legitimate ones are named first, and never called mistakes.
    /// </summary>
    public static string Finding(BareNumbers numbers, ImmutableArray<VariantTrace> traces)
    {
        if (numbers.Expected is null && numbers.Actual is null)
        {
            ImmutableArray<int> codes = [.. traces.Where(trace => trace.Mistake.IsLegitimate).Select(trace => trace.Code).Distinct().Order()];
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
            string[] legitimate = Names(trace => trace.Mistake.IsLegitimate), mistakes = Names(trace => !trace.Mistake.IsLegitimate);
            return (legitimate, mistakes) switch
            {
                ([], []) => $"No known arithmetic gives the {role} {code}.",
                ([], _) => $"The {role} {code} is given by no legitimate arithmetic, but by {Some(mistakes)}.",
                _ => $"The {role} {code} is legitimate: {string.Join(", ", legitimate)}.",
            };

            string[] Names(Func<VariantTrace, bool> holds) => [.. traces.Where(trace => trace.Gives(code) && holds(trace)).Select(trace => trace.Mistake.Name).Distinct()];
        }
    }

    private static string Some(string[] names) =>
        names.Length <= MostNames ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNames))} and {names.Length - MostNames} more";

    private static bool IsRounding(VariantTrace trace) =>
        trace.Mistake.Group is MistakeGroup.Legitimate or MistakeGroup.Rounding || trace.Mistake.Slug is "float-factor" or "multiplier-16-bit";
}
