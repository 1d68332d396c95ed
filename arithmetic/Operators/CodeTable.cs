using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// An operator of one input of 8 or 16 bits, as the table of its results: the result of a code stands at its bit pattern, 256 or 65,536 of them, in the output's
/// type, little endian. Every such operator of every runtime is one of these, tables apart.
/// </summary>
/// <param name="Body">For elements below <paramref name="TailStart"/>.</param>
/// <param name="Tail">For the elements from there on, in row-major order: the rest that a vector body leaves.</param>
public sealed record PreparedTable(
    Operator Operator, TensorInfo Input, TensorInfo Output, ImmutableArray<byte> Body, ImmutableArray<byte> Tail, int TailStart)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Making tables of results.</summary>
public static class CodeTable
{
    /// <summary>An operator whose elements are all computed alike. Results beyond the output's codes are cut to its bits.</summary>
    internal static PreparedTable Of(OperatorContext context, Func<int, int> result)
    {
        ImmutableArray<byte> table = Table(context.Input(0).Type, context.Output(0).Type, result);
        return new(context.Operator, context.Input(0), context.Output(0), table, table, 0);
    }

    /// <summary>An operator whose whole blocks of elements are computed by <paramref name="body"/>.</summary>
    internal static PreparedTable Of(OperatorContext context, ImmutableArray<byte> body, ImmutableArray<byte> tail, int block)
    {
        int elements = context.Output(0).Shape!.Elements;
        return new(context.Operator, context.Input(0), context.Output(0), body, tail, elements / block * block);
    }

    /// <summary>Input and output must be quantized, of these types and of one shape; they may differ in type only if <paramref name="mixed"/>.</summary>
    internal static (Quantization Input, Quantization Output) Quantizations(OperatorContext context, bool mixed, params ReadOnlySpan<TensorType> types)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, types);
        if (mixed)
            OperatorContext.Typed(output, types);
        else
            OperatorContext.Typed(output, input.Type);
        OperatorContext.Shaped(output, input.Shape!);
        return (PerTensor(input), PerTensor(output));
    }

    /// <exception cref="NotComputableException">The tensor has none, or one a channel, or a zero point that is no code of its type.</exception>
    internal static Quantization PerTensor(TensorInfo tensor)
    {
        Quantization quantization = OperatorContext.Quantized(tensor);
        if (quantization.IsPerChannel)
            throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}) is quantized per channel, expected one scale");
        if (tensor.Type.CodeRange() is var (low, high) && (quantization.ZeroPoint < low || quantization.ZeroPoint > high))
            throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}) has zero point {quantization.ZeroPoint}, expected {low} to {high}");
        return quantization;
    }

    internal static ImmutableArray<byte> Table(TensorType input, TensorType output, Func<int, int> result) => output.Bits() switch
    {
        8 => Table(input, code => unchecked((byte)result(code))),
        16 => Table(input, code => unchecked((short)result(code))),
        _ => Table(input, result),
    };

    internal static ImmutableArray<byte> Table<T>(TensorType input, Func<int, T> result)
        where T : unmanaged
    {
        (int low, int high) = input.CodeRange()!.Value;
        T[] table = new T[high - low + 1];
        for (int code = low; code <= high; code++)
            table[code & (table.Length - 1)] = result(code);
        return [.. MemoryMarshal.AsBytes<T>(table)];
    }

    /// <summary>
    /// An int16 result for every int16 code, interpolated between 513 samples of a function that are moved by half of what interpolation misses between them (spec, section
    /// 1.7). <typeparamref name="T"/> is the precision of the samples.
    /// </summary>
    internal static Func<int, int> Interpolated<T>(T inputScale, int inputZeroPoint, T outputScale, int outputZeroPoint, Func<T, T> function)
        where T : IFloatingPointIeee754<T>
    {
        T inputLow = inputScale * T.CreateChecked(short.MinValue - inputZeroPoint), inputHigh = inputScale * T.CreateChecked(short.MaxValue - inputZeroPoint);
        T outputLow = outputScale * T.CreateChecked(short.MinValue - outputZeroPoint), outputHigh = outputScale * T.CreateChecked(short.MaxValue - outputZeroPoint);
        T two = T.CreateChecked(2), step = (inputHigh - inputLow) / T.CreateChecked(512), factor = T.CreateChecked(65536) / (outputHigh - outputLow);
        int[] samples = new int[513];
        for (int i = 0; i < 512; i++)
        {
            T here = inputLow + T.CreateChecked(i) * step;
            T sample = Rounded(function(here) * factor);
            T interpolated = Rounded((function(inputLow + T.CreateChecked(i + 1) * step) * factor + sample) / two);
            T error = interpolated - Rounded(function(here + step / two) * factor);
            samples[i] = Saturated(sample - Rounded(error / two));
        }
        samples[512] = Saturated(Rounded(function(inputHigh) * factor));
        return code =>
        {
            int index = 256 + (code >> 7);
            int slope = unchecked((short)(samples[index + 1] - samples[index]));
            return unchecked((short)(samples[index] + (int)FixedPoint.ShiftRight(slope * (code & 127), 7, Rounding.HalfUp)));
        };

        static T Rounded(T value) => T.Round(value, MidpointRounding.AwayFromZero);

        static int Saturated(T value) => int.CreateSaturating(T.Min(T.Max(value, T.CreateChecked(short.MinValue)), T.CreateChecked(short.MaxValue)));
    }
}
