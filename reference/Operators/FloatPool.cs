using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>AVERAGE_POOL_2D on float32.</summary>
public sealed class FloatPool(PreparedFloatPool pool) : IReferenceOperator<PreparedFloatPool>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int i = 0; i < output.Length; i++)
        {
            float sum = 0;
            int inside = 0;
            foreach (int at in Taps(i))
            {
                sum += input[at];
                inside++;
            }
            float average = sum / inside;
            output[i] = average < pool.Low ? pool.Low : average > pool.High ? pool.High : average;
        }
    }

    /// <remarks>The quotient may be a product with a reciprocal: two roundings more.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs)
    {
        if (pool.IsExact)
            return null;
        ReadOnlyMemory<byte> input = inputs[0];
        float[] magnitudes = [.. Enumerable.Range(0, pool.Output.Shape!.Elements).Select(i =>
        {
            int[] taps = [.. Taps(i)];
            return MathF.BitIncrement((float)(taps.Sum(at => Math.Abs((double)MemoryMarshal.Cast<byte, float>(input.Span)[at])) / taps.Length));
        })];
        return ErrorBound.OfSums(pool.Window.Taps + 2, "|x| / n", magnitudes);
    }

    /// <summary>The input elements under the window of an output element, row by row.</summary>
    private IEnumerable<int> Taps(int element)
    {
        Window window = pool.Window;
        (int position, int channel) = Math.DivRem(element, pool.Channels);
        (int line, int column) = Math.DivRem(position, window.Width.Output);
        (int batch, int row) = Math.DivRem(line, window.Height.Output);
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int y = window.Height.Position(row, tap / window.Width.Kernel), x = window.Width.Position(column, tap % window.Width.Kernel);
            if ((uint)y < (uint)window.Height.Input && (uint)x < (uint)window.Width.Input)
                yield return ((batch * window.Height.Input + y) * window.Width.Input + x) * pool.Channels + channel;
        }
    }
}
