using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Diagnosis;

/// <summary>
/// What the places and signs of the differences say by themselves, whatever the arithmetic: for operators of which no hypothesis explains everything. Each statement
/// holds for every differing element.
/// </summary>
public static class ErrorPattern
{
    /// <summary>Fewer differing elements than this have any pattern by chance.</summary>
    private const int EnoughElements = 20;

    private sealed record Element(int Flat, int Row, int Column, int Channel, int Error, int Expected);

    /// <summary>Statements about the differing elements of an output of 8- or 16-bit codes whose last axis is the channel; rows and columns where it has four axes (NHWC).</summary>
    public static ImmutableArray<string> Of(OperatorCase one)
    {
        if (one.Output.Type is not (TensorType.UInt8 or TensorType.Int8 or TensorType.Int16) || one.Output.Shape is not { Count: > 0 } shape)
            return [];
        (int height, int width, int channels) = shape.Count == 4 ? (shape[1], shape[2], shape[3]) : (1, 1, shape.Last);
        List<Element> different = [];
        int[] expected = Codes.Centred(one.ExpectedCodes.Span, one.Output.Type, 0), actual = Codes.Centred(one.ActualCodes.Span, one.Output.Type, 0);
        for (int i = 0; i < expected.Length; i++)
        {
            if (expected[i] == actual[i])
                continue;
            (int position, int channel) = Math.DivRem(i, channels);
            different.Add(new(i, position / width % height, position % width, channel, actual[i] - expected[i], expected[i]));
        }
        return different.Count < EnoughElements ? [] : [.. Statements(one, different, height, width, channels, expected.Length / channels)];
    }

    private static IEnumerable<string> Statements(OperatorCase one, List<Element> different, int height, int width, int channels, int positions)
    {
        if (different.All(element => element.Error > 0) || different.All(element => element.Error < 0))
            yield return $"every differing element is too {(different[0].Error > 0 ? "large" : "small")}";
        if (different.Select(element => element.Error).Distinct().Count() == 1)
            yield return Invariant($"all of them by {different[0].Error}");
        else if (positions >= 4 && ConstantPerChannel(different, positions))
            yield return "the error is constant in each channel: bias or a zero point";
        if (one.Expected is PreparedConvolution { Window.HasPadding: true } convolution && different.All(element => IsAtBorder(convolution, element)))
            yield return "only elements whose window reaches outside the image differ: padding";
        int firstChannel = different.Min(element => element.Channel);
        if (firstChannel > 0 && channels - firstChannel < 32 && firstChannel % 4 == 0 && channels > 4)
            yield return Invariant($"only the last channels differ, from {firstChannel} on: a tail of blocks of {LargestBlock(firstChannel)}");
        if (height > 2 && (different.Min(element => element.Row), different.Max(element => element.Row)) is var (top, bottom) && bottom - top + 1 <= height / 2)
            yield return Invariant($"only rows {top} to {bottom} differ: {Stretch(top, bottom, height)}");
        if (width > 2 && (different.Min(element => element.Column), different.Max(element => element.Column)) is var (left, right) && right - left + 1 <= width / 2)
            yield return Invariant($"only columns {left} to {right} differ: {Stretch(left, right, width)}");
        int zeroPoint = one.Output.Quantization?.ZeroPoint ?? 0;
        if (different.All(element => element.Expected < zeroPoint))
            yield return "only negative values differ: the rounding of one sign";
        else if (different.All(element => element.Expected > zeroPoint))
            yield return "only positive values differ";
        if (Grows(different, zeroPoint))
            yield return "the error grows with the distance from the zero point: the factor, or an accumulator that is too narrow";
    }

    private static string Stretch(int first, int last, int size) => last == size - 1 && last - first < 4 ? "the end of a row or image, read or written wrongly there" : "a band";

    private static bool ConstantPerChannel(List<Element> different, int positions) =>
        different.GroupBy(element => element.Channel).All(channel => channel.Select(element => element.Error).Distinct().Count() == 1 && channel.Count() * 2 > positions);

    private static bool IsAtBorder(PreparedConvolution convolution, Element element)
    {
        (Arithmetic.WindowAxis height, Arithmetic.WindowAxis width) = (convolution.Window.Height, convolution.Window.Width);
        return Reaches(height, element.Row) || Reaches(width, element.Column);

        static bool Reaches(Arithmetic.WindowAxis axis, int output) => axis.Position(output, 0) < 0 || axis.Position(output, axis.Kernel - 1) >= axis.Input;
    }

    private static int LargestBlock(int channel) => new[] { 32, 16, 8, 4 }.First(block => channel % block == 0);

    /// <summary>True when |error| and |code - zero point| go together over a wide range of errors.</summary>
    private static bool Grows(List<Element> different, int zeroPoint)
    {
        double[] distances = [.. different.Select(element => (double)Math.Abs(element.Expected - zeroPoint))];
        double[] errors = [.. different.Select(element => (double)Math.Abs(element.Error))];
        if (errors.Max() < 4)
            return false;
        double meanDistance = distances.Average(), meanError = errors.Average();
        double product = 0, squareDistance = 0, squareError = 0;
        foreach ((double distance, double error) in distances.Zip(errors))
        {
            product += (distance - meanDistance) * (error - meanError);
            squareDistance += (distance - meanDistance) * (distance - meanDistance);
            squareError += (error - meanError) * (error - meanError);
        }
        return product > 0.9 * Math.Sqrt(squareDistance * squareError);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
