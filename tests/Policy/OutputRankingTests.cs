using System.Runtime.InteropServices;
using CsCheck;
using OffByN.Golden;
using OffByN.Harness.Policy;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Policy;

public sealed class OutputRankingTests
{
    [Fact]
    public void A_flip_is_named_with_what_the_oracle_prefers_it_by()
    {
        OutputRanking ranking = Of([1, 6], [3, 200, 7, 198, 0, 0], [3, 199, 7, 201, 0, 0]);
        Assert.Equal((1, 0, 1, (1, 3)), (ranking.Rankings, ranking.Top1, ranking.Top5, ranking.Only));
        Assert.Equal(new Flip(0, 1, 3, 2), Assert.Single(ranking.Flips));
    }

    [Fact]
    public void Of_equal_scores_the_lowest_class_is_first_on_both_sides() => Assert.Equal(1, Of([1, 3], [5, 9, 9], [5, 8, 8]).Top1);

    [Fact]
    public void The_sixth_place_is_not_among_the_first_five()
    {
        Assert.Equal(1, Of([1, 7], [9, 0, 0, 0, 0, 0, 0], [5, 6, 7, 8, 9, 0, 0]).Top5);
        Assert.Equal(0, Of([1, 7], [9, 0, 0, 0, 0, 0, 0], [5, 6, 7, 8, 9, 10, 0]).Top5);
    }

    [Fact]
    public void A_NaN_is_last()
    {
        TensorValue oracle = Floats(1, 2, 3), candidate = Floats(1, 2, float.NaN);
        OutputRanking ranking = OutputRanking.Of("x", oracle, candidate)!;
        Assert.Equal((0, (2, 1)), (ranking.Top1, ranking.Only));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void A_tensor_without_classes_ranks_nothing(int classes) =>
        Assert.Null(OutputRanking.Of("x", new(TensorType.UInt8, [4, classes], new byte[4 * classes]), new(TensorType.UInt8, [4, classes], new byte[4 * classes])));

    public static TheoryData<int[], int> Shapes => new()
    {
        { [6], 1 },
        { [1, 6], 1 },
        { [3, 2], 3 },
        { [1, 1, 1, 6], 1 },
        { [2, 1, 1, 3], 2 },
        { [1, 3, 2], 0 },
        { [1, 1, 2, 3], 0 },
        { [1, 2, 1, 3], 0 },
        { [], 0 },
    };

    /// <summary>Boxes, maps and anchors are no rankings, however many numbers their last axis has.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Only_what_has_a_classifiers_shape_ranks_classes(int[] shape, int rankings)
    {
        TensorValue value = new(TensorType.UInt8, [.. shape], new byte[6]);
        Assert.Equal(rankings, OutputRanking.Of("x", value, value)?.Rankings ?? 0);
    }

    [Fact]
    public void Ranks_are_those_of_a_stable_sort() =>
        Gen.Select(Gen.SByte.Array[24], Gen.SByte.Array[24]).Sample((expected, actual) =>
        {
            OutputRanking ranking = OutputRanking.Of("x", Codes(expected), Codes(actual))!;
            int[][] oracle = Orders(expected), candidate = Orders(actual);
            Assert.Equal(oracle.Zip(candidate).Count(row => row.First[0] == row.Second[0]), ranking.Top1);
            Assert.Equal(oracle.Zip(candidate).Count(row => row.Second.Take(5).Contains(row.First[0])), ranking.Top5);
        });

    private static int[][] Orders(sbyte[] scores) => [.. scores.Chunk(8).Select(row => Enumerable.Range(0, 8).OrderByDescending(i => row[i]).ToArray())];

    private static TensorValue Codes(sbyte[] codes) => new(TensorType.Int8, [3, 8], MemoryMarshal.AsBytes<sbyte>(codes).ToArray());

    private static TensorValue Floats(params float[] values) => new(TensorType.Float32, [1, values.Length], MemoryMarshal.AsBytes<float>(values).ToArray());

    private static OutputRanking Of(Shape shape, byte[] expected, byte[] actual) => OutputRanking.Of("x", new(TensorType.UInt8, shape, expected), new(TensorType.UInt8, shape, actual))!;
}
