using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Explanation;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;
using OffByN.Tests.Reporting;
using Xunit;

namespace OffByN.Tests.Diagnosis;

/// <summary>The steps that explain shows end at the code that the operator gives.</summary>
public sealed class ElementTraceTests
{
    private const int Cases = 12;
    private const int Elements = 50;

    [Theory]
    [InlineData("ADD uint8", 5)]
    [InlineData("ADD int8", 5)]
    [InlineData("ADD int16", 5)]
    [InlineData("SUB int8", 5)]
    [InlineData("MUL uint8", 5)]
    [InlineData("MUL int16", 5)]
    [InlineData("SQUARED_DIFFERENCE int8", 5)]
    [InlineData("MAX_POOL_2D", 4)]
    [InlineData("AVERAGE_POOL_2D", 5)]
    [InlineData("SOFTMAX 8-bit", 6)]
    [InlineData("LOGISTIC 8-bit", 2)]
    [InlineData("LOGISTIC int16", 2)]
    public void An_element_s_last_step_is_its_code_and_others_lead_to_it(string family, int fewest)
    {
        int seen = 0;
        foreach (Profile profile in new[] { LiteRt.Ref, LiteRt.Opt })
        {
            foreach (int number in Enumerable.Range(0, Cases))
            {
                if (Run(CaseModel.Of([OperatorCases.Aimed(family, number)]), profile) is not var (prepared, inputs, codes))
                    continue;
                int[] expected = Codes.Centred(codes.Span, prepared.Outputs[0].Type, zeroPoint: 0);
                int elements = expected.Length;
                for (int flat = 0; flat < elements; flat += Math.Max(1, elements / Elements))
                {
                    ImmutableArray<TraceStep> steps = ElementTrace.Of(prepared, inputs, flat).Steps;
                    Assert.Equal(("code", expected[flat].ToString(CultureInfo.InvariantCulture)), (steps[^1].Name, steps[^1].Value));
                    Assert.InRange(steps.Length, fewest, 30);
                    seen++;
                }
            }
        }
        Assert.InRange(seen, Elements, int.MaxValue);
    }

    [Theory]
    [InlineData("LOG_SOFTMAX float32")]
    [InlineData("RESIZE_BILINEAR float32")]
    public void A_float_is_told_as_a_number_and_not_as_one_of_its_bytes(string family)
    {
        CaseModel made = CaseModel.Of([OperatorCases.Make(family, 1)]);
        ReferencePipeline pipeline = new(made.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        CandidateContext context = new(made.Graph, LiteRt.Ref, [], made.Input.Tensors, TensorSet.Empty, pipeline);
        OperatorResult computed = pipeline.Run(new(0), context.Given);
        TensorInfo output = made.Graph[made.Graph.Operators[0].Outputs[0]];
        byte[] changed = computed.Outputs[0].Data.ToArray();
        Span<float> floats = MemoryMarshal.Cast<byte, float>(changed.AsSpan());
        int last = floats.Length - 1;
        float expected = floats[last], actual = floats[last] = expected * 2 + 1;
        CandidateTensors candidate = new()
        {
            Against = IsolatedAgainst.OracleInputs, Isolated = new([KeyValuePair.Create(TensorSet.KeyOf(output.Index), computed.Outputs[0] with { Data = changed })]),
        };
        RunReport run = SampleReports.Pass.Runs[0];
        LayerComparison layer = new() { Layer = new(0), Output = 0, Operator = made.Graph.Operators[0], Tensor = output, Verdict = LayerVerdict.Diverges };

        ElementExplanation explanation = ElementExplanation.Of(context, candidate, run, layer, element: null)!;

        Assert.Equal(output.Shape!.IndexOf(last).AsEnumerable(), explanation.Element.AsEnumerable());
        Assert.Equal((Number.Of(expected), Number.Of(actual)), (explanation.ExpectedValue, explanation.ActualValue));
        Assert.Equal(((double)expected).ToString("R", CultureInfo.InvariantCulture), explanation.Expected.Steps[^1].Value);
    }

    /// <summary>The high byte alone tells these from what was expected.</summary>
    [Fact]
    public void Differences_of_16_bit_codes_have_their_pattern_said()
    {
        (PreparedOperator prepared, ImmutableArray<ReadOnlyMemory<byte>> inputs, ReadOnlyMemory<byte> codes) = Enumerable.Range(0, 100)
            .Select(number => Run(CaseModel.Of([OperatorCases.Make("ADD int16", number)]), LiteRt.Ref)).First(one => one?.Codes.Length >= 128)!.Value;
        byte[] actual = codes.ToArray();
        for (int i = 1; i < actual.Length; i += 2)
            actual[i]--;
        ImmutableArray<string> pattern = ErrorPattern.Of(new(GraphOf(prepared), prepared, inputs, codes, actual));
        Assert.Contains("every differing element is too small", pattern);
        Assert.Contains("all of them by -256", pattern);
    }

    private static Graph GraphOf(PreparedOperator prepared) => new()
    {
        Path = "", Sha256 = "", Tensors = [.. prepared.Inputs, .. prepared.Outputs], Operators = [prepared.Operator], Inputs = [], Outputs = [],
    };

    /// <summary>Null where the reference does not compute the case, or not in codes.</summary>
    private static (PreparedOperator Prepared, ImmutableArray<ReadOnlyMemory<byte>> Inputs, ReadOnlyMemory<byte> Codes)? Run(CaseModel made, Profile profile)
    {
        ReferencePipeline pipeline = new(made.Graph, profile, ImmutableHashSet<TensorIndex>.Empty);
        if (pipeline.Prepared(new(0)) is not { } prepared || prepared.Outputs[0].Type.IsFloat() || pipeline.Run(new(0), made.Input.Tensors.Given) is not { Reason: null, Outputs: [TensorValue codes, ..] })
            return null;
        return (prepared, [.. prepared.Inputs.Select(input => input.IsConstant ? input.Data : made.Input.Tensors.Given(input.Index)!.Data)], codes.Data);
    }
}
