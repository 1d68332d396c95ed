using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>AVERAGE_POOL_2D on float32.</summary>
public sealed class FloatPool(PreparedFloatPool pool) : IReferenceOperator<PreparedFloatPool>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int position = 0; position < pool.Window.Positions; position++)
        {
            Span<float> averages = output.Slice(position * pool.Channels, pool.Channels);
            averages.Clear();
            int inside = 0;
            foreach (int at in pool.Window.PixelsUnder(position))
            {
                inside++;
                ReadOnlySpan<float> pixel = input.Slice(at * pool.Channels, pool.Channels);
                for (int channel = 0; channel < averages.Length; channel++)
                    averages[channel] += pixel[channel];
            }
            foreach (ref float average in averages)
            {
                average /= inside;
                average = average < pool.Low ? pool.Low : average > pool.High ? pool.High : average;
            }
        }
    }

    /// <remarks>The quotient may be a product with a reciprocal: two roundings more.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (pool.IsExact)
            return null;
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        float[] magnitudes = new float[pool.Output.Shape!.Elements];
        for (int i = 0; i < magnitudes.Length; i++)
        {
            (int position, int channel) = Math.DivRem(i, pool.Channels);
            (double sum, int inside) = (0, 0);
            foreach (int at in pool.Window.PixelsUnder(position))
            {
                sum += Math.Abs((double)input[at * pool.Channels + channel]);
                inside++;
            }
            magnitudes[i] = MathF.BitIncrement((float)(sum / inside));
        }
        return ErrorBound.OfSums(pool.Window.Taps + 2, "|x| / n", magnitudes, pool.FlushesSubnormals);
    }
}
