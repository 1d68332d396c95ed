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
            (int line, int column) = Math.DivRem(position, window.Width.Output);
            (int batch, int row) = Math.DivRem(line, window.Height.Output);
            sums.AsSpan(0, channels).Clear();
            int inside = 0;
            for (int ky = 0; ky < window.Height.Kernel; ky++)
            {
                int y = window.Height.Position(row, ky);
                for (int kx = 0; kx < window.Width.Kernel; kx++)
                {
                    int x = window.Width.Position(column, kx);
                    if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                        continue;
                    inside++;
                    ReadOnlySpan<T> pixel = input.Slice(((batch * window.Height.Input + y) * window.Width.Input + x) * channels, channels);
                    for (int channel = 0; channel < channels; channel++)
                        sums[channel] += int.CreateTruncating(pixel[channel]);
                }
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
