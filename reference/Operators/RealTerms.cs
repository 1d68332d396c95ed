using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>What is added up over the products of one float32 output element; a struct, so that the loop is compiled for it.</summary>
internal interface IRealTerms<T>
    where T : struct
{
    static abstract T Add(T sum, float x, float weight);

    static abstract float Result(T sum);
}

/// <summary>Product and sum rounded each (<see cref="SumOrder.Sequential"/>, <see cref="SumOrder.BiasFirst"/>).</summary>
internal readonly struct Products : IRealTerms<float>
{
    public static float Add(float sum, float x, float weight) => sum + (float)(x * weight);

    public static float Result(float sum) => sum;
}

/// <summary>Product and sum rounded once together (<see cref="SumOrder.Fused"/>). The factors that an operator reads at run time have been flushed before; a constant one has not.</summary>
internal readonly struct FusedProducts : IRealTerms<float>
{
    public static float Add(float sum, float x, float weight) => Subnormal.Flushed(MathF.FusedMultiplyAdd(x, Subnormal.Flushed(weight), sum));

    public static float Result(float sum) => sum;
}

/// <summary>|x w|, rounded up: what a bound of the sum is made of.</summary>
internal readonly struct Magnitudes : IRealTerms<double>
{
    public static double Add(double sum, float x, float weight) => sum + Math.Abs((double)x * weight);

    public static float Result(double sum) => MathF.BitIncrement((float)sum);
}
