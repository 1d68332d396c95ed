using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>LOG_SOFTMAX on 8-bit codes.</summary>
public sealed class LogSoftmax(PreparedLogSoftmax softmax)
    : RowsOfCodes(softmax.Input.Type, softmax.Rows, softmax.Depth), IReferenceOperator<PreparedLogSoftmax>
{
    private const int SumBits = 12;

    /// <summary>From 26 fraction bits to the 4 of the output's scale.</summary>
    private const int OutputShift = 22;

    protected override void Row(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        if (softmax.Method == SoftmaxMethod.FixedPoint)
            FixedPointRow(codes, largest, results);
        else
            FloatRow(codes, largest, results);
    }

    private void FixedPointRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        (int low, int high) = softmax.Input.Type.CodeRange()!.Value;
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum = unchecked(sum + softmax.Exponentials[largest - Codes.At(codes, i, Signed)]);
        int logarithm = FixedPoint.LogAtLeastOne(sum, SumBits);
        int smallest = Math.Max(-softmax.LargestDifference - 1, Requantization.Reference.Apply(unchecked(logarithm + int.MinValue), softmax.Reverse));
        for (int i = 0; i < codes.Length; i++)
        {
            int difference = largest - Codes.At(codes, i, Signed);
            results[i] = (byte)(-difference <= smallest ? low
                : Math.Clamp(FixedPoint.RoundingDivideByPowerOfTwo(unchecked(softmax.Differences[difference] - logarithm), OutputShift) + high, low, high));
        }
    }

    private void FloatRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        (int low, int high) = softmax.Input.Type.CodeRange()!.Value;
        (float inputScale, float outputScale) = (softmax.Input.Quantization!.Scale, softmax.Output.Quantization!.Scale);
        float sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum += softmax.FloatExponentials[largest - Codes.At(codes, i, Signed)];
        float scale = inputScale / outputScale;
        float constant = (float)((float)(inputScale * largest) + MathF.Log(sum)) / outputScale;
        for (int i = 0; i < codes.Length; i++)
        {
            float logarithm = (float)(scale * Codes.At(codes, i, Signed)) - constant;
            results[i] = (byte)Math.Clamp(FixedPoint.Round(logarithm, Rounding.HalfEven) + high, low, high);
        }
    }
}
