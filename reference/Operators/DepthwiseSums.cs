using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>Depthwise convolutions: one output row of the image at a time, vectors of channels, all taps in registers.</summary>
internal sealed unsafe class DepthwiseSums : ConvolutionSums
{
    private const int Lanes = 8;

    private readonly PreparedConvolution convolution;
    private readonly int[] weights;
    private readonly int[] bias;
    private readonly int multiplier;

    public DepthwiseSums(PreparedConvolution convolution)
    {
        this.convolution = convolution;
        multiplier = convolution.OutputChannels / convolution.InputChannels;
        Stride = (convolution.OutputChannels + Lanes - 1) / Lanes * Lanes;
        BlockPositions = convolution.Window.Width.Output;
        short[] centred = new short[convolution.Weights.Data.Length];
        Codes.Centre(convolution.Weights.Data.Span, convolution.Weights.Type, convolution.WeightZeroPoint, centred);
        // The low half of each pair, so that a multiply-add of adjacent pairs takes the sign-extended code's low half and drops the other.
        weights = new int[convolution.Window.Taps * Stride];
        for (int tap = 0; tap < convolution.Window.Taps; tap++)
        {
            for (int channel = 0; channel < convolution.OutputChannels; channel++)
                weights[tap * Stride + channel] = (ushort)centred[tap * convolution.OutputChannels + channel];
        }
        bias = new int[Stride];
        convolution.Bias.CopyTo(bias);
    }

    public override int Stride { get; }

    public override int BlockPositions { get; }

    public override void Compute(ReadOnlySpan<byte> input, int first, int count, Span<int> sums)
    {
        Window window = convolution.Window;
        int lineLength = window.Width.Input * Stride;
        short[] lines = ArrayPool<short>.Shared.Rent(window.Height.Kernel * lineLength);
        int* taps = stackalloc int[Math.Min(window.Taps, 1024) * 2];
        for (int done = 0; done < count;)
        {
            (int batch, int row, int column) = At(window, first + done);
            int run = Math.Min(count - done, window.Width.Output - column);
            for (int ky = 0; ky < window.Height.Kernel; ky++)
                CentreLine(input, batch, window.Height.Position(row, ky), lines.AsSpan(ky * lineLength, lineLength));
            for (int position = 0; position < run; position++)
                Position(lines, lineLength, row, column + position, taps, sums.Slice((done + position) * Stride, Stride));
            done += run;
        }
        ArrayPool<short>.Shared.Return(lines);
    }

    /// <summary>One image line of centred codes, each input channel repeated for the output channels that read it.</summary>
    private void CentreLine(ReadOnlySpan<byte> input, int batch, int y, Span<short> line)
    {
        (Window window, int channels) = (convolution.Window, convolution.InputChannels);
        if ((uint)y >= (uint)window.Height.Input)
            return;
        ReadOnlySpan<byte> source = input.Slice((batch * window.Height.Input + y) * window.Width.Input * channels, window.Width.Input * channels);
        if (multiplier == 1 && Stride == channels)
        {
            Codes.Centre(source, convolution.Input.Type, convolution.InputZeroPoint, line);
            return;
        }
        short[] centred = ArrayPool<short>.Shared.Rent(source.Length);
        Codes.Centre(source, convolution.Input.Type, convolution.InputZeroPoint, centred);
        for (int x = 0; x < window.Width.Input; x++)
        {
            for (int channel = 0; channel < convolution.OutputChannels; channel++)
                line[x * Stride + channel] = centred[x * channels + channel / multiplier];
        }
        ArrayPool<short>.Shared.Return(centred);
    }

    private void Position(ReadOnlySpan<short> lines, int lineLength, int row, int column, int* taps, Span<int> sums)
    {
        Window window = convolution.Window;
        bias.CopyTo(sums);
        int found = 0;
        for (int ky = 0; ky < window.Height.Kernel; ky++)
        {
            if ((uint)window.Height.Position(row, ky) >= (uint)window.Height.Input)
                continue;
            for (int kx = 0; kx < window.Width.Kernel; kx++)
            {
                int x = window.Width.Position(column, kx);
                if ((uint)x >= (uint)window.Width.Input)
                    continue;
                taps[2 * found] = ky * lineLength + x * Stride;
                taps[2 * found + 1] = (ky * window.Width.Kernel + kx) * Stride;
                if (++found == 1024)
                {
                    Accumulate(lines, taps, found, sums);
                    found = 0;
                }
            }
        }
        Accumulate(lines, taps, found, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(ReadOnlySpan<short> lines, int* taps, int count, Span<int> sums)
    {
        fixed (short* line = lines)
        fixed (int* weight = weights, result = sums)
        {
            for (int channel = 0; channel < Stride; channel += Lanes)
            {
                if (Avx2.IsSupported)
                {
                    Vector256<int> sum = Vector256.Load(result + channel);
                    for (int tap = 0; tap < count; tap++)
                    {
                        Vector256<int> code = Avx2.ConvertToVector256Int32(line + taps[2 * tap] + channel);
                        sum += Avx2.MultiplyAddAdjacent(code.AsInt16(), Vector256.Load(weight + taps[2 * tap + 1] + channel).AsInt16());
                    }
                    sum.Store(result + channel);
                    continue;
                }
                for (int lane = channel; lane < channel + Lanes; lane++)
                {
                    for (int tap = 0; tap < count; tap++)
                        result[lane] = unchecked(result[lane] + line[taps[2 * tap] + lane] * (short)weight[taps[2 * tap + 1] + lane]);
                }
            }
        }
    }
}
