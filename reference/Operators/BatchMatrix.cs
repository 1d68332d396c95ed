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
        where T : unmanaged
        where TTerms : struct, IRealTerms<T>
    {
        (int rows, int columns, int depth) = (product.Rows, product.Columns, product.Depth);
        float[] results = new float[product.Output.Shape!.Elements];
        Parallel.For(0, product.LeftStarts.Length, batch =>
        {
            ReadOnlySpan<float> left = MemoryMarshal.Cast<byte, float>(inputs[0].Span), right = MemoryMarshal.Cast<byte, float>(inputs[1].Span).Slice(product.RightStarts[batch], depth * columns);
            if (product.IsRightTransposed)
                right = Matrices.Transposed(right, columns);
            float[] row = new float[depth];
            T[] sums = new T[columns];
            for (int r = 0; r < rows; r++)
            {
                MatrixVectors.Gather(left, product.LeftStarts[batch], r, rows, product.IsLeftTransposed, row);
                Array.Clear(sums);
                for (int k = 0; k < depth; k++)
                    TTerms.AddScaled(sums, row[k], right.Slice(k * columns, columns));
                for (int c = 0; c < columns; c++)
                    results[(batch * rows + r) * columns + c] = TTerms.Result(sums[c]);
            }
        });
        return results;
    }
}

internal static class Matrices
{
    /// <summary>A matrix of <paramref name="rows"/> rows, row by row, in columns.</summary>
    public static float[] Transposed(ReadOnlySpan<float> matrix, int rows)
    {
        float[] transposed = new float[matrix.Length];
        int columns = matrix.Length / Math.Max(1, rows);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                transposed[column * rows + row] = matrix[row * columns + column];
        }
        return transposed;
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
