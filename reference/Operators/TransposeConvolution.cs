using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>TRANSPOSE_CONV: one batch of accumulators at a time, into which every input position adds.</summary>
public sealed class TransposeConvolution(PreparedTransposeConvolution convolution) : IReferenceOperator<PreparedTransposeConvolution>
{
    private readonly int[] weights = Codes.Centred(convolution.Weights.Data.Span, convolution.Weights.Type, convolution.WeightZeroPoint);

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        int[] input = Codes.Centred(inputs[0].Span, convolution.Input.Type, convolution.InputZeroPoint);
        Span<byte> output = outputs[0].Span;
        int length = convolution.Output.Shape!.Elements / Math.Max(1, convolution.Window.Batches);
        long[] sums = ArrayPool<long>.Shared.Rent(length);
        for (int batch = 0; batch < convolution.Window.Batches; batch++)
        {
            Scatter(input, batch, sums.AsSpan(0, length));
            for (int i = 0; i < length; i++)
            {
                Requantizer requantizer = batch * length + i < convolution.TailElement ? convolution.Requantizer : convolution.Tail;
                int code = requantizer.Code(sums[i], i % convolution.OutputChannels);
                if (convolution.Output.Type == TensorType.Int16)
                    MemoryMarshal.Cast<byte, short>(output)[batch * length + i] = (short)code;
                else
                    output[batch * length + i] = (byte)code;
            }
        }
        ArrayPool<long>.Shared.Return(sums);
    }

    /// <summary>Every accumulator of the output.</summary>
    public long[] Sums(ReadOnlyMemory<byte> input)
    {
        int[] centred = Codes.Centred(input.Span, convolution.Input.Type, convolution.InputZeroPoint);
        long[] sums = new long[convolution.Output.Shape!.Elements];
        int length = sums.Length / Math.Max(1, convolution.Window.Batches);
        for (int batch = 0; batch < convolution.Window.Batches; batch++)
            Scatter(centred, batch, sums.AsSpan(batch * length, length));
        return sums;
    }

    private void Scatter(ReadOnlySpan<int> input, int batch, Span<long> sums)
    {
        (Window window, int depth, int channels) = (convolution.Window, convolution.InputChannels, convolution.OutputChannels);
        for (int i = 0; i < sums.Length; i++)
            sums[i] = convolution.Bias[i % channels];
        for (int row = 0; row < window.Height.Output; row++)
        {
            for (int column = 0; column < window.Width.Output; column++)
            {
                ReadOnlySpan<int> pixel = input.Slice(((batch * window.Height.Output + row) * window.Width.Output + column) * depth, depth);
                for (int tap = 0; tap < window.Taps; tap++)
                {
                    int y = window.Height.Position(row, tap / window.Width.Kernel), x = window.Width.Position(column, tap % window.Width.Kernel);
                    if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                        continue;
                    Span<long> reached = sums.Slice((y * window.Width.Input + x) * channels, channels);
                    for (int channel = 0; channel < channels; channel++)
                        reached[channel] += Codes.Dot(pixel, weights.AsSpan((channel * window.Taps + tap) * depth, depth));
                }
            }
        }
    }
}
