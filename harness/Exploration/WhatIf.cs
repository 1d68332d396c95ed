using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Mistakes;

namespace OffByN.Harness.Exploration;

/// <summary>A guess about an operator, tried on every element: a hypothesis by name, or a number in the place of the model's.</summary>
/// <param name="Asked">The guess as it was asked.</param>
/// <param name="Differing">Elements in which the candidate departs from the expected.</param>
/// <param name="Scores">The best first.</param>
public sealed record WhatIf(string Asked, long Differing, ImmutableArray<Score> Scores)
{
    private const int MostShown = 5;

    private sealed record Number(string Name, Func<PreparedOperator, int, PreparedOperator?> With);

    private static readonly ImmutableArray<Number> Numbers =
    [
        // Both conventions are understood, as in explain: the right shift 6, and TFLite's exponent -6.
        new("shift", (prepared, value) => Scaled(prepared, multiplier => multiplier with { Exponent = value < 0 ? value : -value })),
        new("left-shift", (prepared, value) => Scaled(prepared, multiplier => multiplier with { Exponent = value })),
        new("multiplier", (prepared, value) => Scaled(prepared, multiplier => multiplier with { Mantissa = value })),
        new("zero-point", (prepared, value) => Requantizing(prepared, requantizer => requantizer with { ZeroPoint = value })),
        new("low", (prepared, value) => Requantizing(prepared, requantizer => requantizer with { Low = value })),
        new("high", (prepared, value) => Requantizing(prepared, requantizer => requantizer with { High = value })),
        new("input-zero-point", (prepared, value) => prepared is PreparedConvolution c ? c with { InputZeroPoint = value } : null),
        new("weight-zero-point", (prepared, value) => prepared is PreparedConvolution c ? c with { WeightZeroPoint = value } : null),
        new("padding", (prepared, value) => prepared is PreparedConvolution c ? c with { PaddingCode = value } : null),
        new("bias", (prepared, value) => prepared is PreparedConvolution c ? c with { Bias = [.. c.Bias.Select(bias => unchecked(bias + value))] } : null),
    ];

    /// <summary>What may stand before <c>=</c>, for help texts.</summary>
    public static string Names => string.Join(", ", Numbers.Select(number => number.Name));

    /// <summary>Tries a guess on one operator.</summary>
    /// <param name="diagnosis">The operator.</param>
    /// <param name="asked"><c>shift = 6</c>, or a name or part of the name of a hypothesis: <c>half-even</c>.</param>
    /// <exception cref="UserErrorException">There is no such number or hypothesis, or it says nothing of this operator.</exception>
    public static WhatIf Of(OperatorDiagnosis diagnosis, string asked)
    {
        Hypothesis[] hypotheses = asked.Contains('=', StringComparison.Ordinal) ? [Set(diagnosis.Case, asked)] : Named(diagnosis.Case, asked);
        return new(asked.Trim(), diagnosis.Differing, [.. hypotheses.Select(diagnosis.ScoreOf).OrderBy(score => score.Wrong).ThenBy(score => score.Hypothesis.Rank).Take(MostShown)]);
    }

    /// <summary>One line for each that was tried.</summary>
    public ImmutableArray<Line> Lines =>
    [
        new($"what if {Printable.Of(Asked)}:", Tone.Strong),
        .. Scores.Select(score => new Line(
            string.Create(CultureInfo.InvariantCulture, $"  {CauseSentences.Name(score.Hypothesis)}, {score.Hypothesis.Mistakes[0].Change}: explains {Sentences.Count(score.Explained)} of {Sentences.Count(Differing, "differing element")} ({Share(score):P1}), and makes {Sentences.Count(Broken(score))} wrong that are right"),
            score.IsExact ? Tone.Good : score.Explained > 0 ? Tone.Doubtful : Tone.Plain)),
    ];

    /// <summary>Elements that the candidate has right and the guess would not.</summary>
    public long Broken(Score score) => score.Wrong - (Differing - score.Explained);

    private double Share(Score score) => Differing == 0 ? 0 : (double)score.Explained / Differing;

    private static Hypothesis Set(OperatorCase one, string asked)
    {
        string[] sides = asked.Split('=', 2, StringSplitOptions.TrimEntries);
        string name = string.Join('-', sides[0].ToLowerInvariant().Split([' ', '-', '_'], StringSplitOptions.RemoveEmptyEntries));
        name = new[] { "what-if-", "output-" }.Aggregate(name, (rest, prefix) => rest.StartsWith(prefix, StringComparison.Ordinal) ? rest[prefix.Length..] : rest);
        Number number = Numbers.FirstOrDefault(known => known.Name == name) ?? throw new UserErrorException($"what if: expected one of {Names} before =, found '{Printable.Of(sides[0])}'.");
        if (!int.TryParse(sides[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
            throw new UserErrorException($"what if {name}: expected a whole number after =, found '{Printable.Of(sides[1])}'.");
        PreparedOperator changed = number.With(one.Expected, value)
            ?? throw new UserErrorException($"what if {name}: {one.Expected.Operator.Name} has no such number.");
        Mistake mistake = new(MistakeGroup.Solved, name, "", $"{name} = {sides[1]}", name == "bias" ? "added to every bias" : "in place of the model's", name, _ => []);
        return new([mistake], null, changed);
    }

    private static Hypothesis[] Named(OperatorCase one, string asked)
    {
        string wanted = asked.Trim();
        ImmutableArray<Hypothesis> all = Hypotheses.Singles(one);
        Hypothesis[] found = wanted.Length == 0 ? [] : [.. all.Where(hypothesis => hypothesis.Id == wanted || hypothesis.Mistakes[0].Slug == wanted || hypothesis.Catalogue == wanted)];
        if (found.Length == 0 && wanted.Length > 0)
            found = [.. all.Where(hypothesis => hypothesis.Id.Contains(wanted, StringComparison.OrdinalIgnoreCase) || hypothesis.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))];
        return found.Length > 0 ? found : throw new UserErrorException(
            $"what if '{Printable.Of(wanted)}': no hypothesis for this {one.Expected.Operator.Name} is called so. Say NAME = NUMBER with one of {Names}, or one of {string.Join(", ", all.Select(hypothesis => hypothesis.Mistakes[0].Slug).Distinct())}.");
    }

    private static PreparedOperator? Requantizing(PreparedOperator prepared, Func<Requantizer, Requantizer> changed) =>
        Requantized.Of(prepared) is { } requantized ? requantized.With(changed(requantized.Requantizer)) : null;

    private static PreparedOperator? Scaled(PreparedOperator prepared, Func<Multiplier, Multiplier> changed) => Requantizing(prepared, requantizer => requantizer with
    {
        Scales = [.. requantizer.Scales.Select(scale => changed(scale.Multiplier) is { Exponent: >= -31 and <= 30 } other ? other == scale.Multiplier ? scale : ChannelScale.From(other)
            : throw new UserErrorException("what if: a shift must be between 0 and 31."))],
    });
}
