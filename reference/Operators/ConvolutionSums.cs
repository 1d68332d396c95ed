using System.Buffers;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>
/// The accumulators of a convolution, before any requantization: in int32 (wrapping), the same in every flavour, so they are computed once however
/// many requantizations are tried on them. Where the record departs from TFLite's sums, they are computed one by one.
/// </summary>
public abstract class ConvolutionSums
{
    /// <summary>Output channels of a row of accumulators, padded; the ones past the last are unspecified.</summary>
    public abstract int Stride { get; }

    /// <summary>Output positions that are computed at once; others are possible, fewer are no cheaper.</summary>
    public abstract int BlockPositions { get; }

    public static ConvolutionSums Of(PreparedConvolution convolution) =>
        !convolution.SumsArePlain ? new ScalarSums(convolution) : convolution.IsDepthwise ? new DepthwiseSums(convolution) : new MatrixSums(convolution);

    /// <summary>
    /// Bias plus sum, for <paramref name="count"/> output positions from <paramref name="first"/> on (over batch, row and column), at most
    /// <see cref="BlockPositions"/>; <paramref name="sums"/> holds BlockPositions rows of <see cref="Stride"/>.
    /// </summary>
    public abstract void Compute(ReadOnlySpan<byte> input, int first, int count, Span<int> sums);

    /// <summary>Splits a flat output position.</summary>
    internal static (int Batch, int Row, int Column) At(Window window, int position)
    {
        (int line, int column) = Math.DivRem(position, window.Width.Output);
        (int batch, int row) = Math.DivRem(line, window.Height.Output);
        return (batch, row, column);
    }
}

/// <summary>Convolutions that mix channels, as a matrix product over the unfolded window, one product a group.</summary>
internal sealed class MatrixSums : ConvolutionSums
{
    private const int BlockBytes = 64 * 1024;

    private readonly PreparedConvolution convolution;
    private readonly PackedMatrix[] groups;
    private readonly int groupColumns;

    public MatrixSums(PreparedConvolution convolution)
    {
        this.convolution = convolution;
        groupColumns = convolution.OutputChannels / convolution.Groups;
        int depth = convolution.Window.Taps * convolution.ChannelsPerGroup;
        short[] weights = new short[convolution.Weights.Data.Length];
        Codes.Centre(convolution.Weights.Data.Span, convolution.Weights.Type, convolution.WeightZeroPoint, weights);
        groups = [.. Enumerable.Range(0, convolution.Groups).Select(group =>
            new PackedMatrix(groupColumns, depth, (column, k) => weights[(group * groupColumns + column) * depth + k]))];
        Stride = convolution.Groups == 1 ? groups[0].PaddedColumns : convolution.OutputChannels;
        int rows = Math.Min(BlockBytes / sizeof(int) / groups[0].PaddedColumns, convolution.Window.Positions);
        BlockPositions = Math.Max((rows + PackedMatrix.BlockRows - 1) / PackedMatrix.BlockRows, 1) * PackedMatrix.BlockRows;
    }

    public override int Stride { get; }

    public override int BlockPositions { get; }

    public override void Compute(ReadOnlySpan<byte> input, int first, int count, Span<int> sums)
    {
        int rows = (count + PackedMatrix.BlockRows - 1) / PackedMatrix.BlockRows * PackedMatrix.BlockRows;
        short[] unfolded = ArrayPool<short>.Shared.Rent(rows * groups[0].PaddedDepth);
        if (groups.Length == 1)
        {
            Unfold(input, first, count, 0, unfolded);
            groups[0].Multiply(unfolded, rows, sums);
        }
        else
        {
            MultiplyGroups(input, first, count, rows, unfolded, sums);
        }
        ArrayPool<short>.Shared.Return(unfolded);
        ReadOnlySpan<int> bias = convolution.Bias.AsSpan();
        for (int row = 0; row < count; row++)
            Add(sums.Slice(row * Stride, bias.Length), bias);
    }

    private void MultiplyGroups(ReadOnlySpan<byte> input, int first, int count, int rows, short[] unfolded, Span<int> sums)
    {
        int padded = groups[0].PaddedColumns;
        int[] product = ArrayPool<int>.Shared.Rent(rows * padded);
        for (int group = 0; group < groups.Length; group++)
        {
            Unfold(input, first, count, group, unfolded);
            groups[group].Multiply(unfolded, rows, product);
            for (int row = 0; row < count; row++)
                product.AsSpan(row * padded, groupColumns).CopyTo(sums[(row * Stride + group * groupColumns)..]);
        }
        ArrayPool<int>.Shared.Return(product);
    }

    /// <summary>One row for each output position: the centred codes under the window, 0 where it lies outside the image.</summary>
    private void Unfold(ReadOnlySpan<byte> input, int first, int count, int group, Span<short> rows)
    {
        (Window window, int channels) = (convolution.Window, convolution.ChannelsPerGroup);
        int depth = groups[0].PaddedDepth;
        for (int r = 0; r < count; r++)
        {
            (int batch, int row, int column) = At(window, first + r);
            Span<short> unfolded = rows.Slice(r * depth, depth);
            unfolded.Clear();
            for (int ky = 0; ky < window.Height.Kernel; ky++)
            {
                int y = window.Height.Position(row, ky);
                if ((uint)y >= (uint)window.Height.Input)
                    continue;
                for (int kx = 0; kx < window.Width.Kernel; kx++)
                {
                    int x = window.Width.Position(column, kx);
                    if ((uint)x >= (uint)window.Width.Input)
                        continue;
                    int pixel = (batch * window.Height.Input + y) * window.Width.Input + x;
                    Codes.Centre(
                        input.Slice(pixel * convolution.InputChannels + group * channels, channels), convolution.Input.Type,
                        convolution.InputZeroPoint, unfolded[((ky * window.Width.Kernel + kx) * channels)..]);
                }
            }
        }
    }

    private static void Add(Span<int> sums, ReadOnlySpan<int> bias)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] = unchecked(sums[i] + bias[i]);
    }
}
