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
        Sum<float, Products>(inputs, new float[convolution.OutputChannels], sums);
        BiasedSums.End(sums, convolution.Bias, convolution.Low, convolution.High, MemoryMarshal.Cast<byte, float>(outputs[0].Span));
    }

    /// <remarks>As of <see cref="FloatConvolution"/>.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (convolution.IsExact)
            return null;
        float[] magnitudes = new float[convolution.Output.Shape!.Elements];
        Sum<double, Magnitudes>(inputs, [.. convolution.Bias.Select(bias => Math.Abs((double)bias))], magnitudes);
        return ErrorBound.OfSums(convolution.Products + 1, "|x w| + |bias|", magnitudes, convolution.FlushesSubnormals);
    }

    /// <param name="first">What the sum of each output channel begins with.</param>
    private void Sum<T, TTerms>(ImmutableArray<ReadOnlyMemory<byte>> inputs, T[] first, float[] results)
        where T : unmanaged
        where TTerms : struct, IRealTerms<T>
    {
        (WindowAxis depth, WindowAxis height, WindowAxis width) = (convolution.Axes[0], convolution.Axes[1], convolution.Axes[2]);
        (int channels, int outputs) = (convolution.InputChannels, convolution.OutputChannels);
        Parallel.For(0, convolution.Batches * depth.Output * height.Output * width.Output, () => new T[outputs], (position, _, sums) =>
        {
            ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span), filter = MemoryMarshal.Cast<byte, float>(inputs[1].Span);
            int column = position % width.Output, row = position / width.Output % height.Output, plane = position / width.Output / height.Output % depth.Output;
            int batch = position / width.Output / height.Output / depth.Output;
            first.CopyTo(sums.AsSpan());
            for (int tap = 0; tap < depth.Kernel * height.Kernel * width.Kernel; tap++)
            {
                int z = depth.Position(plane, tap / width.Kernel / height.Kernel), y = height.Position(row, tap / width.Kernel % height.Kernel), x = width.Position(column, tap % width.Kernel);
                if ((uint)z >= (uint)depth.Input || (uint)y >= (uint)height.Input || (uint)x >= (uint)width.Input)
                    continue;
                ReadOnlySpan<float> pixel = input.Slice((((batch * depth.Input + z) * height.Input + y) * width.Input + x) * channels, channels);
                for (int channel = 0; channel < channels; channel++)
                    TTerms.AddScaled(sums, pixel[channel], filter.Slice((tap * channels + channel) * outputs, outputs));
            }
            for (int output = 0; output < outputs; output++)
                results[position * outputs + output] = TTerms.Result(sums[output]);
            return sums;
        }, _ => { });
    }
}
