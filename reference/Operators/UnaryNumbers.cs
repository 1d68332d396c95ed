using System.Collections.Immutable;
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

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs)
    {
        if (unary.IsExact)
            return null;
        float[] results = Array.ConvertAll(MemoryMarshal.Cast<byte, float>(inputs[0].Span).ToArray(), x => Result(x, unary.Function));
        return ErrorBound.OfShare(unary.Units, results);
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
        UnaryFunction.HardSwish => (float)(x * Math.Min(6f, Math.Max(0f, x + 3f))) / 6f,
        UnaryFunction.HardSwishScaledFirst => (float)(x * (1f / 6f)) * Math.Min(6f, Math.Max(0f, x + 3f)),
        UnaryFunction.HardSwishScaledLast => (float)(x * Math.Min(6f, Math.Max(0f, x + 3f))) * (1f / 6f),
        UnaryFunction.HardSwishFused => Math.Min(1f, Math.Max(0f, MathF.FusedMultiplyAdd(x, 1f / 6f, 0.5f))) * x,
        UnaryFunction.Logistic => x > LogisticIsOne ? 1 : x < -9 ? MathF.Exp(x) : 1f / (1f + MathF.Exp(-x)),
        UnaryFunction.LogisticRounded => (float)(1 / (1 + Math.Exp(-x))),
        UnaryFunction.LogisticInside => VectorFunctions.LogisticInside(x),
        UnaryFunction.LogisticBeside => VectorFunctions.LogisticBeside(x),
        UnaryFunction.Tanh => MathF.Tanh(x),
        UnaryFunction.TanhInVectors => VectorFunctions.Tanh(x),
        UnaryFunction.Exp => MathF.Exp(x),
        UnaryFunction.Log => MathF.Log(x),
        UnaryFunction.SquareRoot => MathF.Sqrt(x),
        _ => 1f / MathF.Sqrt(x),
    };

    private const float LogisticIsOne = 16.619047164916992f;
}
