using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Golden;
using OffByN.Kernels;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>Every kernel, in every arithmetic, on random geometry and on boundary accumulators, against the specification's scalar loops.</summary>
[Collection(OpenClFixture.Name)]
public sealed class KernelTests(OpenClFixture opencl)
{
    public static TheoryData<string, TensorType> Requantizations
    {
        get
        {
            TheoryData<string, TensorType> all = [];
            foreach (string name in Arithmetics.Keys)
            {
                all.Add(name, TensorType.UInt8);
                all.Add(name, TensorType.Int8);
            }
            return all;
        }
    }

    private static ImmutableSortedDictionary<string, ConvolutionArithmetic> Arithmetics => new Dictionary<string, ConvolutionArithmetic>
    {
        ["reference"] = new(ScaleFormation.Double, Requantization.Reference),
        ["ruy"] = new(ScaleFormation.Double, Requantization.Ruy),
        ["ruy with a reference tail"] =
            new(ScaleFormation.Double, Requantization.Ruy) { TailRequantization = Requantization.Reference, TailBlock = 8 },
        ["xnnpack"] = new(ScaleFormation.FloatQuotient, Requantization.Xnnpack) { Bounds = Rounding.HalfEven },
        ["single rounding"] = new(ScaleFormation.Double, Requantization.Single),
        ["real, half away"] = new(ScaleFormation.Double, Requantization.RealHalfAway),
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    [SkippableTheory]
    [MemberData(nameof(Requantizations))]
    public void Convolutions_equal_the_specification(string arithmetic, TensorType type)
    {
        KernelCases cases = new(type, seed: arithmetic.Length);
        for (int i = 0; i < 24; i++)
        {
            cases.AddConvolution();
            cases.AddDepthwise();
        }
        for (int i = 0; i < 8; i++)
            cases.AddFullyConnected();
        ConvolutionArithmetic follows = Arithmetics[arithmetic];
        AssertEqualsSpecification(cases, ProfileOf(
            (BuiltinOperator.Conv2D, follows), (BuiltinOperator.DepthwiseConv2D, follows), (BuiltinOperator.FullyConnected, follows)));
    }

    [SkippableTheory]
    [MemberData(nameof(Requantizations))]
    public void Ties_and_extreme_accumulators_are_requantized_as_in_the_specification(string arithmetic, TensorType type)
    {
        KernelCases cases = new(type, seed: 1);
        cases.AddBoundaries();
        AssertEqualsSpecification(cases, ProfileOf((BuiltinOperator.FullyConnected, Arithmetics[arithmetic])));
    }

    [SkippableTheory]
    [InlineData(TensorType.UInt8, true)]
    [InlineData(TensorType.UInt8, false)]
    [InlineData(TensorType.Int8, true)]
    [InlineData(TensorType.Int8, false)]
    public void Averages_equal_the_specification(TensorType type, bool countsInsideOnly)
    {
        KernelCases cases = new(type, seed: 2);
        for (int i = 0; i < 40; i++)
            cases.AddAveragePool();
        AssertEqualsSpecification(cases, ProfileOf(
            (BuiltinOperator.AveragePool2D, new AveragePoolArithmetic(Rounding.HalfAway) { CountInsideOnly = countsInsideOnly })));
    }

    [SkippableTheory]
    [InlineData(TensorType.UInt8, SoftmaxMethod.FixedPoint)]
    [InlineData(TensorType.UInt8, SoftmaxMethod.FloatTable)]
    [InlineData(TensorType.Int8, SoftmaxMethod.FixedPoint)]
    [InlineData(TensorType.Int8, SoftmaxMethod.FloatTable)]
    public void Softmax_equals_the_specification(TensorType type, SoftmaxMethod method)
    {
        KernelCases cases = new(type, seed: 3);
        for (int i = 0; i < 60; i++)
            cases.AddSoftmax();
        AssertEqualsSpecification(cases, ProfileOf((BuiltinOperator.Softmax, new SoftmaxArithmetic(method))));
    }

    [SkippableFact]
    public void Reshape_copies()
    {
        KernelCases cases = new(TensorType.Int8, seed: 4);
        for (int i = 0; i < 10; i++)
            cases.AddReshape();
        AssertEqualsSpecification(cases, ProfileOf((BuiltinOperator.Reshape, CopyArithmetic.Only)));
    }

    private static Profile ProfileOf(params (BuiltinOperator Code, OperatorArithmetic Arithmetic)[] rules) =>
        new("test", [.. rules.Select(rule => new Rule(rule.Code, null, rule.Arithmetic))]);

    private void AssertEqualsSpecification(KernelCases cases, Profile profile)
    {
        OpenClDevice device = opencl.Device();
        Graph graph = cases.Graph;
        TensorSet inputs = cases.Inputs;
        ImmutableArray<PreparedOperator> prepared = [.. graph.Operators.Select(op => Preparation.Of(graph, op, profile, delegated: false))];
        ImmutableArray<byte[]> expected = [.. prepared.Select(op => ScalarOperators.Run(op, ValueOf(inputs, op.Inputs[0].Index)))];
        foreach (bool packed in new[] { false, true })
        {
            using OpenClPipeline pipeline = new(device, graph, profile, ImmutableHashSet<TensorIndex>.Empty, packed: packed);
            OpenClCapture capture = pipeline.RunIsolated(inputs);
            Assert.Empty(capture.NotComputed);
            for (int i = 0; i < prepared.Length; i++)
            {
                byte[] actual = capture.Tensors.Tensors[TensorSet.KeyOf(prepared[i].Outputs[0].Index)].Data.ToArray();
                int same = actual.AsSpan().CommonPrefixLength(expected[i]);
                Assert.True(
                    same == expected[i].Length && actual.Length == same,
                    $"packed {packed}, {Describe(prepared[i])}: element {same} of {expected[i].Length}: {expected[i].ElementAtOrDefault(same)} expected, {actual.ElementAtOrDefault(same)} found");
            }
        }
    }

    private static string Describe(PreparedOperator prepared) =>
        $"operator {prepared.Operator.Index} {prepared.Operator.Name} {prepared.Inputs[0].Shape} -> {prepared.Outputs[0].Shape}, {prepared.Operator.Options}";

    private static byte[] ValueOf(TensorSet inputs, TensorIndex tensor) => inputs.Tensors[TensorSet.InputKeyOf(tensor)].Data.ToArray();
}
