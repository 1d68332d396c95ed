using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Harness;
using OffByN.Harness.Comparison;
using OffByN.Harness.Exploration;
using OffByN.Model;
using OffByN.Tests.Model;
using Xunit;

namespace OffByN.Tests.Exploration;

public sealed class LayerViewTests
{
    /// <summary>4x4 of 4 channels: channel 2 is one too large in the first row, and one element of channel 0 is five too small.</summary>
    private static readonly (LayerComparison Layer, ErrorMap Map) Sample = Make();

    [Fact]
    public void Every_number_is_that_of_the_differences()
    {
        string[] lines = [.. LayerView.Of(Sample.Layer, Sample.Map, 80, unicode: false).Select(line => line.Text)];
        Assert.Contains("5 of 64 elements differ (isolated)", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.Contains("worst element: [0,3,3,0]: expected 100, actual 95", lines);
        Assert.Contains(lines, line => line.StartsWith("  -5 1 #", StringComparison.Ordinal));
        Assert.Contains("  +1 4 " + new string('#', 40), lines);
        Assert.Contains("  0 -.#. 3", lines);
        Assert.Contains("      2         4 " + new string('#', 40), lines);
        Assert.Contains("      0         1 " + new string('#', 10), lines);
        Assert.Equal(["  ########", "", "", "        ##"], lines.SkipWhile(line => !line.StartsWith("by position", StringComparison.Ordinal)).Skip(1).Take(4).Select(line => line.TrimEnd()));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(40)]
    [InlineData(200)]
    public void Drawings_keep_to_the_width(int width)
    {
        ImmutableArray<Line> lines = LayerView.Of(Sample.Layer, Sample.Map, width, unicode: true);
        Assert.All(lines.Where(line => line.Text.Contains('█', StringComparison.Ordinal) && !line.Text.Contains("none differs", StringComparison.Ordinal)), line => Assert.True(line.Text.Length <= width, line.Text));
    }

    [Fact]
    public void Without_unicode_every_character_is_plain() => Assert.All(
        LayerView.Of(Sample.Layer, Sample.Map, 80, unicode: false).SelectMany(line => line.Text), character => Assert.InRange(character, ' ', '~'));

    [Fact]
    public void A_layer_that_is_equal_says_so_and_draws_nothing()
    {
        ImmutableArray<Line> lines = LayerView.Of(Sample.Layer with { Verdict = LayerVerdict.Equal, Isolated = null, Cumulative = null }, null, 80, unicode: true);
        Assert.Equal(["nothing differs here"], lines.Skip(1).Select(line => line.Text));
    }

    [Fact]
    public void Of_a_layer_that_was_not_compared_nothing_more_is_said()
    {
        ImmutableArray<Line> lines = LayerView.Of(Sample.Layer with { Verdict = LayerVerdict.NotCompared, Reason = "no kernel for it", Isolated = null, Cumulative = null }, null, 80, unicode: true);
        Assert.EndsWith("NOT COMPARED: no kernel for it", Assert.Single(lines).Text, StringComparison.Ordinal);
    }

    private static (LayerComparison, ErrorMap) Make()
    {
        Graph graph = SmallModels.Network();
        TensorInfo tensor = graph[graph.Operators[0].Outputs[0]];
        byte[] expected = [.. Enumerable.Repeat((byte)100, 64)], actual = [.. expected];
        for (int column = 0; column < 4; column++)
            actual[column * 4 + 2] = 101;
        actual[60] = 95;
        (TensorValue right, TensorValue wrong) = (new(tensor.Type, tensor.Shape!, expected), new(tensor.Type, tensor.Shape!, actual));
        LayerComparison layer = new()
        {
            Layer = new(0), Output = 0, Operator = graph.Operators[0], Tensor = tensor, Verdict = LayerVerdict.Diverges,
            Isolated = (Metrics)TensorComparer.Compare(right, wrong, tensor.Quantization, FloatBound.Exact),
        };
        return (layer, ErrorMap.Of(right, wrong)!);
    }
}
