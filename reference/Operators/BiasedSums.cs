using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>What convolutions of float32 have in common around their sums: the bias, first or last, and the clamp.</summary>
internal static class BiasedSums
{
    /// <param name="bias">One value an output channel; the channels lie innermost in <paramref name="output"/>.</param>
    /// <param name="fused">Makes all sums by <see cref="FusedProducts"/>, from what each channel's begin with.</param>
    /// <param name="rounded">The same by <see cref="Products"/>.</param>
    public static void Run(
        SumOrder order, ImmutableArray<float> bias, float low, float high, Span<float> output, Action<float[], float[]> fused, Action<float[], float[]> rounded)
    {
        bool isBiasFirst = order.IsBiasFirst();
        float[] first = isBiasFirst ? [.. bias] : new float[bias.Length], sums = new float[output.Length];
        if (order == SumOrder.Fused)
        {
            Subnormal.Flush(first);
            fused(first, sums);
        }
        else
        {
            rounded(first, sums);
        }
        End(sums, isBiasFirst ? [] : bias, low, high, output);
    }

    /// <summary>Adds the bias, if there is one still to add, and clamps.</summary>
    public static void End(ReadOnlySpan<float> sums, ImmutableArray<float> bias, float low, float high, Span<float> output)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            float result = bias.IsEmpty ? sums[i] : sums[i] + bias[i % bias.Length];
            output[i] = result < low ? low : result > high ? high : result;
        }
    }
}
