using System.Collections.Immutable;
using OffByN.Harness.Stress;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Xunit;
using Xunit.Abstractions;

namespace OffByN.Tests.Operators;

/// <summary>
/// The reference against real TFLite, operator by operator. OFFBYN_CASES=300 makes that many cases of each family instead of the sample;
/// OFFBYN_FAMILY names families. A failing case prints the command that repeats it.
/// </summary>
public sealed class OperatorTests(ITestOutputHelper log)
{
    private const int CasesPerFamily = 14;

    /// <summary>Families that the library of 2.9.0 refuses altogether.</summary>
    private static readonly string[] NativeLacks = ["ATAN2", "BATCH_MATMUL int16 int8", "BITCAST", "BITWISE_XOR", "CONV_2D groups", "EXP", "LOG", "RELU_0_TO_1", "RELU_0_TO_1 numbers", "RIGHT_SHIFT", "SIGN", "SQRT", "TRANSPOSE_CONV float32 int8", "CONV_2D int8 int4", "DEPTHWISE_CONV_2D int8 int4", "FULLY_CONNECTED int8 int4", "UNSORTED_SEGMENT_SUM", "UNSORTED_SEGMENT_PROD", "UNSORTED_SEGMENT_MAX", "UNSORTED_SEGMENT_MIN"];

    /// <summary>Families of which a case kills it, or is not the same in two runs, so that each case would have to run in a process of its own.</summary>
    private static readonly string[] NativeDies = ["ADD ranks", "MUL ranks", "BATCH_MATMUL float32 int8"];

    [SkippableFact]
    public Task The_reference_equals_LiteRT_bit_for_bit_in_every_flavour() => CompareAsync(Requirement.LiteRt(), IsUnknownOfLiteRt, [], []);

    [SkippableFact]
    public Task The_reference_equals_the_native_library_bit_for_bit_in_every_flavour() => CompareAsync(Requirement.Native(), IsUnknownOfNative, NativeLacks, NativeDies);

    /// <summary>
    /// XNNPACK loses bits of sums beyond 28 where the weights are int4, and reads a right side that is no constant before it is there; TFLite's BATCH_MATMUL of float32 with int8 reads
    /// sums that it has not made where there are three batch axes. They are not computed.
    /// </summary>
    private static bool IsUnknownOfLiteRt(CaseOutcome outcome) => HasNoBound(outcome) || outcome.NotComputed?.StartsWith("arithmetic unknown", StringComparison.Ordinal) == true
        && (outcome.Case.Family == "BATCH_MATMUL float32 int8" || (outcome.Delegated && outcome.Case.Family == "FULLY_CONNECTED int8 int4"));

    /// <summary>Rows of numbers beyond the range of their own scale, where weights are quantized and the numbers are not.</summary>
    private static bool HasNoBound(CaseOutcome outcome) => outcome.NotComputed?.StartsWith("no bound is known", StringComparison.Ordinal) == true
        && outcome.Case.Family.Contains(" float32 int", StringComparison.Ordinal);

    /// <summary>What no arithmetic that is known here reproduces, and which therefore must not be computed: it would be a guess.</summary>
    private static bool IsUnknownOfNative(CaseOutcome outcome) =>
        outcome.NotComputed?.StartsWith("arithmetic unknown", StringComparison.Ordinal) == true;

    private async Task CompareAsync(OracleRuntime runtime, Func<CaseOutcome, bool> isUnknown, string[] lacking, string[] deadly)
    {
        ImmutableArray<CaseOutcome> outcomes = await SampledCases.RunAsync([.. SampledCases.Families().Except(deadly).SelectMany(name => SampledCases.Of(name, CasesPerFamily))], runtime);

        foreach (var group in outcomes.GroupBy(outcome => (outcome.Case.Family, outcome.Flavour)).OrderBy(group => group.Key.Family, StringComparer.Ordinal).ThenBy(group => group.Key.Flavour))
        {
            FamilyTally tally = FamilyTally.Of(group.Key.Family, group.Key.Flavour, [.. group]);
            log.WriteLine($"{group.Key.Family} {group.Key.Flavour}: {tally.Cases} cases ({tally.Delegated} delegated), {tally.Reference.Elements} elements, "
                + $"{tally.Reference.Differing} differ; {tally.Refused + tally.Died} refused, {tally.NotComputed} not computed: {string.Join("; ", tally.Reasons.Take(3))}");
            foreach (CaseOutcome bad in group.Where(outcome => outcome.NotComputed is not null || outcome.IsFailure).Take(4))
                log.WriteLine($"    {bad}");
        }
        CaseOutcome[] wrong = [.. outcomes.Where(outcome => outcome.NotCaptured is null && (outcome.NotComputed is not null != isUnknown(outcome) || outcome.IsFailure))];
        Assert.True(wrong.Length == 0, string.Join("\n", wrong.Take(10)));
        Assert.All(outcomes.Where(outcome => lacking.Contains(outcome.Case.Family)), outcome => Assert.NotNull(outcome.NotCaptured));
        // BUILTIN_REF lacks some operators, XNNPACK unpacks sparse constants for itself, that of 2.9.0 takes no shapes that values decide, and of some no arithmetic is known: what is left of those are cases that the oracle refuses.
        Assert.All(
            outcomes.Where(outcome => !IsLacking(outcome)).GroupBy(outcome => (outcome.Case.Family, outcome.Flavour))
                .Where(group => !(group.Any(isUnknown) && group.All(outcome => isUnknown(outcome) || outcome.NotCaptured is not null))),
            group => Assert.True(group.Sum(outcome => outcome.Reference?.Elements ?? 0) > 0, $"{group.Key}: nothing was compared"));

        bool IsLacking(CaseOutcome outcome) => lacking.Contains(outcome.Case.Family)
            || outcome.NotCaptured?.Reason.Contains("Didn't find op", StringComparison.Ordinal) == true
            || outcome is { Case.Code: BuiltinOperator.Densify, Flavour: Flavour.Xnn }
            || (outcome.Case.Code is BuiltinOperator.Where or BuiltinOperator.SegmentSum && outcome.NotCaptured?.Reason.Contains("the model is not loaded", StringComparison.Ordinal) == true);
    }
}
