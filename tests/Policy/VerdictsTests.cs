using System.Collections.Immutable;
using OffByN.Harness;
using OffByN.Harness.Policy;
using OffByN.Reference.Oracles;
using OffByN.Tests.Reporting;
using Xunit;

namespace OffByN.Tests.Policy;

public sealed class VerdictsTests
{
    private static readonly DateOnly Today = new(2026, 5, 1);

    private static readonly (int[]?, int[]?) Same = ([0, 0, 0], [0, 0, 0]);

    /// <summary>The depthwise convolution is off by 1 in one of 64 elements and by 2 in one; the softmax, the model's output, inherits one code in one of 3.</summary>
    private static readonly VerificationReport Off = Report(Run(Same, ([2, -1], [2, -1]), Same, Same, Same, ([0, 0, 0], [0, 1, 0])));

    private const string Output = "{layer: softmax, maxOffBy: 1, reason: y}";

    [Theory]
    [InlineData("{operator: DEPTHWISE_CONV_2D, maxOffBy: 2, reason: x}", true)]
    [InlineData("{operator: depthwise*, maxOffBy: 2, reason: x}", true)]
    [InlineData("{layer: dept*, maxOffBy: 2, reason: x}", true)]
    [InlineData("{model: net*, maxOffBy: 2, reason: x}", true)]
    [InlineData("{maxShare: 0.03125, reason: x}", true)]
    [InlineData("{minCosine: 0.999, reason: x}", true)]
    [InlineData("{operator: CONV_2D, maxOffBy: 2, reason: x}", false)]
    [InlineData("{model: mobilenet*, maxOffBy: 2, reason: x}", false)]
    [InlineData("{maxOffBy: 1, reason: x}", false)]
    [InlineData("{maxShare: 0.031, reason: x}", false)]
    [InlineData("{maxOffBy: 2, minCosine: 1, reason: x}", false)]
    [InlineData("{maxOffBy: 2, maxShare: 0.02, reason: x}", false)]
    [InlineData("{maxOffBy: 2, reason: x, expires: 2026-05-01}", true)]
    [InlineData("{maxOffBy: 2, reason: x, expires: 2026-04-30}", false)]
    public void An_allowance_allows_what_it_names_as_far_as_it_says_and_no_longer(string allowance, bool allows)
    {
        VerificationReport judged = Judge(Off, $"allow: [{allowance}, {Output}]");
        Assert.Equal(allows ? Verdict.Pass : Verdict.Fail, judged.Verdict);
        Assert.Equal(allows ? LayerVerdict.Within : LayerVerdict.Diverges, judged.Runs[0].Layers[1].Verdict);
        Assert.Equal(LayerVerdict.Within, judged.Runs[0].Layers[5].Verdict);
    }

    [Fact]
    public void What_an_operator_is_allowed_the_models_output_is_not() =>
        Assert.Equal(Verdict.Fail, Judge(Off, "allow: [{operator: DEPTHWISE_CONV_2D, maxOffBy: 2, reason: x}]").Verdict);

    [Fact]
    public void A_NaN_that_faces_a_number_is_allowed_by_nothing()
    {
        VerificationReport judged = Judge(SampleReports.Floats, "allow: [{maxShare: 1, minCosine: -1, reason: x}, {maxOffBy: 9223372036854775807, reason: x}]");
        Assert.Equal(LayerVerdict.Diverges, judged.Runs[0].Layers[1].Verdict);
        Assert.Equal(LayerVerdict.Within, judged.Runs[0].Layers[3].Verdict);
        Assert.Equal(Verdict.Fail, judged.Verdict);
    }

    [Fact]
    public void A_report_can_be_judged_again()
    {
        VerificationReport lenient = Judge(Off, "allow: [{maxOffBy: 2, reason: x}]");
        Assert.Equal(Verdict.Pass, lenient.Verdict);
        Assert.Equal(Verdict.Fail, Verdicts.Judge(Off, Gate.Exact, Today).Verdict);
    }

    [Fact]
    public void Allowances_that_nothing_needs_and_those_that_ended_are_told()
    {
        VerificationReport judged = Judge(Off, """
            allow:
              - {operator: DEPTHWISE_CONV_2D, maxOffBy: 2, reason: needed}
              - {operator: SOFTMAX, maxOffBy: 2, reason: needed too}
              - {operator: CONV_2D, maxOffBy: 2, reason: idle}
              - {operator: CONV_2D, maxOffBy: 2, reason: over, expires: 2026-01-01}
              - {model: another, maxOffBy: 2, reason: not for this model}
            """);
        Assert.Equal(
            [new(FindingKind.Unused, "nothing needs it: f:4: idle"), new(FindingKind.Expired, "expired: f:5: over (until 2026-01-01)")],
            judged.Findings.ToArray());
    }

    [Fact]
    public void Coverage_that_is_asked_for_is_enough_and_its_lack_is_not()
    {
        VerificationReport partial = Report(Run(Same, Same, (null, null), Same, Same, Same));
        Assert.Equal(Verdict.NotCompared, Judge(partial, "").Verdict);
        Assert.Equal(Verdict.Pass, Judge(partial, "coverage: {min: 0.83, reason: x}").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(partial, "coverage: {min: 0.84, reason: x}").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(partial, "coverage: {min: 0.5, reason: x, expires: 2026-04-30}").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(Report(Run((null, null), (null, null))), "coverage: {min: 0.0001, reason: x}").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(SampleReports.NotCompared, "coverage: {min: 0.0001, reason: x}").Verdict);
        Assert.Equal(FindingKind.Unused, Assert.Single(Judge(Report(Run(Same)), "coverage: {min: 0.5, reason: x}").Findings).Kind);
    }

