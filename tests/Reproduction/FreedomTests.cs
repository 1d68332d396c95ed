using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Demo;
using OffByN.Harness.Reproduction;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference;
using OffByN.Tests.Model;
using Xunit;

namespace OffByN.Tests.Reproduction;

/// <summary>Taking something away from an operator leaves a model that can be written, read and computed.</summary>
public sealed class FreedomTests
{
    public static TheoryData<string, int> Operators()
    {
        TheoryData<string, int> all = [];
        foreach ((string name, Graph graph) in Graphs)
        {
            foreach (Operator op in graph.Operators.Where(op => !Freedoms.Of(Cut(graph, op.Index).Graph).IsEmpty))
                all.Add(name, op.Index.Value);
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Elements_that_a_freedom_keeps_are_those_of_the_whole_operator(string name, int layer)
    {
        OneOperator one = Cut(Graphs[name], new(layer));
        TensorIndex output = one.Graph.Outputs[0];
        TensorValue whole = Run(one);
        foreach (Freedom freedom in Freedoms.Of(one.Graph).Where(freedom => freedom.KeepsElements))
        {
            foreach ((int start, int length) in new[] { (0, 1), (freedom.Size - 1, 1), (freedom.Size / 3, (freedom.Size + 1) / 2) })
            {
                TensorValue part = Run(one.Less(freedom, start, length)!);
                CutAxis cut = freedom.Axes.Single(axis => axis.Tensor == output);
                Assert.Equal(Slice(whole, cut.Axis, start * cut.Step, length * cut.Step), part.Data.ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void With_less_of_anything_the_operator_can_still_be_computed(string name, int layer)
    {
        OneOperator one = Cut(Graphs[name], new(layer));
        foreach (Freedom freedom in Freedoms.Of(one.Graph))
        {
            foreach (int length in Enumerable.Range(1, freedom.Size - 1))
            {
                if (one.Less(freedom, 0, length) is { } less)
                    Assert.NotEqual(0, Run(less).Data.Length);
            }
        }
    }

    /// <summary>What a candidate gave that cannot be run again is cut as the outputs are.</summary>
    [Fact]
    public void Given_outputs_are_cut_with_their_operator()
    {
        Graph graph = SmallModels.Network();
        OneOperator one = Cut(graph, new(0));
        one = one with { Given = new([KeyValuePair.Create(TensorSet.KeyOf(one.Graph.Outputs[0]), Run(one))]) };
        Freedom channels = Freedoms.Of(one.Graph).Single(freedom => freedom.Name == "output channels");
        OneOperator less = one.Less(channels, 2, 1)!;
        Assert.True(less.Given!.TryGet(less.Graph.Outputs[0], out TensorValue? given));
        Assert.Equal(Run(less).Data.ToArray(), given.Data.ToArray());
        Assert.Equal(Run(less).Shape, given.Shape);
    }

    private static readonly ImmutableSortedDictionary<string, Graph> Graphs = new Dictionary<string, Graph>
    {
        ["uint8"] = SmallModels.Network(),
        ["int8"] = SmallModels.Network(TensorType.Int8),
        ["demo"] = TfliteReader.Parse(DemoModel.Write(new(Resolution: 32, Channels: 8, Classes: 10)), "demo"),
        ["sum"] = Sum(),
        ["concatenation"] = Alone(BuiltinOperator.Concatenation, new ConcatenationOptions(-1), [2, 3, 4, 7], [2, 3, 4, 5], [2, 3, 4, 2]),
        ["pack"] = Alone(BuiltinOperator.Pack, new PackOptions(2, 1), [3, 2, 4], [3, 4], [3, 4]),
        ["pad"] = WithConstant(BuiltinOperator.Pad, new PadOptions(), [2, 6, 5, 3], [2, 3, 5, 3], [4, 2], [0, 0, 1, 2, 0, 0, 0, 0]),
        ["transpose"] = WithConstant(BuiltinOperator.Transpose, new TransposeOptions(), [2, 5, 3, 4], [2, 3, 4, 5], [4], [0, 3, 1, 2]),
        ["mean"] = WithConstant(BuiltinOperator.Mean, new ReducerOptions(), [2, 5], [2, 3, 4, 5], [2], [1, 2]),
        ["maximum"] = WithConstant(BuiltinOperator.ReduceMax, new ReducerOptions(true), [2, 3, 1, 5], [2, 3, 4, 5], [1], [-2]),
        ["resize"] = WithConstant(BuiltinOperator.ResizeNearestNeighbor, new ResizeNearestNeighborOptions(), [2, 6, 6, 3], [2, 3, 4, 3], [2], [6, 6]),
    }.ToImmutableSortedDictionary();

    /// <summary>ADD of [2,3,4,5] and [4,1].</summary>
    private static Graph Sum()
    {
        return new()
        {
            Path = "sum",
            Sha256 = "",
            Tensors = [Tensor(0, [2, 3, 4, 5]), Tensor(1, [4, 1]), Tensor(2, [2, 3, 4, 5])],
            Operators = [new() { Index = new(0), Code = BuiltinOperator.Add, Inputs = [new(0), new(1)], Outputs = [new(2)], Options = new AddOptions() }],
            Inputs = [new(0), new(1)],
            Outputs = [new(2)],
        };

        static TensorInfo Tensor(int index, Shape shape) => new()
        {
            Index = new(index), Name = $"t{index}", Type = TensorType.Int8, Shape = shape, Quantization = new([0.1f * (index + 1)], [index], 0),
        };
    }

    private static Graph WithConstant(BuiltinOperator code, OperatorOptions options, Shape output, Shape input, Shape constant, int[] values) =>
        Of(code, options, output, [input], constant, values);

    private static Graph Alone(BuiltinOperator code, OperatorOptions options, Shape output, params Shape[] inputs) => Of(code, options, output, inputs, null, []);

    /// <summary>An operator on int8 codes of one quantization and, where there is one, an int32 constant.</summary>
    private static Graph Of(BuiltinOperator code, OperatorOptions options, Shape output, Shape[] inputs, Shape? constant, int[] values)
    {
        Shape[] codes = [.. inputs, output];
        TensorInfo[] tensors = [.. codes.Select((shape, index) => new TensorInfo
        {
            Index = new(index), Name = $"t{index}", Type = TensorType.Int8, Shape = shape, Quantization = new([0.1f], [3], 0),
        })];
        if (constant is not null)
            tensors = [.. tensors, new() { Index = new(tensors.Length), Name = "constant", Type = TensorType.Int32, Shape = constant, IsConstant = true, Data = MemoryMarshal.AsBytes<int>(values).ToArray() }];
        TensorIndex[] given = [.. inputs.Select((_, index) => new TensorIndex(index))];
        return new()
        {
            Path = "alone",
            Sha256 = "",
            Tensors = [.. tensors],
            Operators = [new() { Index = new(0), Code = code, Inputs = [.. given, .. constant is null ? [] : new[] { new TensorIndex(codes.Length) }], Outputs = [new(inputs.Length)], Options = options }],
            Inputs = [.. given],
            Outputs = [new(inputs.Length)],
        };
    }

    private static OneOperator Cut(Graph graph, LayerIndex layer)
    {
        SplitMix64 random = new(3);
        Dictionary<TensorIndex, TensorValue> values = graph[layer].Inputs.Where(tensor => !tensor.IsNone && !graph[tensor].IsConstant).Distinct()
            .ToDictionary(tensor => tensor, tensor => Random(graph[tensor], ref random));
        return OneOperator.Cut(graph, layer, tensor => values.GetValueOrDefault(tensor), null)!;
    }

    private static TensorValue Random(TensorInfo tensor, ref SplitMix64 random)
    {
        byte[] codes = new byte[tensor.Type.Bytes(tensor.Shape!.Elements)];
        for (int i = 0; i < codes.Length; i++)
            codes[i] = (byte)random.Next();
        return new(tensor.Type, tensor.Shape, codes);
    }

    private static TensorValue Run(OneOperator one)
    {
        Graph graph = TfliteReader.Parse(ModelWriter.Write(one.Graph), "one");
        OperatorResult result = new ReferencePipeline(graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty)
            .Run(new(0), one.Inputs.Given);
        Assert.Null(result.Reason);
        return result.Outputs[0];
    }

    private static byte[] Slice(TensorValue value, int axis, int start, int length) =>
        [.. value.Data.ToArray().Where((_, flat) => value.Shape.IndexOf(flat)[axis] is var at && at >= start && at < start + length)];
}
