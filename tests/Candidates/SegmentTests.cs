using System.Text;
using CsCheck;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Policy;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Mistakes;
using OffByN.Reference.Oracles;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Candidates;

/// <summary>Dumps of devices that fuse operators and have no values between them.</summary>
public sealed class SegmentTests
{
    private static readonly int Last = DemoDumps.Graph.Operators.Length - 1;

    /// <summary>Every third operator's output.</summary>
    private static readonly int[] Thirds = [.. Enumerable.Range(0, Last + 1).Where(layer => layer % 3 == 0)];

    [Fact]
    public async Task What_lies_between_dumped_tensors_is_compared_as_one_and_said_to_be()
    {
        RunReport run = Assert.Single((await DemoDumps.VerifyAsync((await DemoDumps.TensorsAsync()).Keep(Thirds))).Runs);

        Assert.Null(run.Layers[0].Segment);
        Assert.Equal([4, 5, 6], run.Layers[6].Segment!.Operators.Select(layer => layer.Value));
        Assert.Equal((LayerVerdict.Equal, "own-inputs", 0), (run.Layers[6].Verdict, run.Layers[6].Isolated!.Against, run.Layers[6].Isolated!.Differing));
        Assert.True(run.Layers[5].IsCovered);
        Assert.Equal("the candidate gave no value; it lies within operators 4 to 6, which are compared as one at operator 6", run.Layers[5].Reason);
        Assert.Empty(run.Frontier!.Value);
    }

    [Fact]
    public async Task An_operator_inside_a_segment_is_not_compared_and_passes_only_where_a_policy_says_so()
    {
        VerificationReport report = await DemoDumps.VerifyAsync((await DemoDumps.TensorsAsync()).Keep(Thirds));
        Gate fused = Gate.Exact with { Policy = new() { Coverage = [new(0.3m, new("offbyn.yaml:1", "the device fuses three operators", null))] } };

        Assert.Equal((3, Thirds.Length), (report.ExitCode, report.Runs[0].Coverage.Compared));
        Assert.Equal(0, Verdicts.Judge(report, fused, DateOnly.MinValue).ExitCode);
    }

    [Fact]
    public Task A_difference_is_that_of_the_segment_it_lies_in_and_of_no_other() =>
        Gen.Select(Gen.Int[0, Last - 3], Gen.Int[0, Last].Array[1, 8]).SampleAsync(
            async (wrong, kept) =>
            {
                int[] layers = [.. kept.Append(Last - 2).Append(Last).Distinct().Order()];
                TensorSet dump = await DemoDumps.WrongAtAsync(wrong, off: 40);
                RunReport run = Assert.Single((await DemoDumps.VerifyAsync(dump.Keep(layers))).Runs);

                // The first kept tensor from there on shows it, unless what lies between has erased it.
                int first = layers.First(layer => layer >= wrong);
                bool isErased = run.Layers[first].Cumulative!.Differing == 0;
                Assert.Equal(isErased ? [] : [first], run.Frontier!.Value.Select(layer => layer.Value));
                Assert.All(run.Layers.Where(layer => layer.Verdict == LayerVerdict.Inherited), layer => Assert.Equal([first], layer.InheritedFrom.Select(origin => origin.Value)));
                Assert.All(layers, layer => Assert.NotNull(run.Layers[layer].Isolated));
            },
            iter: 12, threads: 1);

