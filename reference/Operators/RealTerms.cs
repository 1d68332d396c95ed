using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>
/// How a product is added to a float32 sum; a struct, so that the loop is compiled for it. Sums of neighbouring output channels grow side by side, each in the order in which
/// the products come.
/// </summary>
internal interface IRealTerms<T>
    where T : unmanaged
{
    /// <summary>Adds <paramref name="x"/> times each weight to the sum at its place.</summary>
    static abstract void AddScaled(Span<T> sums, float x, ReadOnlySpan<float> weights);

    /// <summary>Adds each number times the weight at its place to the sum at its place.</summary>
    static abstract void AddProducts(Span<T> sums, ReadOnlySpan<float> x, ReadOnlySpan<float> weights);

    static abstract float Result(T sum);
}

/// <summary>Product and sum rounded each (<see cref="SumOrder.Sequential"/>, <see cref="SumOrder.BiasFirst"/>).</summary>
internal readonly struct Products : IRealTerms<float>, IVectorStep
{
    public static Vector<float> Add(Vector<float> sum, Vector<float> x, Vector<float> weight) => sum + x * weight;

    public static float Add(float sum, float x, float weight) => sum + (float)(x * weight);

    public static void AddScaled(Span<float> sums, float x, ReadOnlySpan<float> weights) => SideBySide.AddScaled<Products>(sums, x, weights);

    public static void AddProducts(Span<float> sums, ReadOnlySpan<float> x, ReadOnlySpan<float> weights) => SideBySide.AddProducts<Products>(sums, x, weights);

    public static float Result(float sum) => sum;
}

/// <summary>Product and sum rounded once together, subnormal sums being 0 (<see cref="SumOrder.Fused"/>); the factors have been flushed before.</summary>
internal readonly struct FusedProducts : IRealTerms<float>, IVectorStep
{
    public static Vector<float> Add(Vector<float> sum, Vector<float> x, Vector<float> weight) => Subnormal.Flushed(Vector.FusedMultiplyAdd(x, weight, sum));

    public static float Add(float sum, float x, float weight) => Subnormal.Flushed(MathF.FusedMultiplyAdd(x, weight, sum));

    public static void AddScaled(Span<float> sums, float x, ReadOnlySpan<float> weights) => SideBySide.AddScaled<FusedProducts>(sums, x, weights);

    public static void AddProducts(Span<float> sums, ReadOnlySpan<float> x, ReadOnlySpan<float> weights) => SideBySide.AddProducts<FusedProducts>(sums, x, weights);

    public static float Result(float sum) => sum;
}

/// <summary>|x w|, rounded up: what a bound of the sum is made of.</summary>
internal readonly struct Magnitudes : IRealTerms<double>
{
    public static void AddScaled(Span<double> sums, float x, ReadOnlySpan<float> weights)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += Math.Abs((double)x * weights[i]);
    }

    public static void AddProducts(Span<double> sums, ReadOnlySpan<float> x, ReadOnlySpan<float> weights)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += Math.Abs((double)x[i] * weights[i]);
    }

    public static float Result(double sum) => MathF.BitIncrement((float)sum);
}

/// <summary>One product more, for one sum and for a vector of them.</summary>
internal interface IVectorStep
{
    static abstract Vector<float> Add(Vector<float> sum, Vector<float> x, Vector<float> weight);

    static abstract float Add(float sum, float x, float weight);
}

internal static class SideBySide
{
    public static void AddScaled<TStep>(Span<float> sums, float x, ReadOnlySpan<float> weights)
        where TStep : struct, IVectorStep
    {
        Span<Vector<float>> whole = MemoryMarshal.Cast<float, Vector<float>>(sums);
        ReadOnlySpan<Vector<float>> factors = MemoryMarshal.Cast<float, Vector<float>>(weights);
        Vector<float> each = new(x);
        for (int i = 0; i < whole.Length; i++)
            whole[i] = TStep.Add(whole[i], each, factors[i]);
        for (int i = whole.Length * Vector<float>.Count; i < sums.Length; i++)
            sums[i] = TStep.Add(sums[i], x, weights[i]);
    }

    public static void AddProducts<TStep>(Span<float> sums, ReadOnlySpan<float> x, ReadOnlySpan<float> weights)
        where TStep : struct, IVectorStep
    {
        Span<Vector<float>> whole = MemoryMarshal.Cast<float, Vector<float>>(sums);
        ReadOnlySpan<Vector<float>> numbers = MemoryMarshal.Cast<float, Vector<float>>(x), factors = MemoryMarshal.Cast<float, Vector<float>>(weights);
        for (int i = 0; i < whole.Length; i++)
            whole[i] = TStep.Add(whole[i], numbers[i], factors[i]);
        for (int i = whole.Length * Vector<float>.Count; i < sums.Length; i++)
            sums[i] = TStep.Add(sums[i], x[i], weights[i]);
    }
}
