using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>MAX_POOL_2D.</summary>
public sealed class MaxPool(PreparedMaxPool pool) : NumberOperator(pool.Input.Type), IReferenceOperator<PreparedMaxPool>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> input = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        Span<T> output = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        (Window window, int channels) = (pool.Window, pool.Channels);
        (T low, T high) = (T.CreateSaturating(pool.Low), T.CreateSaturating(pool.High));
        for (int position = 0; position < window.Positions; position++)
        {
            (int line, int column) = Math.DivRem(position, window.Width.Output);
            (int batch, int row) = Math.DivRem(line, window.Height.Output);
            Span<T> largest = output.Slice(position * channels, channels);
            largest.Fill(pool.PaddingCode is { } outside && ReachesOutside(row, column) ? T.Max(low, T.CreateSaturating(outside)) : low);
            for (int ky = 0; ky < window.Height.Kernel; ky++)
            {
                int y = window.Height.Position(row, ky);
                for (int kx = 0; kx < window.Width.Kernel; kx++)
                {
                    int x = window.Width.Position(column, kx);
                    if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                        continue;
                    ReadOnlySpan<T> pixel = input.Slice(((batch * window.Height.Input + y) * window.Width.Input + x) * channels, channels);
                    for (int channel = 0; channel < channels; channel++)
                        largest[channel] = largest[channel] < pixel[channel] ? pixel[channel] : largest[channel];
                }
            }
            for (int channel = 0; channel < channels; channel++)
                largest[channel] = largest[channel] > high ? high : largest[channel];
        }
    }

    private bool ReachesOutside(int row, int column) => IsOutside(pool.Window.Height, row) || IsOutside(pool.Window.Width, column);

    private static bool IsOutside(WindowAxis axis, int output) => axis.Position(output, 0) < 0 || axis.Position(output, axis.Kernel - 1) >= axis.Input;
}
