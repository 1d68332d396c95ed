using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Operators of one tensor of plain numbers. Exponentials are the host's C library's, as in TFLite's scalar code.</summary>
public sealed class UnaryNumbers(PreparedUnary unary) : IReferenceOperator<PreparedUnary>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> input = inputs[0].Span;
        Span<byte> output = outputs[0].Span;
        switch (unary.Input.Type)
        {
            case TensorType.Int32:
                Run<int>(input, output);
                break;
            case TensorType.Int64:
                Run<long>(input, output);
                break;
            default:
                ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(input);
                Span<float> results = MemoryMarshal.Cast<byte, float>(output);
                for (int i = 0; i < numbers.Length; i++)
                    results[i] = Result(numbers[i], unary.Tail is { } tail && i >= unary.TailStart ? tail : unary.Function);
                break;
        }
    }

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs)
    {
        if (unary.IsExact)
            return null;
        float[] numbers = MemoryMarshal.Cast<byte, float>(inputs[0].Span).ToArray();
        float[] results = Array.ConvertAll(numbers, x => Result(x, unary.Function));
        ErrorBound bound = ErrorBound.OfShare(unary.Units, results);
        // Above 2^126 the first guess, of 14 bits, is not improved; around it the guess decides.
        return unary.Function is UnaryFunction.SquareRootNewton or UnaryFunction.ReciprocalSquareRootNewton && numbers.Any(x => x > NewtonLosesSquare || IsUndecided(x))
            ? new(bound.Formula + "; 2^-13 |y| above 2^126",
                [.. bound.Slack.Select((slack, i) => IsUndecided(numbers[i]) ? double.NaN : float.IsFinite(numbers[i]) && numbers[i] > NewtonLosesSquare ? Math.Abs(results[i]) / (1 << 13) : slack)])
            : bound;
    }

    /// <summary>Integers know only their sign: the lowest one has no positive, and stays.</summary>
    private void Run<T>(ReadOnlySpan<byte> input, Span<byte> output)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(input);
        Span<T> results = MemoryMarshal.Cast<byte, T>(output);
        bool negates = unary.Function == UnaryFunction.Negate;
        for (int i = 0; i < numbers.Length; i++)
            results[i] = negates || numbers[i] < T.Zero ? unchecked(-numbers[i]) : numbers[i];
    }

    private float Result(float x, UnaryFunction function) => function switch
    {
        UnaryFunction.Abs => MathF.Abs(x),
        UnaryFunction.Negate => -x,
        UnaryFunction.Relu => x < 0 ? 0 : x,
        UnaryFunction.Relu6 => x < 0 ? 0 : x > 6 ? 6 : x,
        UnaryFunction.ReluN1To1 => x < -1 ? -1 : x > 1 ? 1 : x,
        UnaryFunction.Relu0To1 => x < 0 ? 0 : x > 1 ? 1 : x,
        UnaryFunction.LeakyRelu => x > 0 ? x : x * unary.Parameter,
        UnaryFunction.LeakyReluFlushed => Subnormal.Flushed(x) < 0 ? Subnormal.Flushed(x * unary.Parameter) : x,
        UnaryFunction.HardSwish => (float)(x * Math.Min(6f, Math.Max(0f, x + 3f))) / 6f,
        UnaryFunction.HardSwishScaledFirst => (float)(x * (1f / 6f)) * Math.Min(6f, Math.Max(0f, x + 3f)),
        UnaryFunction.HardSwishScaledLast => (float)(x * Math.Min(6f, Math.Max(0f, x + 3f))) * (1f / 6f),
        UnaryFunction.HardSwishFused => Math.Min(1f, Math.Max(0f, MathF.FusedMultiplyAdd(x, 1f / 6f, 0.5f))) * x,
        UnaryFunction.Logistic => x > LogisticIsOne ? 1 : x < -9 ? MathF.Exp(x) : 1f / (1f + MathF.Exp(-x)),
        UnaryFunction.LogisticRounded => (float)(1 / (1 + Math.Exp(-x))),
        UnaryFunction.Tanh => MathF.Tanh(x),
        UnaryFunction.TanhRational => TanhRational(x),
        UnaryFunction.Exp => MathF.Exp(x),
        UnaryFunction.ExpOfRoundedArgument => float.IsNaN(x) ? 0 : (float)Math.Pow(2, (float)(x * 1.44269504f)),
        UnaryFunction.Log => MathF.Log(x),
        UnaryFunction.LogRational => LogRational(x),
        UnaryFunction.SquareRoot => MathF.Sqrt(x),
        UnaryFunction.SquareRootNewton => float.IsFinite(x) && x > NewtonLosesSquare ? 1.5f * MathF.Sqrt(x) : MathF.Sqrt(x),
        UnaryFunction.ReciprocalSquareRootNewton => x == 0 ? float.NaN : float.IsFinite(x) && x > NewtonLosesSquare ? 1.5f / MathF.Sqrt(x) : 1f / MathF.Sqrt(x),
        _ => 1f / MathF.Sqrt(x),
    };

    private static float TanhRational(float x)
    {
        const float Largest = 7.9807181358f;
        float limited = x < -Largest ? -Largest : x > Largest ? Largest : x, square = limited * limited;
        return (float)(limited * Polynomial(square, [1.4248920266e-08f, 2.1235626264e-05f, 3.5330520477e-03f, 1.3412411511e-01f, 1]))
            / Polynomial(square, [8.1365948290e-07f, 3.3472978976e-04f, 2.6018999517e-02f, 4.6745735407e-01f, 1]);
    }

    /// <remarks>The mantissa is brought between sqrt(1/2) and sqrt(2) by two factors whose product is 1 in float32.</remarks>
    private static float LogRational(float x)
    {
        float scaled = x * 1.4142134190f;
        if (scaled <= 0 || !float.IsFinite(scaled))
            return scaled == 0 ? float.NegativeInfinity : scaled > 0 ? scaled : float.NaN;
        float rest = (float)(MathF.ScaleB(scaled, -MathF.ILogB(scaled)) * 7.0710688829e-01f) - 1;
        float y = (float)(rest * Polynomial(rest, [1.824996918440e-01f, 1, 1])) / Polynomial(rest, [0.049584995955f, 0.599170029163f, 1.5f, 1]);
        return MathF.FusedMultiplyAdd(MathF.ILogB(scaled), MathF.Log(2), y);
    }

    /// <summary>By Horner's rule with fused multiply-adds, the coefficient of the highest power first.</summary>
    private static float Polynomial(float x, ReadOnlySpan<float> coefficients)
    {
        float sum = coefficients[0];
        foreach (float coefficient in coefficients[1..])
            sum = MathF.FusedMultiplyAdd(x, sum, coefficient);
        return sum;
    }

    private static bool IsUndecided(float x) => MathF.Abs(x / NewtonLosesSquare - 1) < 1f / (1 << 12);

    /// <summary>2^126: the square of the reciprocal root is below the normal numbers above it.</summary>
    private const float NewtonLosesSquare = 8.507059173023462e37f;

    private const float LogisticIsOne = 16.619047164916992f;
}
