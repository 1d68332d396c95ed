using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
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

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        double own = ownFunctions ? OwnUnits : 0;
        if (unary.IsExact && own == 0)
            return null;
        float[] numbers = MemoryMarshal.Cast<byte, float>(inputs[0].Span).ToArray();
        if (unary.Function is UnaryFunction.SquareRootNewton or UnaryFunction.ReciprocalSquareRootNewton)
            return NewtonBound(numbers);
        return unary.Function switch
        {
            UnaryFunction.Gelu or UnaryFunction.GeluByTanh => ErrorBound.OfShare(unary.Units + own, "|x|", numbers),
            UnaryFunction.Sine or UnaryFunction.Cosine when !unary.IsExact => new(
                string.Create(CultureInfo.InvariantCulture, $"{unary.Units + own} u, u = 2^-24, for |x| < {LargestOfSine}"),
                [.. numbers.Select(x => Math.Abs(x) < LargestOfSine ? (unary.Units + own) * ErrorBound.Roundoff : double.NaN)]),
            _ => ErrorBound.OfShare(
                unary.Units + own, "|y|", Array.ConvertAll(numbers, x => Result(x, unary.Function)), unary.IsExact ? float.Epsilon : ErrorBound.LeastNormal),
        };
    }

    /// <summary>Integers know only their sign: the lowest one has no positive, and stays.</summary>
    private void Run<T>(ReadOnlySpan<byte> input, Span<byte> output)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(input);
        Span<T> results = MemoryMarshal.Cast<byte, T>(output);
        for (int i = 0; i < numbers.Length; i++)
        {
            results[i] = unary.Function switch
            {
                UnaryFunction.Negate => unchecked(-numbers[i]),
                UnaryFunction.Sign => T.CreateChecked(T.Sign(numbers[i])),
                _ => numbers[i] < T.Zero ? unchecked(-numbers[i]) : numbers[i],
            };
        }
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
        UnaryFunction.LogisticInside => VectorFunctions.LogisticInside(x),
        UnaryFunction.LogisticBeside => VectorFunctions.LogisticBeside(x),
        UnaryFunction.Tanh => MathF.Tanh(x),
        UnaryFunction.TanhRational => RationalFunctions.Tanh(x),
        UnaryFunction.TanhInVectors => VectorFunctions.Tanh(x),
        UnaryFunction.Exp => MathF.Exp(x),
        UnaryFunction.ExpOfRoundedArgument => RationalFunctions.ExpOfRoundedArgument(x),
        UnaryFunction.Log => MathF.Log(x),
        UnaryFunction.LogWithoutSubnormals => float.IsSubnormal(x) && x > 0 ? MathF.Log(2) * -150 : MathF.Log(x),
        UnaryFunction.LogRational => RationalFunctions.Log(x, ofBits: false),
        UnaryFunction.LogRationalOfBits => RationalFunctions.Log(x, ofBits: true),
        UnaryFunction.SquareRootNewton => float.IsFinite(x) && x > NewtonLosesSquare ? 1.5f * MathF.Sqrt(x) : MathF.Sqrt(x),
        UnaryFunction.ReciprocalSquareRootNewton => x == 0 ? float.NaN : float.IsFinite(x) && x > NewtonLosesSquare ? 1.5f / MathF.Sqrt(x) : 1f / MathF.Sqrt(x),
        UnaryFunction.Elu => x < 0 ? Functions.Expm1(x) : x,
        UnaryFunction.SquareRoot => MathF.Sqrt(x),
        UnaryFunction.Floor => MathF.Floor(x),
        UnaryFunction.Ceiling => MathF.Ceiling(x),
        UnaryFunction.Round => MathF.Round(x, MidpointRounding.ToEven),
        UnaryFunction.Square => x * x,
        UnaryFunction.Sign => x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x,
        UnaryFunction.Sine => MathF.Sin(x),
        UnaryFunction.Cosine => MathF.Cos(x),
        UnaryFunction.Gelu => (float)(0.5 * x * ErrorFunctions.Complementary(-x * Math.Sqrt(0.5))),
        UnaryFunction.GeluByTanh => (float)(0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        _ => 1f / MathF.Sqrt(x),
    };

    /// <summary>Below it the bounds of sines were measured.</summary>
    private const int LargestOfSine = 1 << 14;

    /// <summary>
    /// How far results of functions that are right within half an ulp and a little lie from the C library's, in roundoffs: an ulp, where the library errs by less than one. glibc's tanhf
    /// errs by up to two, and LOGISTIC rounds twice more; the largest distance over all float32 is 3.5 and 2.8 there.
    /// </summary>
    private double OwnUnits => unary.Function switch
    {
        UnaryFunction.Exp or UnaryFunction.ExpOfRoundedArgument or UnaryFunction.Log or UnaryFunction.LogisticRounded or UnaryFunction.Elu
            or UnaryFunction.Sine or UnaryFunction.Cosine or UnaryFunction.Gelu or UnaryFunction.GeluByTanh => 2,
        UnaryFunction.Logistic or UnaryFunction.Tanh => 4,
        UnaryFunction.LogisticInside when unary.CallsLibrary => 4,
        _ => 0,
    };

    /// <remarks>Above 2^126 the first guess, of 14 bits, is not improved; around it the guess decides.</remarks>
    private ErrorBound NewtonBound(float[] numbers)
    {
        float[] results = Array.ConvertAll(numbers, x => Result(x, unary.Function));
        ErrorBound bound = ErrorBound.OfShare(unary.Units, "|y|", results, ErrorBound.LeastNormal);
        return !numbers.Any(x => x > NewtonLosesSquare || IsUndecided(x)) ? bound
            : new(bound.Formula + "; 2^-13 |y| above 2^126",
                [.. bound.Slack.Select((slack, i) => IsUndecided(numbers[i]) ? double.NaN : float.IsFinite(numbers[i]) && numbers[i] > NewtonLosesSquare ? Math.Abs(results[i]) / (1 << 13) : slack)]);
    }

    private static bool IsUndecided(float x) => MathF.Abs(x / NewtonLosesSquare - 1) < 1f / (1 << 12);

    /// <summary>2^126: the square of the reciprocal root is below the normal numbers above it.</summary>
    private const float NewtonLosesSquare = 8.507059173023462e37f;

    private const float LogisticIsOne = 16.619047164916992f;
}
