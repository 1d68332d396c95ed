using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Harness.Comparison;

/// <summary>Compares two tensors, element by element, in one pass.</summary>
public static class TensorComparer
{
    /// <summary>
    /// How far <paramref name="actual"/> is from <paramref name="expected"/>. Every input gets an answer: what cannot be compared
    /// (another type or shape, too few bytes, a type without numbers, or memory that both share, so that nothing could differ)
    /// is <see cref="NotComparable"/>. <paramref name="quantization"/> is of both: its zero point is what cosine and SQNR count from,
    /// its scale makes codes real; per-channel, all zero points are the same and there is no single scale. Floats do not use it.
    /// <paramref name="bound"/> is for floats; integers differ or do not.
    /// </summary>
    public static Outcome Compare(TensorValue expected, TensorValue actual, Quantization? quantization, FloatBound bound)
    {
        if (expected.Type != actual.Type)
            return new NotComparable($"expected type {expected.Type.Lower()}, found {actual.Type.Lower()}");
        if (!expected.Shape.Equals(actual.Shape))
            return new NotComparable($"expected shape {expected.Shape}, found {actual.Shape}");
        if (ElementComparison.Of(expected.Type) is not { } elements)
            return new NotComparable($"tensors of type {expected.Type.Lower()} are not compared");
        long bytes = (long)elements.Width * expected.Shape.Elements;
        if (expected.Data.Length != bytes || actual.Data.Length != bytes)
            return new NotComparable($"expected {bytes} bytes for {expected.Type.Lower()} {expected.Shape} on both sides, "
                + $"found {expected.Data.Length} expected and {actual.Data.Length} actual");
        if (bound.Slack.Length is > 0 and var bounded && bounded != expected.Shape.Elements)
            return new NotComparable($"expected a bound for each of {expected.Shape.Elements} elements, found {bounded}");
        if (IsUnknownSomewhere(bound))
            return new NotComparable(bound.Unknown ?? "no bound is known for all of its elements: an input is infinite or not a number, or sums overflow");
        if (expected.Data.Span.Overlaps(actual.Data.Span))
            return new NotComparable("expected and actual lie in the same memory: a tensor would be compared with itself");
        return Measure(elements, expected, actual, quantization, bound);
    }

    private static bool IsUnknownSomewhere(FloatBound bound)
    {
        foreach (double slack in bound.Slack.Span)
        {
            if (double.IsNaN(slack))
                return true;
        }
        return false;
    }

    private static Metrics Measure(
        ElementComparison elements, TensorValue expected, TensorValue actual, Quantization? quantization, FloatBound bound)
    {
        bool isFloat = expected.Type.IsFloat();
        Tally tally = elements.Compare(expected.Data.Span, actual.Data.Span, quantization?.ZeroPoint ?? 0, bound);
        return new Metrics
        {
            Unit = isFloat ? Unit.Ulp : Unit.Code,
            Elements = expected.Shape.Elements - tally.LeftOut,
            Differing = tally.Differing,
            Beyond = tally.Beyond,
            MaxAbs = tally.MaxAbs,
            Worst = tally.Differing == 0 ? null : new Worst(
                expected.Shape.IndexOf(tally.WorstFlat),
                tally.WorstFlat,
                elements.ElementAt(expected.Data.Span, tally.WorstFlat),
                elements.ElementAt(actual.Data.Span, tally.WorstFlat)),
            Histogram = tally.Histogram,
            Sums = tally.Sums,
            Bound = isFloat ? bound.Formula : null,
            Scale = isFloat ? 1 : quantization is { IsPerChannel: false } ? quantization.Scale : null,
        };
    }
}
