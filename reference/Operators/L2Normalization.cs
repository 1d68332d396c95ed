using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>L2_NORMALIZATION.</summary>
public sealed class L2Normalization(PreparedL2Normalization norm) : IReferenceOperator<PreparedL2Normalization>
{
    private const int FractionBits = 7;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        for (int row = 0; row < norm.Rows; row++)
        {
            if (norm.Input.Type == TensorType.Float32)
            {
                Numbers(
                    MemoryMarshal.Cast<byte, float>(inputs[0].Span).Slice(row * norm.Depth, norm.Depth),
                    MemoryMarshal.Cast<byte, float>(outputs[0].Span).Slice(row * norm.Depth, norm.Depth));
            }
            else
            {
                Coded(inputs[0].Span.Slice(row * norm.Depth, norm.Depth), outputs[0].Span.Slice(row * norm.Depth, norm.Depth), norm.Input.Type == TensorType.Int8);
            }
        }
    }

    private static void Numbers(ReadOnlySpan<float> numbers, Span<float> results)
    {
        float sum = 0;
        foreach (float x in numbers)
            sum += (float)(x * x);
        float length = MathF.Max(MathF.Sqrt(sum), 1e-6f);
        for (int i = 0; i < numbers.Length; i++)
            results[i] = numbers[i] / length;
    }

    /// <remarks>The 7 bits are part of the exponent in int8, and shifted in beforehand in uint8.</remarks>
    private void Coded(ReadOnlySpan<byte> codes, Span<byte> results, bool signed)
    {
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int centred = Codes.At(codes, i, signed) - norm.ZeroPoint;
            sum = unchecked(sum + centred * centred);
        }
        if (norm.FloatRounding is { } rounding)
        {
            for (int i = 0; i < codes.Length; i++)
            {
                float real = (float)(128f * (Codes.At(codes, i, signed) - norm.ZeroPoint)) / MathF.Sqrt(sum);
                int code = FixedPoint.Round(real, rounding) + (signed ? 0 : 128);
                results[i] = (byte)Math.Clamp(code, signed ? -128 : 0, signed ? 127 : 255);
            }
            return;
        }
        Multiplier root = FixedPoint.ReciprocalSquareRoot(sum);
        ChannelScale scale = ChannelScale.From(signed ? root with { Exponent = root.Exponent + FractionBits } : root);
        for (int i = 0; i < codes.Length; i++)
        {
            int centred = Codes.At(codes, i, signed) - norm.ZeroPoint;
            results[i] = (byte)(signed
                ? Math.Clamp(Requantization.Reference.Apply(centred, scale), sbyte.MinValue, sbyte.MaxValue)
                : Math.Clamp(Requantization.Reference.Apply(centred << FractionBits, scale) + 128, byte.MinValue, byte.MaxValue));
        }
    }
}
