using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Xunit;
using Xunit.Abstractions;

namespace OffByN.Tests.Operators;

/// <summary>
/// The reference against real TFLite, operator by operator. OFFBYN_CASES=300 makes that many cases of each family instead of the sample; OFFBYN_CASE, as a
/// failing case prints it, repeats that case alone.
/// </summary>
public sealed class OperatorTests(ITestOutputHelper log)
{
    private const int CasesPerFamily = 16;

    /// <summary>Families that the library of 2.9.0 refuses altogether.</summary>
    private static readonly string[] NativeLacks = ["EXP", "LOG", "RELU_0_TO_1", "SQRT"];

    [SkippableFact]
    public Task The_reference_equals_LiteRT_bit_for_bit_in_every_flavour() => CompareAsync(Requirement.LiteRt(), _ => false, []);

    [SkippableFact]
    public Task The_reference_equals_the_native_library_bit_for_bit_in_every_flavour() => CompareAsync(Requirement.Native(), IsUnknownOfNative, NativeLacks);

    /// <summary>What no arithmetic that is known here reproduces, and which therefore must not be computed: it would be a guess.</summary>
    private static bool IsUnknownOfNative(CaseOutcome outcome) =>
        outcome.Missing?.StartsWith("arithmetic unknown", StringComparison.Ordinal) == true
        || (outcome.Case.Family == "ELU" && outcome.Delegated)
        || (outcome.Case.Family == "CAST" && outcome.Case.Inputs[0].Type == TensorType.Float32 && outcome.Case.Output.Type is TensorType.Int8 or TensorType.UInt8);

    private async Task CompareAsync(OracleRuntime runtime, Func<CaseOutcome, bool> isUnknown, string[] lacking)
    {
        ImmutableArray<OperatorCase> cases = [.. OperatorCases.Names
            .Where(name => Environment.GetEnvironmentVariable("OFFBYN_FAMILY") is not { Length: > 0 } only || only.Split(',').Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            .SelectMany(name => OperatorCases.Sample(name, CasesPerFamily))];
        ImmutableArray<CaseOutcome> outcomes = await OperatorOracle.RunAsync(cases, runtime);

        foreach (var group in outcomes.GroupBy(outcome => (outcome.Case.Family, outcome.Flavour)).OrderBy(group => group.Key.Family, StringComparer.Ordinal).ThenBy(group => group.Key.Flavour))
        {
            CaseOutcome[] compared = [.. group.Where(outcome => outcome.Refused is null && outcome.Missing is null)];
            log.WriteLine($"{group.Key.Family} {group.Key.Flavour}: {compared.Length} cases ({compared.Count(o => o.Delegated)} delegated), {compared.Sum(o => (long)o.Elements)} elements, "
                + $"{compared.Sum(o => (long)o.Differing)} differ in {compared.Count(o => o.Differing > 0)} cases; {group.Count(o => o.Refused is not null)} refused, {group.Count(o => o.Missing is not null)} not computed");
            foreach (IGrouping<string, CaseOutcome> reason in group.Where(o => o.Refused is not null).GroupBy(o => o.Refused!).Take(3))
                log.WriteLine($"    refused x{reason.Count()}: {reason.Key.ReplaceLineEndings(" ")}  {reason.First().Case}");
            foreach (CaseOutcome bad in group.Where(o => o.Missing is not null || o.Differing > 0).Take(4))
                log.WriteLine($"    {bad}");
        }
        CaseOutcome[] wrong = [.. outcomes.Where(outcome => outcome.Refused is null && (outcome.Missing is not null != isUnknown(outcome) || outcome.Differing > 0))];
        Assert.True(wrong.Length == 0, string.Join("\n", wrong.Take(10)));
        Assert.All(outcomes.Where(outcome => lacking.Contains(outcome.Case.Family)), outcome => Assert.NotNull(outcome.Refused));
        // BUILTIN_REF lacks some operators, and of some no arithmetic is known: what is left of those are cases that the oracle refuses.
        Assert.All(outcomes
            .Where(outcome => outcome.Refused?.Contains("Didn't find op", StringComparison.Ordinal) != true
                && !lacking.Contains(outcome.Case.Family) && !(outcome.Delegated && outcome.Case.IsUnknownOfDelegate))
            .GroupBy(outcome => (outcome.Case.Family, outcome.Flavour))
            .Where(group => !(group.Any(isUnknown) && group.All(outcome => isUnknown(outcome) || outcome.Refused is not null))),
            group => Assert.True(group.Sum(outcome => outcome.Elements) > 0, $"{group.Key}: nothing was compared"));
    }
}
