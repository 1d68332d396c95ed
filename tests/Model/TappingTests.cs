using OffByN.Model;
using OffByN.Model.Reading;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Model;

public class TappingTests
{
    private static readonly byte[] Sound = ModelWriter.Write(SmallModels.Network());

    [Fact]
    public void Every_operator_output_becomes_an_output_once_in_order()
    {
        Graph graph = TfliteReader.Parse(Sound, "sound");

        Graph tapped = TfliteReader.Parse(Tapping.Tap(Sound, graph), "tapped");

        Assert.Equal([3, 6, 7, 9, 12, 13], tapped.Outputs.Select(output => output.Value));
        AssertOnlyOutputsDiffer(graph, tapped);
    }

    [Fact]
    public void Absent_outputs_are_not_tapped()
    {
        Graph graph = SmallModels.Oddities();
        graph = graph with { Operators = [graph.Operators[0] with { Outputs = [TensorIndex.None, new TensorIndex(4), new TensorIndex(3)] }] };

        Assert.Equal([4, 3], Tapping.Tapped(graph).Select(output => output.Value));
    }

    [Fact]
    public void The_handle_of_a_variable_is_not_tapped()
    {
        Graph graph = SmallModels.Oddities();
        graph = graph with
        {
            Tensors = graph.Tensors.SetItem(4, graph.Tensors[4] with { Type = TensorType.Resource }),
            Operators = [graph.Operators[0] with { Outputs = [new TensorIndex(4), new TensorIndex(3)] }],
        };

        Assert.Equal([3], Tapping.Tapped(graph).Select(output => output.Value));
    }

    [Fact]
    public void A_chosen_few_can_be_tapped_alone()
    {
        Graph graph = TfliteReader.Parse(Sound, "sound");

        Graph tapped = TfliteReader.Parse(Tapping.Tap(Sound, graph, [new TensorIndex(9), new TensorIndex(3)]), "tapped");

        Assert.Equal([9, 3], tapped.Outputs.Select(output => output.Value));
        AssertOnlyOutputsDiffer(graph, tapped);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tapping.Tap(Sound, graph, [new TensorIndex(14)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tapping.Tap(Sound, graph, [TensorIndex.None]));
    }

    [Fact]
    public void A_subgraph_without_outputs_can_be_tapped()
    {
        byte[] bytes = Without(Schema.SubGraph.Outputs).Bytes;
        Graph graph = TfliteReader.Parse(bytes, "mute");
        Assert.Empty(graph.Outputs);

        Graph tapped = TfliteReader.Parse(Tapping.Tap(bytes, graph), "tapped");

        Assert.Equal([3, 6, 7, 9, 12, 13], tapped.Outputs.Select(output => output.Value));
        AssertOnlyOutputsDiffer(graph, tapped);
    }

    [Fact]
    public void A_subgraph_without_room_for_outputs_is_refused()
    {
        byte[] bytes = Without(Schema.SubGraph.Outputs, Schema.SubGraph.Name).Bytes;
        Graph graph = TfliteReader.Parse(bytes, "mute");

        Assert.Contains("found neither", Assert.Throws<UserErrorException>(() => Tapping.Tap(bytes, graph)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Buffers_behind_the_flatbuffer_stay_where_the_file_says()
    {
        byte[] bytes = new Damage(Sound).MoveOutside(1).Bytes;
        Graph graph = TfliteReader.Parse(bytes, "large");
        Assert.Equal(SmallModels.Network().Tensors[1].Data.ToArray(), graph.Tensors[1].Data.ToArray());

        Graph tapped = TfliteReader.Parse(Tapping.Tap(bytes, graph), "tapped");

        AssertOnlyOutputsDiffer(graph, tapped);
    }

    private static Damage Without(params int[] fields)
    {
        Damage damage = new(Sound);
        return damage.Omit(damage.SubGraph, fields);
    }

    private static void AssertOnlyOutputsDiffer(Graph expected, Graph actual) =>
        Assert.Equal(ModelWriter.Write(expected with { Outputs = [] }), ModelWriter.Write(actual with { Outputs = [] }));
}
