using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of int16 activations.</summary>
public sealed class WideConvolution(PreparedWideConvolution convolution) : IReferenceOperator<PreparedWideConvolution>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<short> input = MemoryMarshal.Cast<byte, short>(inputs[0].Span);
        Span<short> output = MemoryMarshal.Cast<byte, short>(outputs[0].Span);
        for (int position = 0; position < convolution.Window.Positions; position++)
        {
            for (int channel = 0; channel < convolution.OutputChannels; channel++)
                output[position * convolution.OutputChannels + channel] = (short)convolution.Requantizer.Code(Sum(input, position, channel), channel);
        }
    }

    /// <summary>Every accumulator, position by position.</summary>
    public long[] Sums(ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<short> codes = MemoryMarshal.Cast<byte, short>(input.Span);
        long[] sums = new long[convolution.Window.Positions * convolution.OutputChannels];
        for (int i = 0; i < sums.Length; i++)
            sums[i] = Sum(codes, i / convolution.OutputChannels, i % convolution.OutputChannels);
        return sums;
    }

    private long Sum(ReadOnlySpan<short> input, int position, int outputChannel)
    {
        (Window window, int channels) = (convolution.Window, convolution.ChannelsPerGroup);
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(convolution.Weights.Data.Span);
        int firstChannel = outputChannel / (convolution.OutputChannels / convolution.Groups) * channels;
        (int line, int column) = Math.DivRem(position, window.Width.Output);
        (int batch, int row) = Math.DivRem(line, window.Height.Output);
        long sum = convolution.Bias[outputChannel];
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int y = window.Height.Position(row, tap / window.Width.Kernel), x = window.Width.Position(column, tap % window.Width.Kernel);
            if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                continue;
            int pixel = ((batch * window.Height.Input + y) * window.Width.Input + x) * convolution.InputChannels + firstChannel;
            for (int channel = 0; channel < channels; channel++)
                sum += input[pixel + channel] * weights[convolution.WeightIndex(outputChannel, tap, channel)];
        }
        return sum;
    }
}
