using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>QUANTIZE from float32.</summary>
public sealed class QuantizedNumbers(PreparedQuantize quantize) : IReferenceOperator<PreparedQuantize>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        if (quantize.Output.Type == TensorType.Int16)
            Run(numbers, MemoryMarshal.Cast<byte, short>(outputs[0].Span));
        else
            Run(numbers, outputs[0].Span);
    }

    private void Run<T>(ReadOnlySpan<float> numbers, Span<T> codes)
        where T : IBinaryInteger<T>
    {
        for (int i = 0; i < numbers.Length; i++)
            codes[i] = T.CreateTruncating(quantize.Code(numbers[i], i < quantize.TailStart ? quantize.Body : quantize.Tail));
    }
}

/// <summary>DEQUANTIZE of float16.</summary>
public sealed class Halves(PreparedHalves halves) : IReferenceOperator<PreparedHalves>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<Half> numbers = MemoryMarshal.Cast<byte, Half>(inputs[0].Span);
        Span<float> results = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int i = 0; i < Math.Min(numbers.Length, halves.Output.Shape!.Elements); i++)
            results[i] = (float)numbers[i];
    }
}

/// <summary>CAST: integers keep their lower bits, float32 is truncated, and what the type does not hold becomes what <see cref="FloatToInteger"/> says; bool is other than 0.</summary>
public sealed class CastNumbers(PreparedCast cast) : IReferenceOperator<PreparedCast>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> input = inputs[0].Span;
        Span<byte> output = outputs[0].Span;
        switch (cast.Input.Type)
        {
            case TensorType.Float32:
                From<float>(input, output);
                break;
            case TensorType.Int64:
                From<long>(input, output);
                break;
            case TensorType.Int32:
                From<int>(input, output);
                break;
            case TensorType.Int16:
                From<short>(input, output);
                break;
            case TensorType.Int8:
                From<sbyte>(input, output);
                break;
            default:
                From<byte>(input, output);
                break;
        }
    }

    private void From<T>(ReadOnlySpan<byte> input, Span<byte> output)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> numbers = MemoryMarshal.Cast<byte, T>(input);
        switch (cast.Output.Type)
        {
            case TensorType.Float32:
                Span<float> results = MemoryMarshal.Cast<byte, float>(output);
                for (int i = 0; i < numbers.Length; i++)
                    results[i] = float.CreateTruncating(numbers[i]);
                break;
            case TensorType.Bool:
                for (int i = 0; i < numbers.Length; i++)
                    output[i] = (byte)(numbers[i] != T.Zero ? 1 : 0);
                break;
            case TensorType.Int64:
                To<T, long>(numbers, output);
                break;
            case TensorType.Int32:
                To<T, int>(numbers, output);
                break;
            case TensorType.Int16:
                To<T, short>(numbers, output);
                break;
            case TensorType.Int8:
                To<T, sbyte>(numbers, output);
                break;
            default:
                To<T, byte>(numbers, output);
                break;
        }
    }

    private void To<T, TResult>(ReadOnlySpan<T> numbers, Span<byte> output)
        where T : unmanaged, INumber<T>
        where TResult : unmanaged, IBinaryInteger<TResult>, IMinMaxValue<TResult>
    {
        Span<TResult> results = MemoryMarshal.Cast<byte, TResult>(output);
        for (int i = 0; i < numbers.Length; i++)
        {
            results[i] = typeof(T) != typeof(float) ? TResult.CreateTruncating(numbers[i])
                : cast.Floats == FloatToInteger.Wrapped ? Wrapped<TResult>(float.CreateTruncating(numbers[i]))
                : T.IsNaN(numbers[i]) ? TResult.MaxValue
                : TResult.CreateSaturating(numbers[i]);
        }
    }

    private static TResult Wrapped<TResult>(float number)
        where TResult : unmanaged, IBinaryInteger<TResult> => typeof(TResult) == typeof(long)
        ? TResult.CreateTruncating(number is >= -9223372036854775808f and < 9223372036854775808f ? (long)number : long.MinValue)
        : TResult.CreateTruncating(number is >= -2147483648f and < 2147483648f ? (int)number : int.MinValue);
}
