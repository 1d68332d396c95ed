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
            int row = line % window.Height.Output;
            Span<T> largest = output.Slice(position * channels, channels);
            largest.Fill(pool.PaddingCode is { } outside && ReachesOutside(row, column) ? T.Max(low, T.CreateSaturating(outside)) : low);
            foreach (int at in window.PixelsUnder(position))
            {
                ReadOnlySpan<T> pixel = input.Slice(at * channels, channels);
                for (int channel = 0; channel < channels; channel++)
                    largest[channel] = largest[channel] < pixel[channel] ? pixel[channel] : largest[channel];
            }
            for (int channel = 0; channel < channels; channel++)
                largest[channel] = largest[channel] > high ? high : largest[channel];
        }
    }

    private bool ReachesOutside(int row, int column) => IsOutside(pool.Window.Height, row) || IsOutside(pool.Window.Width, column);

    private static bool IsOutside(WindowAxis axis, int output) => axis.Position(output, 0) < 0 || axis.Position(output, axis.Kernel - 1) >= axis.Input;
}
