using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>SOFTMAX on 8-bit codes, by TFLite's fixed-point kernel or by its float table (spec, section 2.5).</summary>
public sealed class Softmax(PreparedSoftmax softmax) : IReferenceOperator<PreparedSoftmax>
{
    /// <summary>Integer bits of the sum of exponentials: rows up to 4096 codes cannot overflow it.</summary>
    private const int SumBits = 12;

    private readonly bool signed = softmax.Input.Type == TensorType.Int8;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        for (int row = 0; row < softmax.Rows; row++)
        {
            ReadOnlySpan<byte> codes = inputs[0].Span.Slice(row * softmax.Depth, softmax.Depth);
            Span<byte> results = outputs[0].Span.Slice(row * softmax.Depth, softmax.Depth);
            int largest = int.MinValue;
            for (int i = 0; i < codes.Length; i++)
                largest = Math.Max(largest, Codes.At(codes, i, signed));
            if (softmax.Method == SoftmaxMethod.FixedPoint)
                FixedPointRow(codes, largest, results);
            else
                FloatRow(codes, largest, results);
        }
    }

    private void FixedPointRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        int lowest = signed ? -128 : 0;
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int difference = largest - Codes.At(codes, i, signed);
            if (difference <= softmax.LargestDifference)
                sum = unchecked(sum + FixedPoint.RoundingDivideByPowerOfTwo(softmax.Exponentials[difference], SumBits));
        }
        (int reciprocal, int bitsOverUnit) = FixedPoint.Reciprocal(sum, SumBits);
        for (int i = 0; i < codes.Length; i++)
        {
            int difference = largest - Codes.At(codes, i, signed);
            int code = difference > softmax.LargestDifference ? 0 : FixedPoint.RoundingDivideByPowerOfTwo(
                FixedPoint.SaturatingRoundingDoublingHighMultiply(reciprocal, softmax.Exponentials[difference]), bitsOverUnit + 31 - 8);
            results[i] = (byte)Math.Clamp(code + lowest, lowest, lowest + 255);
        }
    }

    private void FloatRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        float sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum += softmax.FloatExponentials[largest - Codes.At(codes, i, signed)];
        float inverse = 1f / (float)(sum * (1f / softmax.Steps));
        for (int i = 0; i < codes.Length; i++)
        {
            float probability = softmax.FloatExponentials[largest - Codes.At(codes, i, signed)] * inverse;
            results[i] = (byte)(softmax.Rounding is { } rounding
                ? Math.Clamp(FixedPoint.Round(probability, rounding) + (signed ? -128 : 0), signed ? -128 : 0, signed ? 127 : 255)
                : signed
                ? Math.Clamp(FixedPoint.Round(probability, Rounding.HalfAway) - 128, -128, 127)
                : Math.Clamp(FixedPoint.Round(probability + 0.5f, Rounding.Truncate), 0, 255));
        }
    }
}
