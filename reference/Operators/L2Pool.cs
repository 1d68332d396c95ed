using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>L2_POOL_2D.</summary>
public sealed class L2Pool(PreparedL2Pool pool) : IReferenceOperator<PreparedL2Pool>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int position = 0; position < pool.Window.Positions; position++)
        {
            Span<float> results = output.Slice(position * pool.Channels, pool.Channels);
            results.Clear();
            int inside = 0;
            foreach (int at in pool.Window.PixelsUnder(position))
            {
                inside++;
                ReadOnlySpan<float> pixel = input.Slice(at * pool.Channels, pool.Channels);
                for (int channel = 0; channel < results.Length; channel++)
                    results[channel] += (float)(pixel[channel] * pixel[channel]);
            }
            float reciprocal = 1f / inside;
            foreach (ref float result in results)
            {
                result = MathF.Sqrt(pool.MultipliesByReciprocal ? (float)(result * reciprocal) : result / inside);
                result = result < pool.Low ? pool.Low : result > pool.High ? pool.High : result;
            }
        }
    }
}
