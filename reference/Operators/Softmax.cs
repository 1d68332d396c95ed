using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>SOFTMAX on 8-bit codes, by TFLite's fixed-point kernel or by its float table (spec, section 2.5).</summary>
public sealed class Softmax(PreparedSoftmax softmax)
    : RowsOfCodes(softmax.Input.Type, softmax.Rows, softmax.Depth), IReferenceOperator<PreparedSoftmax>
{
    /// <summary>Integer bits of the sum of exponentials: rows up to 4096 codes cannot overflow it.</summary>
    public const int SumBits = 12;

    protected override void Row(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        if (softmax.Method == SoftmaxMethod.FixedPoint)
            FixedPointRow(codes, largest, results);
        else
            FloatRow(codes, largest, results);
    }

    private void FixedPointRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        int lowest = Signed ? -128 : 0;
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int difference = largest - Codes.At(codes, i, Signed);
            if (difference <= softmax.LargestDifference)
                sum = unchecked(sum + FixedPoint.RoundingDivideByPowerOfTwo(softmax.Exponentials[difference], SumBits));
        }
        (int reciprocal, int bitsOverUnit) = FixedPoint.Reciprocal(sum, SumBits);
        for (int i = 0; i < codes.Length; i++)
        {
            int difference = largest - Codes.At(codes, i, Signed);
            int code = difference > softmax.LargestDifference ? 0 : FixedPoint.RoundingDivideByPowerOfTwo(
                FixedPoint.SaturatingRoundingDoublingHighMultiply(reciprocal, softmax.Exponentials[difference]), bitsOverUnit + 31 - 8);
            results[i] = (byte)Math.Clamp(code + lowest, lowest, lowest + 255);
        }
    }

    private void FloatRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        float sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum += softmax.FloatExponentials[largest - Codes.At(codes, i, Signed)];
        float inverse = 1f / (float)(sum * (1f / softmax.Steps));
        for (int i = 0; i < codes.Length; i++)
        {
            float probability = softmax.FloatExponentials[largest - Codes.At(codes, i, Signed)] * inverse;
            results[i] = (byte)(softmax.Rounding is { } rounding
                ? Math.Clamp(FixedPoint.Round(probability, rounding) + (Signed ? -128 : 0), Signed ? -128 : 0, Signed ? 127 : 255)
                : Signed
                ? Math.Clamp(FixedPoint.Round(probability, Rounding.HalfAway) - 128, -128, 127)
                : Math.Clamp(FixedPoint.Round(probability + 0.5f, Rounding.Truncate), 0, 255));
        }
    }
}
