using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Harness.Stress;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;
using OffByN.Tests.Operators;
using Xunit;
using Xunit.Abstractions;

namespace OffByN.Tests.Kernels;

/// <summary>
/// Every kernel beside the C# reference, which its own tests hold to LiteRT, on the generated cases of every operator. OFFBYN_CASES and OFFBYN_FAMILY choose other cases
/// than the sample, as in <see cref="OperatorTests"/>.
/// </summary>
[Collection(OpenClFixture.Name)]
public sealed class OperatorKernelTests(OpenClFixture opencl, ITestOutputHelper log)
{
    private const int CasesPerFamily = 6;

    /// <summary>What no kernel computes, since its results are those of the host's C library, or of float64.</summary>
    private static readonly string[] NotOnDevices =
    [
        "LOG on float32 without subnormal numbers depends on the device's own logarithm", "LOG_SOFTMAX in float32 depends on the device's own logarithm",
        "FLOOR_DIV of float32 floors a float64 quotient, which no OpenCL kernel has",
        "NON_MAX_SUPPRESSION_V5 lowers scores by the device's own exponential, which may choose another box",
        "no OpenCL kernel requantizes sums of int16 products in floating point", "no OpenCL kernel computes TFLite_Detection_PostProcess of float32",
        .. new[] { "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "RNN", "UNIDIRECTIONAL_SEQUENCE_RNN" }.Select(name => $"no OpenCL kernel computes {name} of float32"),
    ];

    public static TheoryData<string> Profiles => [.. KnownProfiles.All.Select(profile => profile.Name)];

    [SkippableTheory]
    [MemberData(nameof(Profiles))]
    public void Kernels_equal_the_reference_bit_for_bit_or_within_the_bound_of_their_own_functions(string profile)
    {
        OpenClDevice device = opencl.Device();
        CaseModel model = CaseModel.Of([.. SampledCases.Families().SelectMany(family => SampledCases.Of(family, CasesPerFamily))]);
        // What xnn does not delegate is computed as in opt.
        bool isDelegated = profile.EndsWith("/xnn", StringComparison.Ordinal);
        ImmutableArray<Outcome> outcomes = Compare(device, model, KnownProfiles.Named(profile), isDelegated ? [.. model.Graph.Outputs] : []);

        foreach (IGrouping<string, Outcome> family in outcomes.GroupBy(outcome => outcome.Case.Family))
        {
            log.WriteLine($"{family.Key}: {family.Count(outcome => outcome.IsCompared)} cases, {family.Sum(outcome => outcome.Elements)} elements, "
                + $"{family.Count(outcome => outcome.Difference is not null)} differ; not computed: {string.Join("; ", family.Select(outcome => outcome.Reason).OfType<string>().Distinct())}");
        }
        log.WriteLine($"together: {outcomes.Count(outcome => outcome.IsCompared)} cases, {outcomes.Sum(outcome => outcome.Elements)} elements");
        Assert.Empty(outcomes.Where(outcome => outcome.Difference is not null).Take(10));
        Assert.Empty(outcomes.Where(outcome => outcome.Reason is { } reason && !NotOnDevices.Contains(reason)).Take(10));
        Assert.All(
            outcomes.Where(outcome => outcome.Reason is null).GroupBy(outcome => outcome.Case.Family),
            family => Assert.True(family.Sum(outcome => outcome.Elements) > 0, $"{family.Key}: nothing was compared"));
    }

    /// <summary>The cases that the reference computes. The kernels must not compute any other.</summary>
    private static ImmutableArray<Outcome> Compare(OpenClDevice device, CaseModel model, Profile profile, ImmutableHashSet<TensorIndex> delegated)
    {
        ReferencePipeline reference = new(model.Graph, profile, delegated);
        using OpenClPipeline pipeline = new(device, model.Graph, profile, delegated);
        TensorSet inputs = WithStates(model);
        OpenClCapture capture = pipeline.RunIsolated(inputs);
        ImmutableArray<Outcome>.Builder outcomes = ImmutableArray.CreateBuilder<Outcome>();
        foreach ((Operator op, OperatorCase one) in model.Graph.Operators.Zip(model.Cases))
        {
            OperatorResult expected = reference.Run(op.Index, inputs.Given);
            string? reason = capture.NotComputed.GetValueOrDefault(op.Index);
            if (expected.Reason is null)
                outcomes.Add(reason is not null ? new(one) { Reason = reason }
                    : reference.Prepared(op.Index)!.CallsLibrary
                        ? Within(one, op, expected.Outputs[0], capture.Tensors, reference.BoundOf(op.Index, 0, inputs.Given, ownFunctions: true)!)
                    : Compare(one, KeysOf(model.Graph, op), expected.Outputs.AddRange(expected.States), capture.Tensors));
            else
                Assert.True(reason is not null, $"computed, although the reference says {expected.Reason}: {one}");
        }
        return outcomes.ToImmutable();
    }

    private static Outcome Within(OperatorCase one, Operator op, TensorValue expected, TensorSet actual, ErrorBound bound) =>
        TensorComparer.Compare(expected, actual.Tensors[TensorSet.KeyOf(op.Outputs[0])], null, FloatBound.Of(bound)) is Metrics metrics
            ? new(one) { IsCompared = true, Elements = metrics.Elements, Difference = metrics.Beyond == 0 ? null : $"{metrics.Beyond} of {metrics.Elements} beyond {metrics.Bound}" }
            : new(one) { Reason = "no bound is known" };

    /// <summary>With states in the middle of a sequence.</summary>
    private static TensorSet WithStates(CaseModel model)
    {
        Random random = new(7);
        return new(model.Input.Tensors.Tensors.Concat(model.Graph.Tensors.Where(tensor => tensor.IsVariable).Select(tensor =>
        {
            byte[] state = new byte[tensor.Type.Bytes(tensor.Shape!.Elements)];
            random.NextBytes(state);
            if (tensor.Type == TensorType.Float32)
                state = MemoryMarshal.AsBytes<float>([.. state.Where((_, at) => at % sizeof(float) == 0).Select(code => (code - 128) / 100f)]).ToArray();
            return KeyValuePair.Create(TensorSet.InitialStateKeyOf(tensor.Index), new TensorValue(tensor.Type, tensor.Shape, state));
        })));
    }

    private static IEnumerable<string> KeysOf(Graph graph, Operator op) =>
        op.Outputs.Select(TensorSet.KeyOf).Concat(graph.StatesOf(op).Select(state => TensorSet.StateKeyOf(state.Index)));

    private static Outcome Compare(OperatorCase one, IEnumerable<string> keys, ImmutableArray<TensorValue> expected, TensorSet actual)
    {
        Outcome outcome = new(one) { IsCompared = true };
        foreach ((string key, TensorValue value) in keys.Zip(expected))
        {
            ReadOnlySpan<byte> left = WithOneNaN(value), right = WithOneNaN(actual.Tensors[key]);
            int same = left.CommonPrefixLength(right);
            outcome = outcome with
            {
                Elements = outcome.Elements + value.Shape.Elements,
                Difference = outcome.Difference ?? (left.Length == right.Length && same == left.Length ? null
                    : $"byte {same} of {left.Length} and {right.Length}: {Around(left, same)} expected, {Around(right, same)} found"),
            };
        }
        return outcome;
    }

    /// <summary>NaN is NaN, whatever its other bits are.</summary>
    private static ReadOnlySpan<byte> WithOneNaN(TensorValue value)
    {
        if (value.Type != TensorType.Float32)
            return value.Data.Span;
        float[] numbers = MemoryMarshal.Cast<byte, float>(value.Data.Span).ToArray();
        return MemoryMarshal.AsBytes(numbers.Select(x => float.IsNaN(x) ? float.NaN : x).ToArray().AsSpan());
    }

    private static string Around(ReadOnlySpan<byte> data, int at) => Convert.ToHexString(data[Math.Min(at / 8 * 8, data.Length)..Math.Min(at / 8 * 8 + 8, data.Length)]);

    /// <summary>What came of a case. <see cref="Reason"/>: why it was not computed.</summary>
    private sealed record Outcome(OperatorCase Case)
    {
        public bool IsCompared { get; init; }

        public long Elements { get; init; }

        public string? Difference { get; init; }

        public string? Reason { get; init; }

        public override string ToString() => $"{Difference ?? Reason}  {Case}";
    }
}
