using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference.Operators;
using Xunit;

namespace OffByN.Tests.Comparison;

public sealed class ErrorBoundTests
{
    [Fact]
    public void An_element_is_beyond_its_bound_where_it_is_further_off_than_its_own_slack()
    {
        Metrics metrics = Compare([1, 1, 1, 1], [1.25f, 1.25f, 0.75f, 1], [0.25, 0.2, 0.25, 0]);
        Assert.Equal((4, 3, 1), (metrics.Elements, metrics.Differing, metrics.Beyond));
        Assert.Equal("formula", metrics.Bound);
    }

    [Theory]
    [InlineData(1, float.NaN)]
    [InlineData(float.NaN, 1)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.PositiveInfinity)]
    public void Nan_and_infinity_are_beyond_every_finite_slack(float expected, float actual) =>
        Assert.Equal(1, Compare([2, expected], [2, actual], [1e300, 1e300]).Beyond);

    [Fact]
    public void Elements_that_the_oracle_leaves_unwritten_are_no_elements()
    {
        Metrics metrics = Compare([1, 2, float.NaN, 4], [1, 3, 5, float.PositiveInfinity], [0, 0, double.PositiveInfinity, double.PositiveInfinity]);
        Assert.Equal((2, 1, 1), (metrics.Elements, metrics.Differing, metrics.Beyond));
        Assert.Equal(2, metrics.Histogram.Sum(bin => bin.Count));
        Assert.Equal(1, metrics.Worst!.Flat);
    }

    [Fact]
    public void Where_a_bound_is_not_known_nothing_is_compared()
    {
        ErrorBound bound = ErrorBound.OfSums(3, "|x w|", [1, float.PositiveInfinity], flushes: false);
        Assert.IsType<NotComparable>(TensorComparer.Compare(Floats([1, 2]), Floats([1, -12345]), null, FloatBound.Of(bound)));
    }

    /// <summary>From K = 2^24 on, gamma is infinite and then negative: equal tensors would differ; before that, a dump of zeros would pass.</summary>
    [Theory]
    [InlineData((1 << 16) + 1)]
    [InlineData(1 << 20)]
    [InlineData(1 << 24)]
    [InlineData((1 << 24) + 2)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_sum_that_is_too_long_for_its_bound_is_not_compared_and_says_so(int roundings)
    {
        ErrorBound bound = ErrorBound.OfSums(roundings, "|x|", [0, 1, float.MaxValue], flushes: true);

        Assert.All(bound.Slack, slack => Assert.True(double.IsNaN(slack)));
        foreach (float[] actual in new float[][] { [0, 1, 2], [0, 0, 0] })
            Assert.Contains("too long", Assert.IsType<NotComparable>(TensorComparer.Compare(Floats([0, 1, 2]), Floats(actual), null, FloatBound.Of(bound))).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 16)]
    public void A_sum_with_a_bound_has_a_finite_one_that_zeros_do_not_pass(int roundings)
    {
        ErrorBound bound = ErrorBound.OfSums(roundings, "|x|", [0, 1, float.MaxValue], flushes: true);

        Assert.All(bound.Slack, slack => Assert.True(slack >= 0 && double.IsFinite(slack)));
        Assert.Equal(1, Assert.IsType<Metrics>(TensorComparer.Compare(Floats([0, 1, 2]), Floats([0, 0, 2]), null, FloatBound.Of(bound))).Beyond);
    }

    [Fact]
    public void An_infinite_result_has_no_share_to_be_off_by() =>
        Assert.Equal(1, Compare([1, float.PositiveInfinity], [1, 5], [.. ErrorBound.OfShare(9, "|y|", [1, float.PositiveInfinity]).Slack]).Beyond);

    [Fact]
    public void A_bound_of_another_length_compares_nothing() => Assert.IsType<NotComparable>(TensorComparer.Compare(
        Floats([1, 2]), Floats([1, 2]), null, FloatBound.Of(new("formula", [1.0]))));

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(577)]
    public void Sums_in_any_order_fused_or_not_lie_within_the_bound_and_a_sum_that_lacks_a_term_does_not(int terms)
    {
        Random random = new(terms);
        for (int trial = 0; trial < 200; trial++)
        {
            (float X, float Weight)[] products = [.. Enumerable.Range(0, terms).Select(_ => (random.NextSingle() * 2 - 1, random.NextSingle() * 2 - 1))];
            float magnitude = MathF.BitIncrement((float)products.Sum(product => Math.Abs((double)product.X * product.Weight)));
            double slack = ErrorBound.OfSums(terms + 1, "|x w|", [magnitude], flushes: false).Slack[0];
            float sequential = products.Aggregate(0f, (sum, product) => sum + (float)(product.X * product.Weight));
            random.Shuffle(products);
            float fused = products.Aggregate(0f, (sum, product) => MathF.FusedMultiplyAdd(product.X, product.Weight, sum));
            Assert.True(Math.Abs((double)sequential - fused) <= slack);
            (float x, float weight) = products.MaxBy(product => Math.Abs((double)product.X * product.Weight));
            Assert.True(Math.Abs((double)sequential - (fused - x * weight)) > slack);
        }
    }

    private static Metrics Compare(float[] expected, float[] actual, double[] slack) =>
        Assert.IsType<Metrics>(TensorComparer.Compare(Floats(expected), Floats(actual), null, FloatBound.Of(new("formula", [.. slack]))));

    private static TensorValue Floats(float[] values) => new(TensorType.Float32, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}