    [Fact]
    public void Coverage_is_asked_for_by_pattern_and_the_first_rule_for_an_output_counts()
    {
        // Operator 2 is the pool; the others are compared.
        VerificationReport partial = Report(Run(Same, Same, (null, null), Same, Same, Same));
        Assert.Equal(Verdict.Pass, Judge(partial, "coverage: [{operator: AVERAGE_POOL_2D, min: 0, reason: x}]").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(partial, "coverage: [{operator: CONV_2D, min: 0, reason: x}]").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(partial, "coverage: [{operator: '*POOL*', min: 1, reason: x}, {min: 0.1, reason: y}]").Verdict);
        Assert.Equal(Verdict.Pass, Judge(partial, "coverage: [{operator: CONV_2D, min: 1, reason: x}, {min: 0.8, reason: y}]").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(partial, "coverage: [{model: other*, operator: AVERAGE_POOL_2D, min: 0, reason: x}]").Verdict);
        Assert.Equal(Verdict.NotCompared, Judge(Report(Run((null, null), (null, null))), "coverage: [{operator: '*', min: 0, reason: x}]").Verdict);
        Assert.Equal(
            [new(FindingKind.Unused, "nothing needs it: coverage, f:1: y")],
            Judge(partial, "coverage: [{operator: AVERAGE_POOL_2D, min: 0, reason: x}, {min: 0.8, reason: y}]").Findings.ToArray());
    }

    [Fact]
    public void Flavours_are_accepted_by_model()
    {
        Assert.Equal(Verdict.Pass, Judge(SampleReports.Flavours, "flavours: [{model: network*, accept: [opt]}, {accept: [ref]}]").Verdict);
        Assert.Equal(Verdict.Fail, Judge(SampleReports.Flavours, "flavours: [{model: other*, accept: [opt]}, {accept: [ref]}]").Verdict);
        Assert.Equal(Verdict.Pass, Judge(SampleReports.Flavours, "flavours: [{model: other*, accept: [ref]}]").Verdict);
    }

    [Fact]
    public void A_flavour_that_is_not_accepted_neither_passes_nor_fails()
    {
        // The candidate of this sample equals opt and differs from ref.
        Assert.Equal(Verdict.Pass, Judge(SampleReports.Flavours, "flavours: [opt, xnn]").Verdict);
        Assert.Equal(Verdict.Fail, Judge(SampleReports.Flavours, "flavours: [ref]").Verdict);
        VerificationReport none = Judge(SampleReports.Flavours, "flavours: [xnn]");
        Assert.Equal(Verdict.NotCompared, none.Verdict);
        Assert.Equal(new Finding(FindingKind.NotCompared, "the policy accepts xnn and nothing else, and ref, opt was compared"), Assert.Single(none.Findings));
    }

    [Theory]
    [InlineData("minTop1Agreement: 0.5", Verdict.Pass)]
    [InlineData("minTop1Agreement: 0.51", Verdict.Fail)]
    [InlineData("maxAccuracyDrop: 0.5", Verdict.Pass)]
    [InlineData("maxAccuracyDrop: 0.49", Verdict.Fail)]
    [InlineData("{minTop1Agreement: 1, output: other}", Verdict.NotCompared)]
    public void Accuracy_is_over_all_inputs(string rule, Verdict verdict)
    {
        RunReport right = Run(Same) with { InputName = "a", Rankings = [new("softmax", 1, 1, 1, [], (7, 7))] };
        RunReport flipped = Run(Same) with { InputName = "b", Rankings = [new("softmax", 1, 0, 1, [new(0, 8, 9, 2)], (8, 9))] };
        string policy = rule[0] == '{' ? $"accuracy: {rule}" : $"accuracy: {{{rule}}}";
        VerificationReport judged = Judge(Report(right, flipped), policy, [7, 8]);
        Assert.Equal(verdict, judged.Verdict);
        OutputAccuracy accuracy = Assert.Single(judged.Accuracy);
        Assert.Equal((2, 1, 2, new RightAnswers(2, 2, 1)), (accuracy.Rankings, accuracy.Top1, accuracy.Top5, accuracy.Right));
        Assert.Equal(new InputFlip("b", new(0, 8, 9, 2)), Assert.Single(accuracy.Flips));
    }

    [Fact]
    public void Without_labels_an_accuracy_that_needs_them_is_not_compared() =>
        Assert.Equal(Verdict.NotCompared, Judge(Report(Run(Same) with { Rankings = [new("softmax", 1, 1, 1, [], (7, 7))] }), "accuracy: {maxAccuracyDrop: 1}").Verdict);

    private static RunReport Run(params ImmutableArray<(int[]?, int[]?)> differences) => SampleReports.Run(Flavour.Ref, "dog.ppm", differences);

    private static VerificationReport Report(params ImmutableArray<RunReport> runs) => SampleReports.Of(runs);

    private static VerificationReport Judge(VerificationReport report, string policy, params ImmutableArray<int> labels) =>
        Verdicts.Judge(report, new Gate(PolicyFile.Parse(policy, "f"), null, labels), Today);
}
