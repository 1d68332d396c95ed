using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>Convolutions of float32, taps row by row and then channels: one after the other, as TFLite's kernels have it where their order is known.</summary>
public sealed class FloatConvolution(PreparedFloatConvolution convolution) : IReferenceOperator<PreparedFloatConvolution>, IBoundedOperator
{
    /// <summary>[tap][group][channel of the group][output channel of the group]: what meets one input number lies together.</summary>
    private readonly Lazy<float[]> packed = new(() => Packed(convolution));

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) => BiasedSums.Run(
        convolution.Order, convolution.Bias, convolution.Low, convolution.High, MemoryMarshal.Cast<byte, float>(outputs[0].Span),
        (first, sums) => Sum<float, FusedProducts>(inputs[0], first, sums), (first, sums) => Sum<float, Products>(inputs[0], first, sums));

    /// <remarks>A product is rounded once, and goes through at most as many sums as there are products, that with the bias included.</remarks>
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
        (Window window, int channels, int outputs) = (convolution.Window, convolution.InputChannels, convolution.OutputChannels);
        bool isByColumns = convolution.IsByColumns;
        int stride = packed.Value.Length / Math.Max(1, window.Taps);
        Parallel.For(0, window.Positions, () => new T[outputs], (position, _, sums) =>
        {
            ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputBytes.Span);
            (int line, int column) = Math.DivRem(position, window.Width.Output);
            (int batch, int row) = Math.DivRem(line, window.Height.Output);
            first.CopyTo(sums.AsSpan());
            for (int step = 0; step < window.Taps; step++)
            {
                int tap = isByColumns ? step % window.Height.Kernel * window.Width.Kernel + step / window.Height.Kernel : step;
                int y = window.Height.Position(row, tap / window.Width.Kernel), x = window.Width.Position(column, tap % window.Width.Kernel);
                if ((uint)y < (uint)window.Height.Input && (uint)x < (uint)window.Width.Input)
                    Add<T, TTerms>(sums, input.Slice(((batch * window.Height.Input + y) * window.Width.Input + x) * channels, channels), packed.Value.AsSpan(tap * stride, stride));
            }
            for (int output = 0; output < outputs; output++)
                results[position * outputs + output] = TTerms.Result(sums[output]);
            return sums;
        }, _ => { });
    }

    /// <summary>Adds what one input pixel gives to the output channels.</summary>
    private void Add<T, TTerms>(Span<T> sums, ReadOnlySpan<float> pixel, ReadOnlySpan<float> weights)
        where T : unmanaged
        where TTerms : struct, IRealTerms<T>
    {
        int outputs = sums.Length / convolution.Groups, depth = convolution.ChannelsPerGroup;
        if (outputs == 1 && depth == 1)
        {
            TTerms.AddProducts(sums, pixel, weights);
            return;
        }
        for (int channel = 0; channel < pixel.Length; channel++)
            TTerms.AddScaled(sums.Slice(channel / depth * outputs, outputs), pixel[channel], weights.Slice(channel * outputs, outputs));
    }

    private static float[] Packed(PreparedFloatConvolution convolution)
    {
        ReadOnlySpan<float> weights = MemoryMarshal.Cast<byte, float>(convolution.Weights.Data.Span);
        (int taps, int groups, int depth, int outputs) = (convolution.Window.Taps, convolution.Groups, convolution.ChannelsPerGroup, convolution.OutputChannels / convolution.Groups);
        float[] packed = new float[weights.Length];
        for (int output = 0; output < groups * outputs; output++)
        {
            (int group, int within) = Math.DivRem(output, outputs);
            for (int tap = 0; tap < taps; tap++)
            {
                int from = convolution.WeightIndex(output, tap);
                for (int channel = 0; channel < depth; channel++)
                    packed[((tap * groups + group) * depth + channel) * outputs + within] = weights[from + channel];
            }
        }
        if (convolution.Order == SumOrder.Fused)
            Subnormal.Flush(packed);
        return packed;
    }
}
