using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>AVERAGE_POOL_2D on codes.</summary>
public sealed class AveragePool(PreparedAveragePool pool) : CodeOperator(pool.Input.Type), IReferenceOperator<PreparedAveragePool>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> input = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        Span<T> output = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        (Window window, int channels) = (pool.Window, pool.Channels);
        int[] sums = ArrayPool<int>.Shared.Rent(channels);
        for (int position = 0; position < window.Positions; position++)
        {
            sums.AsSpan(0, channels).Clear();
            int inside = 0;
            foreach (int at in window.PixelsUnder(position))
            {
                inside++;
                ReadOnlySpan<T> pixel = input.Slice(at * channels, channels);
                for (int channel = 0; channel < channels; channel++)
                    sums[channel] += int.CreateTruncating(pixel[channel]);
            }
            for (int channel = 0; channel < channels; channel++)
            {
                int average = pool.Average(sums[channel], inside);
                output[position * channels + channel] = T.CreateTruncating(Math.Min(Math.Max(average, pool.Low), pool.High));
            }
        }
        ArrayPool<int>.Shared.Return(sums);
    }
}
