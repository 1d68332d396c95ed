using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>CONV_3D of float32, in the order of the reference kernel.</summary>
public sealed class Convolution3D(PreparedConvolution3D convolution) : IReferenceOperator<PreparedConvolution3D>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        float[] sums = new float[convolution.Output.Shape!.Elements];
        Each(inputs, sums, (sum, x, weight) => sum + (float)(x * weight));
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int i = 0; i < sums.Length; i++)
        {
            float result = sums[i] + convolution.Bias[i % convolution.OutputChannels];
            output[i] = result < convolution.Low ? convolution.Low : result > convolution.High ? convolution.High : result;
        }
    }

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (convolution.IsExact)
            return null;
        double[] magnitudes = new double[convolution.Output.Shape!.Elements];
        Each(inputs, magnitudes, (sum, x, weight) => sum + Math.Abs((double)x * weight));
        return ErrorBound.OfSums(
            convolution.Products + 1, "|x w| + |bias|",
            [.. magnitudes.Select((magnitude, i) => MathF.BitIncrement((float)(magnitude + Math.Abs((double)convolution.Bias[i % convolution.OutputChannels]))))],
            convolution.FlushesSubnormals);
    }

    /// <summary>For each output element, what is made of the inputs and weights under its window, in their order.</summary>
    private void Each<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, T[] sums, Func<T, float, float, T> add)
    {
        (WindowAxis depth, WindowAxis height, WindowAxis width) = (convolution.Axes[0], convolution.Axes[1], convolution.Axes[2]);
        (int channels, int outputs) = (convolution.InputChannels, convolution.OutputChannels);
        Parallel.For(0, convolution.Batches * depth.Output * height.Output * width.Output, position =>
        {
            ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span), filter = MemoryMarshal.Cast<byte, float>(inputs[1].Span);
            int column = position % width.Output, row = position / width.Output % height.Output, plane = position / width.Output / height.Output % depth.Output;
            int batch = position / width.Output / height.Output / depth.Output;
            for (int tap = 0; tap < depth.Kernel * height.Kernel * width.Kernel; tap++)
            {
                int z = depth.Position(plane, tap / width.Kernel / height.Kernel), y = height.Position(row, tap / width.Kernel % height.Kernel), x = width.Position(column, tap % width.Kernel);
                if ((uint)z >= (uint)depth.Input || (uint)y >= (uint)height.Input || (uint)x >= (uint)width.Input)
                    continue;
                ReadOnlySpan<float> pixel = input.Slice((((batch * depth.Input + z) * height.Input + y) * width.Input + x) * channels, channels);
                for (int channel = 0; channel < channels; channel++)
                {
                    ReadOnlySpan<float> weights = filter.Slice((tap * channels + channel) * outputs, outputs);
                    for (int output = 0; output < outputs; output++)
                        sums[position * outputs + output] = add(sums[position * outputs + output], pixel[channel], weights[output]);
                }
            }
        });
    }
}
