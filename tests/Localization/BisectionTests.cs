using CsCheck;
using OffByN.Harness.Comparison;
using OffByN.Harness.Localization;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Localization;

public sealed class BisectionTests
{
    [Fact]
    public Task A_divergence_that_stays_is_found_with_both_ends_compared() =>
        Gen.Int[1, 200].SelectMany(count => Gen.Int[0, count - 1], (count, first) => (count, first)).SampleAsync(async drawn =>
        {
            BisectionResult result = await SearchAsync(drawn.count, layer => layer >= drawn.first);

            Assert.Equal(drawn.first, result.FirstDiffering?.Value);
            Assert.Equal(drawn.first == 0 ? null : drawn.first - 1, result.LastEqual?.Value);
            Assert.Contains(result.Probes, probe => probe.Layer == result.FirstDiffering && probe.Differs);
            Assert.True(result.LastEqual is not { } last || result.Probes.Any(probe => probe.Layer == last && !probe.Differs));
        });

    [Fact]
    public async Task Few_tensors_are_compared()
    {
        BisectionResult result = await SearchAsync(1000, layer => layer >= 317);

        Assert.True(result.Probes.Length <= 11, $"{result.Probes.Length} probes");
    }

    [Fact]
    public async Task An_equal_end_is_no_divergence_found_and_says_so()
    {
        BisectionResult result = await SearchAsync(31, layer => layer is > 3 and < 20);

        Assert.Null(result.FirstDiffering);
        Assert.False(Assert.Single(result.Probes).Differs);
    }

    [Fact]
    public Task Tensors_that_cannot_be_compared_are_left_out() =>
        Gen.Int[0, 59].Array[1, 30].SampleAsync(async missing =>
        {
            BisectionResult result = await SearchAsync(61, layer => layer >= 25, missing);

            int[] left = [.. Enumerable.Range(0, 61).Except(missing)];
            Assert.Equal(left.First(layer => layer >= 25), result.FirstDiffering?.Value);
        });

    [Fact]
    public async Task Behind_an_end_that_cannot_be_compared_nothing_is_looked_for() => Assert.Null((await SearchAsync(5, _ => true, [4])).FirstDiffering);

    [Fact]
    public async Task Nothing_to_compare_is_no_result()
    {
        BisectionResult result = await SearchAsync(5, _ => true, [0, 1, 2, 3, 4]);

        Assert.Empty(result.Probes);
        Assert.Null(result.FirstDiffering);
    }

    private static Task<BisectionResult> SearchAsync(int count, Func<int, bool> differs, int[]? missing = null) => Bisection.SearchAsync(
        [.. Enumerable.Range(0, count).Select(layer => new LayerIndex(layer))],
        layer => Task.FromResult(missing?.Contains(layer.Value) == true ? null : Compare(differs(layer.Value))));

    private static Metrics? Compare(bool differs) => TensorComparer.Compare(
        new(TensorType.UInt8, [2], new byte[] { 1, 2 }), new(TensorType.UInt8, [2], new byte[] { 1, (byte)(differs ? 3 : 2) }), null, FloatBound.Exact) as Metrics;
}
