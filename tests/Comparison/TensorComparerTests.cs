using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Comparison;

public sealed class TensorComparerTests
{
    [Fact]
    public void Another_type_is_not_comparable() => AssertRefused(
        new TensorValue(TensorType.UInt8, [2], new byte[2]), new TensorValue(TensorType.Int8, [2], new byte[2]), "expected type uint8, found int8");

    [Fact]
    public void Another_shape_of_as_many_elements_is_not_comparable() => AssertRefused(
        new TensorValue(TensorType.UInt8, [2, 3], new byte[6]), new TensorValue(TensorType.UInt8, [3, 2], new byte[6]), "expected shape 2x3, found 3x2");

    [Fact]
    public void Too_few_bytes_are_not_comparable() => AssertRefused(
        new TensorValue(TensorType.Int16, [2], new byte[4]), new TensorValue(TensorType.Int16, [2], new byte[3]), "expected 4 bytes");

    [Fact]
    public void A_type_without_numbers_is_not_comparable() => AssertRefused(
        new TensorValue(TensorType.String, [0], Array.Empty<byte>()), new TensorValue(TensorType.String, [0], Array.Empty<byte>()), "string");

    [Fact]
    public void A_tensor_compared_with_itself_is_noticed()
    {
        byte[] memory = new byte[12];
        TensorValue tensor = new(TensorType.UInt8, [8], memory.AsMemory(0, 8));
        AssertRefused(tensor, tensor, "same memory");
        AssertRefused(tensor, tensor with { Data = memory.AsMemory(4, 8) }, "same memory");
    }

    [Fact]
    public void Merging_gives_the_metrics_of_both_tensors_laid_end_to_end()
    {
        Random random = new(5);
        byte[] expected = new byte[9000], actual = new byte[9000];
        random.NextBytes(expected);
        random.NextBytes(actual);
        actual.AsSpan(0, 4000).Fill(7);

        Metrics whole = Compare(expected, actual);
        Metrics merged = Metrics.Merge(Compare(expected[..5000], actual[..5000]), Compare(expected[5000..], actual[5000..]));

        Assert.Equal(whole.Elements, merged.Elements);
        Assert.Equal(whole.Differing, merged.Differing);
        Assert.Equal(whole.Beyond, merged.Beyond);
        Assert.Equal(whole.MaxAbs, merged.MaxAbs);
        Assert.Equal(whole.Worst!.Expected, merged.Worst!.Expected);
        Assert.Equal(whole.Histogram.ToArray(), merged.Histogram.ToArray());
        Assert.Equal(whole.Sums, merged.Sums);
        Assert.Equal(whole.Cosine, merged.Cosine);
        Assert.Equal(whole.RmseReal, merged.RmseReal);
    }

    [Fact]
    public void Of_equally_wrong_tensors_the_first_keeps_its_worst_element()
    {
        Metrics merged = Metrics.Merge(Compare([0, 0], [0, 5]), Compare([0, 0], [5, 0]));
        Assert.Equal(1, merged.Worst!.Flat);
    }

    [Fact]
    public void A_NaN_in_any_input_stays_the_worst()
    {
        Metrics number = CompareFloats(1f, 1000f), nan = CompareFloats(1f, float.NaN);
        Assert.Null(Metrics.Merge(number, nan).MaxAbs);
        Assert.Null(Metrics.Merge(nan, number).MaxAbs);
        Assert.True(double.IsNaN(Metrics.Merge(number, nan).Worst!.Actual.Real));
    }

    [Fact]
    public void Metrics_in_different_units_do_not_merge() =>
        Assert.Throws<ArgumentException>(() => Metrics.Merge(Compare([1], [1]), CompareFloats(1f, 1f)));

    private static void AssertRefused(TensorValue expected, TensorValue actual, string reason) => Assert.Contains(
        reason, Assert.IsType<NotComparable>(TensorComparer.Compare(expected, actual, null, FloatBound.Exact)).Reason, StringComparison.Ordinal);

    private static Metrics Compare(byte[] expected, byte[] actual) => Assert.IsType<Metrics>(TensorComparer.Compare(
        new TensorValue(TensorType.UInt8, [expected.Length], expected),
        new TensorValue(TensorType.UInt8, [actual.Length], actual),
        new Quantization([0.5f], [3], 0),
        FloatBound.Exact));

    private static Metrics CompareFloats(float expected, float actual) => Assert.IsType<Metrics>(TensorComparer.Compare(
        new TensorValue(TensorType.Float32, [], BitConverter.GetBytes(expected)),
        new TensorValue(TensorType.Float32, [], BitConverter.GetBytes(actual)),
        null,
        FloatBound.Exact));
}
