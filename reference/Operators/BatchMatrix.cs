using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>BATCH_MATMUL on codes.</summary>
public sealed class BatchMatrix(PreparedBatchMatrix product) : IReferenceOperator<PreparedBatchMatrix>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        long[] sums = Sums(inputs);
        for (int i = 0; i < sums.Length; i++)
        {
            int code = product.Requantizer.Code(sums[i], 0);
            if (product.Output.Type == TensorType.Int16)
                MemoryMarshal.Cast<byte, short>(outputs[0].Span)[i] = (short)code;
            else
                outputs[0].Span[i] = (byte)code;
        }
    }

    /// <summary>Every accumulator of the output.</summary>
    public long[] Sums(ImmutableArray<ReadOnlyMemory<byte>> inputs)
    {
        long[] sums = new long[product.Output.Shape!.Elements];
        int[] left = Codes.Centred(inputs[0].Span, product.Left.Type, product.LeftZeroPoint);
        int[] right = Codes.Centred(inputs[1].Span, product.Right.Type, product.RightZeroPoint);
        int[] row = new int[product.Depth], column = new int[product.Depth];
        int at = 0;
        for (int batch = 0; batch < product.LeftStarts.Length; batch++)
        {
            for (int r = 0; r < product.Rows; r++)
            {
                MatrixVectors.Gather(left, product.LeftStarts[batch], r, product.Rows, product.IsLeftTransposed, row);
                for (int c = 0; c < product.Columns; c++)
                {
                    MatrixVectors.Gather(right, product.RightStarts[batch], c, product.Columns, !product.IsRightTransposed, column);
                    sums[at++] = Codes.Dot(row, column);
                }
            }
        }
        return sums;
    }
}

/// <summary>BATCH_MATMUL of float32: each sum one product after the other.</summary>
public sealed class FloatBatchMatrix(PreparedFloatBatchMatrix product) : IReferenceOperator<PreparedFloatBatchMatrix>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) =>
        (product.Order == SumOrder.Fused ? Sums<float, FusedProducts>(inputs) : Sums<float, Products>(inputs)).CopyTo(MemoryMarshal.Cast<byte, float>(outputs[0].Span));

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions) =>
        product.IsExact ? null : ErrorBound.OfSums(product.Depth, "|a b|", Sums<double, Magnitudes>(inputs), product.FlushesSubnormals);

    /// <summary>A number for each row of the left matrices and column of the right ones.</summary>
    private float[] Sums<T, TTerms>(ImmutableArray<ReadOnlyMemory<byte>> inputs)
        where T : struct
        where TTerms : struct, IRealTerms<T>
    {
        float[] results = new float[product.Output.Shape!.Elements];
        Parallel.For(0, product.LeftStarts.Length * product.Columns, () => (Row: new float[product.Depth], Column: new float[product.Depth]), (position, _, vectors) =>
        {
            ReadOnlySpan<float> left = MemoryMarshal.Cast<byte, float>(inputs[0].Span), right = MemoryMarshal.Cast<byte, float>(inputs[1].Span);
            (int batch, int column) = Math.DivRem(position, product.Columns);
            MatrixVectors.Gather(right, product.RightStarts[batch], column, product.Columns, !product.IsRightTransposed, vectors.Column);
            for (int row = 0; row < product.Rows; row++)
            {
                MatrixVectors.Gather(left, product.LeftStarts[batch], row, product.Rows, product.IsLeftTransposed, vectors.Row);
                T sum = default;
                for (int k = 0; k < vectors.Row.Length; k++)
                    sum = TTerms.Add(sum, vectors.Row[k], vectors.Column[k]);
                results[(batch * product.Rows + row) * product.Columns + column] = TTerms.Result(sum);
            }
            return vectors;
        }, _ => { });
        return results;
    }
}

internal static class MatrixVectors
{
    /// <summary>One vector along the depth of a matrix, whose elements lie together, or <paramref name="count"/> apart.</summary>
    public static void Gather<T>(ReadOnlySpan<T> matrix, int start, int index, int count, bool isApart, Span<T> vector)
    {
        if (!isApart)
        {
            matrix.Slice(start + index * vector.Length, vector.Length).CopyTo(vector);
            return;
        }
        for (int k = 0; k < vector.Length; k++)
            vector[k] = matrix[start + k * count + index];
    }
}