    [Fact]
    public async Task With_only_the_final_output_the_frontier_is_unknown_whether_it_differs_or_not()
    {
        VerificationReport equal = await DemoDumps.VerifyAsync((await DemoDumps.TensorsAsync()).Keep([Last]));
        VerificationReport wrong = await DemoDumps.VerifyAsync((await DemoDumps.WrongAtAsync(Last)).Keep([Last]));

        Assert.Equal((3, (LayerVerdict.Equal, null)), (equal.ExitCode, (equal.Runs[0].Layers[Last].Verdict, equal.Runs[0].Frontier)));
        Assert.Equal((1, (LayerVerdict.Diverges, null)), (wrong.ExitCode, (wrong.Runs[0].Layers[Last].Verdict, wrong.Runs[0].Frontier)));
        Assert.Contains("\"frontier\": null", Written(stream => JsonReport.Write(wrong, stream)), StringComparison.Ordinal);
        Assert.Contains($"operators 0 to {Last}, up to SOFTMAX, as one differ from litert 2.3.0 ref by up to 1 code; which of them causes it is unknown", Sentences(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_report_shows_the_segment_and_what_it_covers()
    {
        VerificationReport report = await DemoDumps.VerifyAsync((await DemoDumps.WrongAtAsync(5, off: 40)).Keep(Thirds));

        Assert.Contains("operators 4 to 6, up to CONV_2D", Sentences(report), StringComparison.Ordinal);
        Assert.Contains($"coverage: {Thirds.Length}/{Last + 1} operator outputs compared, {Last + 1 - Thirds.Length} more only as parts of segments", Sentences(report), StringComparison.Ordinal);
        foreach (string text in new[] { Sentences(report), Markdown(report), Written(stream => HtmlReport.Write(report, stream)) })
        {
            Assert.Contains("DIVERGES (as one with operators 4 to 5)", text, StringComparison.Ordinal);
            Assert.Contains("within operators 4 to 6", text, StringComparison.Ordinal);
        }
        Assert.Contains("(as one with operators 4 to 5)", Written(stream => JUnitReport.Write(report, stream)), StringComparison.Ordinal);
        Assert.Contains("operators 4 to 6, up to CONV_2D", Written(stream => SarifReport.Write(report, stream)), StringComparison.Ordinal);
        Assert.Contains("\"segment\":[4,6]", string.Concat(Written(stream => JsonReport.Write(report, stream)).Where(c => !char.IsWhiteSpace(c))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_at_the_end_of_a_segment_is_named_though_its_inputs_were_not_dumped()
    {
        TensorSet right = await DemoDumps.TensorsAsync();
        CandidateContext context = await DemoDumps.ContextAsync();
        PreparedOperator prepared = context.Reference.Prepared(new(6))!;
        Mistake truncation = MistakeCatalogue.All.Single(mistake => mistake.Slug == "float-truncated");
        byte[] codes = Recomputation.Of(prepared, [.. prepared.Inputs.Select(input => input.IsConstant ? input.Data : context.OracleValue(input.Index)!.Data)])
            .Run(truncation.Variants(new(DemoDumps.Graph, prepared)).First().Prepared);
        string key = TensorSet.KeyOf(prepared.Outputs[0].Index);
        TensorSet dump = new(right.Keep(Thirds).Tensors.SetItem(key, right.Tensors[key] with { Data = codes }));

        LayerComparison layer = Assert.Single((await DemoDumps.VerifyAsync(dump)).Runs).Layers[6];

        Assert.NotNull(layer.Segment);
        Assert.Equal(LayerVerdict.Diverges, layer.Verdict);
        Assert.True(layer.Causes[0].IsConfirmed);
        Assert.Contains("float-truncated:float32", layer.Causes[0].Members.Select(member => member.Hypothesis.Id));
    }

    [Fact]
    public async Task Another_rounding_throughout_is_named_through_segments_of_several_convolutions()
    {
        Capture xnnpack = Assert.Single(await DemoDumps.Oracle.CaptureAsync([new(DemoDumps.Graph, Tapping.Tap(DemoDumps.Model, DemoDumps.Graph), DemoDumps.Input, Flavour.Xnn)])).Capture!;

        RunReport run = Assert.Single((await DemoDumps.VerifyAsync(xnnpack.Tensors.Keep(Thirds))).Runs);

        Assert.NotEmpty(run.Frontier!.Value);
        Cause cause = Assert.Single(run.Diagnosis);
        Assert.True(cause is { IsLegitimate: true, Score.IsExact: true }, cause.Hypothesis.Id);
        Assert.Contains("xnnpack", cause.Members.Select(member => member.Hypothesis.Id));
        Assert.Equal(string.Join(" ", run.Frontier!.Value), string.Join(" ", cause.Operators));
    }

    private static string Sentences(VerificationReport report)
    {
        using TestConsole console = new() { Profile = { Width = 400 } };
        TerminalReport.Write(report, console, allLayers: true);
        return console.Output.Replace("\n", " ", StringComparison.Ordinal);
    }

    private static string Markdown(VerificationReport report)
    {
        using StringWriter text = new();
        MarkdownReport.Write(report, text);
        return text.ToString();
    }

    private static string Written(Action<Stream> write)
    {
        using MemoryStream stream = new();
        write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
