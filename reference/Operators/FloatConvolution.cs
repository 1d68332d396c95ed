using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>Convolutions of float32, taps row by row and then channels: one after the other, as TFLite's kernels have it where their order is known.</summary>
public sealed class FloatConvolution(PreparedFloatConvolution convolution) : IReferenceOperator<PreparedFloatConvolution>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        float[] sums = new float[convolution.Output.Shape!.Elements];
        bool isBiasFirst = convolution.Order == SumOrder.BiasFirst;
        Sum<float, Products>(inputs[0], channel => isBiasFirst ? convolution.Bias[channel] : 0, sums);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int i = 0; i < sums.Length; i++)
        {
            float result = isBiasFirst ? sums[i] : sums[i] + convolution.Bias[i % convolution.OutputChannels];
            output[i] = result < convolution.Low ? convolution.Low : result > convolution.High ? convolution.High : result;
        }
    }

    /// <remarks>A product is rounded once, and goes through at most as many sums as there are products, that with the bias included.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (convolution.IsExact)
            return null;
        float[] magnitudes = new float[convolution.Output.Shape!.Elements];
        Sum<double, Magnitudes>(inputs[0], _ => 0, magnitudes);
        for (int i = 0; i < magnitudes.Length; i++)
            magnitudes[i] = MathF.BitIncrement(magnitudes[i] + MathF.Abs(convolution.Bias[i % convolution.OutputChannels]));
        return ErrorBound.OfSums(convolution.Products + 1, "|x w| + |bias|", magnitudes, convolution.FlushesSubnormals);
    }

    /// <summary>What is summed over the taps and channels of one output element; a struct, so that the loop is compiled for it.</summary>
    private interface ITerms<T>
    {
        static abstract T Add(T sum, float x, float weight);

        static abstract float Result(T sum);
    }

    private readonly struct Products : ITerms<float>
    {
        public static float Add(float sum, float x, float weight) => sum + (float)(x * weight);

        public static float Result(float sum) => sum;
    }

    private readonly struct Magnitudes : ITerms<double>
    {
        public static double Add(double sum, float x, float weight) => sum + Math.Abs((double)x * weight);

        public static float Result(double sum) => MathF.BitIncrement((float)sum);
    }

    private void Sum<T, TTerms>(ReadOnlyMemory<byte> inputBytes, Func<int, T> first, float[] sums)
        where T : struct
        where TTerms : struct, ITerms<T>
    {
        (Window window, int channels, int outputs) = (convolution.Window, convolution.ChannelsPerGroup, convolution.OutputChannels);
        Parallel.For(0, window.Positions, position =>
        {
            ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputBytes.Span), weights = MemoryMarshal.Cast<byte, float>(convolution.Weights.Data.Span);
            (int line, int column) = Math.DivRem(position, window.Width.Output);
            (int batch, int row) = Math.DivRem(line, window.Height.Output);
            for (int output = 0; output < outputs; output++)
            {
                int firstChannel = output / (outputs / convolution.Groups) * channels;
                T sum = first(output);
                for (int tap = 0; tap < window.Taps; tap++)
                {
                    int y = window.Height.Position(row, tap / window.Width.Kernel), x = window.Width.Position(column, tap % window.Width.Kernel);
                    if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                        continue;
                    ReadOnlySpan<float> pixel = input.Slice(((batch * window.Height.Input + y) * window.Width.Input + x) * convolution.InputChannels + firstChannel, channels);
                    ReadOnlySpan<float> filter = weights.Slice(convolution.WeightIndex(output, tap), channels);
                    for (int channel = 0; channel < pixel.Length; channel++)
                        sum = TTerms.Add(sum, pixel[channel], filter[channel]);
                }
                sums[position * outputs + output] = TTerms.Result(sum);
            }
        });
    }
}
