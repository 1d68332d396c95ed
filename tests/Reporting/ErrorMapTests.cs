using CsCheck;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Reporting;

public class ErrorMapTests
{
    /// <summary>Shapes of every rank up to five, some larger than the grid in one direction.</summary>
    private static readonly Gen<(Shape Shape, int Seed)> Shapes =
        Gen.Select(Gen.Int[1, 70].Array[0, 3], Gen.Int[1, 5].Array[0, 2], Gen.Int, (outer, inner, seed) => (new Shape([.. outer.Concat(inner)]), seed))
            .Where(sample => sample.Item1.Elements <= 100_000);

    [Fact]
    public void Channels_and_cells_each_count_every_differing_element_once() => Shapes.Sample(sample =>
    {
        (TensorValue expected, TensorValue actual) = Pair(sample.Shape, sample.Seed);
        Metrics metrics = (Metrics)TensorComparer.Compare(expected, actual, null, FloatBound.Exact);

        ErrorMap map = ErrorMap.Of(expected, actual)!;

        Assert.Equal(metrics.Differing, map.Channels.Sum());
        Assert.Equal(metrics.Differing, map.Cells.Sum());
        Assert.Equal(map.GridHeight * map.GridWidth, map.Cells.Length);
        Assert.InRange(Math.Max(map.GridHeight, map.GridWidth), 1, 32);
    }, iter: 200);

    [Fact]
    public void Cells_together_cover_every_element() => Shapes.Sample(sample =>
    {
        (TensorValue expected, TensorValue actual) = Pair(sample.Shape, sample.Seed);

        ErrorMap map = ErrorMap.Of(expected, actual)!;

        Assert.Equal(
            sample.Shape.Elements,
            Enumerable.Range(0, map.GridHeight).Sum(row => Enumerable.Range(0, map.GridWidth).Sum(column => map.ElementsOf(row, column))));
    }, iter: 200);

    [Fact]
    public void An_element_is_counted_in_its_own_channel_row_and_column()
    {
        Shape shape = [2, 40, 70, 3];
        byte[] expected = new byte[shape.Elements], actual = new byte[shape.Elements];
        actual[((1 * 40 + 31) * 70 + 68) * 3 + 2] = 1;

        ErrorMap map = ErrorMap.Of(new(TensorType.UInt8, shape, expected), new(TensorType.UInt8, shape, actual))!;

        // 70 columns in at most 32 cells are 3 a cell.
        Assert.Equal(3, map.CellSize);
        Assert.Equal<long>([0, 0, 1], map.Channels);
        Assert.Equal(31 / 3 * map.GridWidth + 68 / 3, map.Cells.IndexOf(1));
        Assert.Equal(2 * 3 * 3 * 1, map.ElementsOf(0, map.GridWidth - 1));
    }

    [Fact]
    public void Zeros_of_both_signs_and_NaNs_in_the_same_place_do_not_differ()
    {
        TensorValue expected = Floats(0f, float.NaN, 1, float.NaN), actual = Floats(-0f, BitConverter.Int32BitsToSingle(0x7FC00001), 1, 1);

        Assert.Equal<long>([0, 0, 0, 1], ErrorMap.Of(expected, actual)!.Channels);
    }

    [Fact]
    public void What_cannot_be_compared_has_no_map()
    {
        TensorValue codes = new(TensorType.UInt8, [4], new byte[4]);

        Assert.Null(ErrorMap.Of(codes, codes with { Type = TensorType.Int8 }));
        Assert.Null(ErrorMap.Of(codes, codes with { Shape = [2, 2] }));
        Assert.Null(ErrorMap.Of(codes, codes with { Data = new byte[3] }));
        Assert.Null(ErrorMap.Of(new(TensorType.UInt8, [0], default), new(TensorType.UInt8, [0], default)));
    }

    private static TensorValue Floats(params float[] values) => new(TensorType.Float32, [values.Length], System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());

    private static (TensorValue Expected, TensorValue Actual) Pair(Shape shape, int seed)
    {
        Random random = new(seed);
        byte[] expected = new byte[shape.Elements], actual = new byte[shape.Elements];
        for (int i = 0; i < expected.Length; i++)
            (expected[i], actual[i]) = (100, (byte)(100 + (random.Next(10) == 0 ? random.Next(-3, 4) : 0)));
        return (new(TensorType.UInt8, shape, expected), new(TensorType.UInt8, shape, actual));
    }
}
