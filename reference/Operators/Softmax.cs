using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>SOFTMAX on 8-bit codes, to 8 or 16 bits, by TFLite's fixed-point kernel or by its float table (spec, section 2.5).</summary>
public sealed class Softmax(PreparedSoftmax softmax)
    : RowsOfCodes(softmax.Input.Type, softmax.Rows, softmax.Depth, softmax.Output.Type.Bits() / 8), IReferenceOperator<PreparedSoftmax>
{
    /// <summary>Integer bits of the sum of exponentials: rows up to 4096 codes cannot overflow it.</summary>
    public const int SumBits = 12;

    private readonly (int Low, int High) range = softmax.Output.Type.CodeRange()!.Value;

    protected override void Row(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        if (softmax.Method == SoftmaxMethod.FixedPoint)
            FixedPointRow(codes, largest, results);
        else
            FloatRow(codes, largest, results);
    }

    private void FixedPointRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
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
                FixedPoint.SaturatingRoundingDoublingHighMultiply(reciprocal, softmax.Exponentials[difference]), bitsOverUnit + 31 - softmax.Output.Type.Bits());
            Write(results, i, code + range.Low);
        }
    }

    private void FloatRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        float sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum += softmax.FloatExponentials[largest - Codes.At(codes, i, Signed)];
        float inverse = 1f / (float)(sum * softmax.OutputScale);
        for (int i = 0; i < codes.Length; i++)
        {
            float probability = softmax.FloatExponentials[largest - Codes.At(codes, i, Signed)] * inverse;
            Write(results, i, range.Low + (softmax.Rounding is null && range.Low == 0
                ? FixedPoint.Round(probability + 0.5f, Rounding.Truncate) : FixedPoint.Round(probability, softmax.Rounding ?? Rounding.HalfAway)));
        }
    }

    private void Write(Span<byte> results, int at, int code)
    {
        int clamped = Math.Clamp(code, range.Low, range.High);
        if (softmax.Output.Type == TensorType.Int16)
            MemoryMarshal.Cast<byte, short>(results)[at] = (short)clamped;
        else
            results[at] = (byte)clamped;
    }
}
