using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>BATCH_MATMUL of float32 with int8.</summary>
public sealed class HybridBatchMatrix(PreparedHybridBatchMatrix product) : IReferenceOperator<PreparedHybridBatchMatrix>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> left = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        ReadOnlySpan<sbyte> right = MemoryMarshal.Cast<byte, sbyte>(inputs[1].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        int depth = product.Depth;
        (sbyte[] codes, DynamicCodes[] rows) = Quantized(left);
        sbyte[] column = new sbyte[depth], summed = new sbyte[depth];
        for (int batch = 0; batch < product.LeftStarts.Length; batch++)
        {
            for (int c = 0; c < product.Columns; c++)
            {
                Gather(right, product.RightStarts[batch], c, product.Columns, !product.IsRightTransposed, column);
                Gather(right, product.TotalStarts[batch], c, product.Columns, !product.IsRightTransposed, summed);
                int total = 0;
                foreach (sbyte code in summed)
                    total += code;
                for (int r = 0; r < product.Rows; r++)
                {
                    ReadOnlySpan<sbyte> row = codes.AsSpan(product.LeftStarts[batch] + r * depth, depth);
                    output[(batch * product.Rows + r) * product.Columns + c] =
                        Result(Dot(row, column), total, rows[product.CodeStarts[batch] / depth + r], product.Scales[c]);
                }
            }
        }
    }

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions) =>
        DynamicBound.Of(inputs[0], product.Output, product.Depth == 0 ? 0 : product.Left.Shape!.Elements / product.Depth, product.Range);

    /// <summary>Codes of all rows [Depth], one row after the other, whichever way the left side lies.</summary>
    private (sbyte[] Codes, DynamicCodes[] Rows) Quantized(ReadOnlySpan<float> left)
    {
        int depth = product.Depth;
        sbyte[] codes = new sbyte[left.Length];
        DynamicCodes[] rows = new DynamicCodes[left.Length / depth];
        float[] row = new float[depth];
        for (int i = 0; i < rows.Length; i++)
        {
            (int matrix, int r) = Math.DivRem(i, product.Rows);
            Gather(left, matrix * product.Rows * depth, r, product.Rows, product.IsLeftTransposed, row);
            rows[i] = DynamicCodes.Of(row, product.Range, codes.AsSpan(i * depth, depth));
        }
        return (codes, rows);
    }

    /// <remarks>TFLite takes the zero point's share off the sum in float32.</remarks>
    private float Result(int sum, int total, DynamicCodes quantized, float scale)
    {
        if (product.Scaling == HybridScaling.Fused)
        {
            float result = Subnormal.Flushed(MathF.FusedMultiplyAdd(Subnormal.Flushed((sum - total * quantized.ZeroPoint) * quantized.Scale), scale, 0));
            return float.IsNaN(result) ? float.NegativeInfinity : result;
        }
        int centred = (int)(float)(sum - (float)(total * (float)quantized.ZeroPoint));
        return (float)(centred * (float)(quantized.Scale * scale));
    }

    private static int Dot(ReadOnlySpan<sbyte> row, ReadOnlySpan<sbyte> column)
    {
        int sum = 0;
        for (int k = 0; k < row.Length; k++)
            sum += row[k] * column[k];
        return sum;
    }

    /// <summary>One vector along the depth of a matrix, whose elements lie together, or <paramref name="count"/> apart.</summary>
    private static void Gather<T>(ReadOnlySpan<T> matrix, int start, int index, int count, bool isApart, Span<T> vector)
    {
        for (int k = 0; k < vector.Length; k++)
            vector[k] = matrix[start + (isApart ? k * count + index : index * vector.Length + k)];
    }
}
