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

/// <summary>TRANSPOSE_CONV of float32: each output element gathers what the input positions add to it, in their order or, fused, tap after tap; channel by channel.</summary>
public sealed class FloatTransposeConvolution(PreparedFloatTransposeConvolution convolution) : IReferenceOperator<PreparedFloatTransposeConvolution>, IBoundedOperator
{
    /// <summary>[tap][input channel][output channel].</summary>
    private readonly Lazy<float[]> packed = new(() => Packed(convolution));

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) => BiasedSums.Run(
        convolution.Order, convolution.Bias, convolution.Low, convolution.High, MemoryMarshal.Cast<byte, float>(outputs[0].Span),
        (first, sums) => Sum<float, FusedProducts>(inputs[0], first, sums), (first, sums) => Sum<float, Products>(inputs[0], first, sums));

    /// <remarks>As of <see cref="FloatConvolution"/>.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (convolution.IsExact)
            return null;
        float[] magnitudes = new float[convolution.Output.Shape!.Elements];
        Sum<double, Magnitudes>(inputs[0], [.. convolution.Bias.Select(bias => Math.Abs((double)bias))], magnitudes);
        return ErrorBound.OfSums(convolution.Products + 1, "|x w| + |bias|", magnitudes, convolution.FlushesSubnormals);
    }

    /// <param name="first">What the sum of each output channel begins with.</param>
    private void Sum<T, TTerms>(ReadOnlyMemory<byte> inputBytes, T[] first, float[] results)
        where T : unmanaged
        where TTerms : struct, IRealTerms<T>
    {
        (Window window, int depth, int channels) = (convolution.Window, convolution.InputChannels, convolution.OutputChannels);
        bool isByTaps = convolution.Order == SumOrder.Fused;
        Parallel.For(0, window.Batches * window.Height.Input * window.Width.Input, () => new T[channels], (position, _, sums) =>
        {
            ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputBytes.Span);
            (int line, int x) = Math.DivRem(position, window.Width.Input);
            (int batch, int y) = Math.DivRem(line, window.Height.Input);
            first.CopyTo(sums.AsSpan());
            for (int step = 0; step < window.Taps; step++)
            {
                // A tap further on comes from an input position before.
                int tap = isByTaps ? step : window.Taps - 1 - step;
                if (Reaching(window.Height, y, tap / window.Width.Kernel) is not { } row || Reaching(window.Width, x, tap % window.Width.Kernel) is not { } column)
                    continue;
                ReadOnlySpan<float> pixel = input.Slice(((batch * window.Height.Output + row) * window.Width.Output + column) * depth, depth);
                for (int i = 0; i < depth; i++)
                    TTerms.AddScaled(sums, pixel[i], packed.Value.AsSpan((tap * depth + i) * channels, channels));
            }
            for (int channel = 0; channel < channels; channel++)
                results[position * channels + channel] = TTerms.Result(sums[channel]);
            return sums;
        }, _ => { });
    }

    private static float[] Packed(PreparedFloatTransposeConvolution convolution)
    {
        ReadOnlySpan<float> weights = MemoryMarshal.Cast<byte, float>(convolution.Weights.Data.Span);
        float[] packed = Matrices.Transposed(weights, convolution.OutputChannels);
        if (convolution.Order == SumOrder.Fused)
            Subnormal.Flush(packed);
        return packed;
    }

    /// <summary>The input position that reaches an output position by a tap; null where there is none.</summary>
    private static int? Reaching(WindowAxis axis, int position, int tap)
    {
        (int at, int rest) = Math.DivRem(position + axis.Before - tap, axis.Stride);
        return rest == 0 && (uint)at < (uint)axis.Output ? at : null;
    }
}
