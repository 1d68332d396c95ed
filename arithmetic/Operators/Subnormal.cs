using System.Numerics;

namespace OffByN.Arithmetic.Operators;

/// <summary>The numbers between 0 and the smallest normal float32, which XNNPACK's threads read as 0 and give as 0 (pthreadpool disables them).</summary>
public static class Subnormal
{
    private const float LeastNormal = 1.17549435e-38f;

    /// <summary>0 of the same sign in place of a subnormal number; any other is itself.</summary>
    public static float Flushed(float x) => MathF.Abs(x) < LeastNormal ? MathF.CopySign(0, x) : x;

    /// <inheritdoc cref="Flushed(float)"/>
    public static Vector<float> Flushed(Vector<float> x) =>
        Vector.ConditionalSelect(Vector.LessThan(Vector.Abs(x), new(LeastNormal)), Vector.CopySign(Vector<float>.Zero, x), x);

    /// <summary>Flushes all numbers where they stand.</summary>
    public static void Flush(Span<float> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Flushed(numbers[i]);
    }
}
