using System.Collections.Immutable;
using System.Globalization;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Comparison;

/// <summary>What comparing two tensors gave: <see cref="Metrics"/>, or <see cref="NotComparable"/> and why.</summary>
public abstract record Outcome;

/// <summary>Two tensors that could not be compared. Never a pass; <paramref name="Reason"/> is for the report.</summary>
public sealed record NotComparable(string Reason) : Outcome;

/// <summary>What a difference N = actual - expected is counted in.</summary>
public enum Unit
{
    /// <summary>Quantized codes; integers and bools as they are.</summary>
    Code,

    /// <summary>Steps from one representable floating-point number to the next; -0 and +0 are the same step.</summary>
    Ulp,
}

/// <summary>
/// How far a float may be from the oracle's without being <see cref="Metrics.Beyond"/>: at most <paramref name="Ulps"/> steps of its type, or where there is a
/// <see cref="Slack"/>, at most that. A NaN or an infinity that faces anything but itself is beyond every bound.
/// </summary>
public readonly record struct FloatBound(ulong Ulps)
{
    /// <summary>0 ulp: what operators that only copy, convert or multiply once owe.</summary>
    public static readonly FloatBound Exact;

    /// <summary>Largest |difference| of each element, in real units; infinity for elements that are not compared, whatever they hold; with a NaN the tensor is not comparable. Empty: by <see cref="Ulps"/>.</summary>
    public ReadOnlyMemory<double> Slack { get; init; }

    /// <summary>The slack's formula, for reports; null for a bound in ulps.</summary>
    public string? Formula { get; init; }

    /// <summary>Why the slack has a NaN, where that is not the numbers' fault; null else.</summary>
    public string? Unknown { get; init; }

    /// <summary>The bound that a reference operator states; exact without one.</summary>
    public static FloatBound Of(ErrorBound? bound) => bound is null ? Exact : new(ulong.MaxValue) { Slack = bound.Slack.AsMemory(), Formula = bound.Formula, Unknown = bound.Unknown };
}

/// <summary>One element's value, exact: an integer of any element type, or a float widened to double.</summary>
public readonly record struct Number
{
    private Number(Int128 integer, double real, bool isReal) => (Integer, Real, IsReal) = (integer, real, isReal);

    /// <summary>The value when not <see cref="IsReal"/>, else 0.</summary>
    public Int128 Integer { get; }

    /// <summary>The value when <see cref="IsReal"/>, else 0.</summary>
    public double Real { get; }

    public bool IsReal { get; }

    public static Number Of(Int128 integer) => new(integer, 0, false);

    public static Number Of(double real) => new(0, real, true);

    public override string ToString() => IsReal
        ? Real.ToString("R", CultureInfo.InvariantCulture)
        : Integer.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The element that differs most: its place, row-major, and both values.</summary>
public sealed record Worst(ImmutableArray<int> Index, long Flat, Number Expected, Number Actual);

/// <summary>How many elements have <paramref name="From"/> &lt;= actual - expected &lt;= <paramref name="To"/>. Never empty.</summary>
public readonly record struct Bin(Int128 From, Int128 To, long Count);
