using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress;

/// <summary>How far one party's outputs of a case are from the oracle's.</summary>
/// <param name="Elements">Elements compared, of all outputs.</param>
/// <param name="First">The element that differs most, of the first output or state that differs; empty when nothing differs.</param>
public sealed record Difference(long Elements, long Differing, string First)
{
    public static readonly Difference None = new(0, 0, "");
}

/// <summary>What came of one case in one flavour of the oracle.</summary>
public sealed record CaseOutcome(OperatorCase Case, Flavour Flavour)
{
    /// <summary>Whether the oracle gave the operator to its delegate.</summary>
    public bool Delegated { get; init; }

    /// <summary>Why the oracle gave nothing; null when it gave something.</summary>
    public NotCaptured? NotCaptured { get; init; }

    /// <summary>The oracle's outputs, in order, and behind them its states after the run; empty when it gave nothing.</summary>
    public ImmutableArray<TensorValue> Oracle { get; init; } = [];

    /// <summary>The states of the operator before the run, by the position of their input.</summary>
    public ImmutableDictionary<int, TensorValue> States { get; init; } = ImmutableDictionary<int, TensorValue>.Empty;

    /// <summary>Why the reference has no result; null when it has one.</summary>
    public string? NotComputed { get; init; }

    /// <summary>The reference against the oracle; null when one of them has no result.</summary>
    public Difference? Reference { get; init; }

    /// <summary>Why the candidate has no result; null when it has one, or there is no candidate.</summary>
    public string? NotCandidate { get; init; }

    /// <summary>The candidate against the oracle; null when one of them has no result.</summary>
    public Difference? Candidate { get; init; }

    /// <summary>True when the reference or the candidate differs from the oracle.</summary>
    public bool IsFailure => Reference is { Differing: > 0 } || Candidate is { Differing: > 0 };

    public override string ToString() => $"{Flavour.ToString().ToLowerInvariant()}{(Delegated ? " delegated" : "")}: {Says}\n  {Case}";

    private string Says => NotCaptured is { } missing ? $"the oracle {missing.Kind}: {missing.Reason}"
        : string.Join("; ", new[] { NotComputed, Say("reference", Reference), NotCandidate, Say("candidate", Candidate) }.OfType<string>());

    private static string? Say(string party, Difference? difference) =>
        difference is { Differing: > 0 } ? $"{party}: {difference.Differing} of {difference.Elements} elements differ, {difference.First}" : null;
}
