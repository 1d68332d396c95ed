using System.Collections.Immutable;
using System.Security.Cryptography;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Reference;
using Xunit;

namespace OffByN.Tests.Demo;

public sealed class DemoModelTests
{
    private static readonly byte[] File = DemoModel.Write(new());

    private static readonly Graph Graph = TfliteReader.Parse(File, "demo");

    private static readonly ImmutableDictionary<TensorIndex, TensorValue> Values = Run(InputReader.FromSeed(Graph, 0));

    [Fact]
    public void The_generated_network_has_the_operators_of_MobileNet_V1() => Assert.Equal(
        new Dictionary<BuiltinOperator, int>
        {
            [BuiltinOperator.Conv2D] = 15,
            [BuiltinOperator.DepthwiseConv2D] = 13,
            [BuiltinOperator.AveragePool2D] = 1,
            [BuiltinOperator.Reshape] = 1,
            [BuiltinOperator.Softmax] = 1,
        },
        Graph.Operators.CountBy(op => op.Code).ToDictionary());

    [Fact]
    public void A_seed_gives_the_same_bytes_every_time_and_another_seed_others()
    {
        Assert.Equal(File, DemoModel.Write(new()));
        Assert.NotEqual(SHA256.HashData(File), SHA256.HashData(DemoModel.Write(new(Seed: 1))));
    }

    public static TheoryData<int> Layers() => [.. Graph.Operators.Select(op => op.Index.Value)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Every_layer_uses_its_codes_and_none_saturates(int layer)
    {
        byte[] codes = Values[Graph.Operators[layer].Outputs[0]].Data.ToArray();

        Assert.True(codes.Distinct().Count() >= 0.05 * 256, $"{codes.Distinct().Count()} of 256 codes in use");
        Assert.True(codes.Count(code => code == 255) <= 0.05 * codes.Length, $"{codes.Count(code => code == 255)} of {codes.Length} at the upper end");
        if (Graph.Operators[layer].Code != BuiltinOperator.Softmax)
            Assert.True(codes.Count(code => code == 0) <= 0.5 * codes.Length, $"{codes.Count(code => code == 0)} of {codes.Length} at the lower end");
    }

    /// <summary>Ties tell roundings apart: where reference and XNNPACK differ, an element lay next to one.</summary>
    [Fact]
    public void Ties_happen_in_the_convolutions()
    {
        ReferencePipeline other = new(Graph, LiteRt.Xnn, Graph.Operators.SelectMany(op => op.Outputs).ToImmutableHashSet());
        int differing = Graph.Operators.Where(op => op.Code is BuiltinOperator.Conv2D or BuiltinOperator.DepthwiseConv2D).Count(op =>
            !other.Run(op.Index, tensor => Values[tensor]).Outputs[0].Data.Span.SequenceEqual(Values[op.Outputs[0]].Data.Span));

        Assert.True(differing >= 20, $"{differing} of 28 convolutions tell the two apart");
    }

    private static ImmutableDictionary<TensorIndex, TensorValue> Run(ModelInput input)
    {
        Dictionary<TensorIndex, TensorValue> values = [];
        foreach (TensorIndex tensor in Graph.Inputs)
            values[tensor] = input.Tensors.Tensors[TensorSet.InputKeyOf(tensor)];
        ReferencePipeline pipeline = new(Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        foreach (Operator op in Graph.Operators)
        {
            OperatorResult result = pipeline.Run(op.Index, tensor => values[tensor]);
            foreach ((TensorIndex output, TensorValue value) in op.Outputs.Zip(result.Outputs))
                values[output] = value;
        }
        return values.ToImmutableDictionary();
    }
}
