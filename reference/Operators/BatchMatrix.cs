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
                Gather(left, product.LeftStarts[batch], r, product.Rows, product.IsLeftTransposed, row);
                for (int c = 0; c < product.Columns; c++)
                {
                    Gather(right, product.RightStarts[batch], c, product.Columns, !product.IsRightTransposed, column);
                    sums[at++] = Codes.Dot(row, column);
                }
            }
        }
        return sums;
    }

    /// <summary>One vector along the depth of a matrix, whose elements lie together, or <paramref name="count"/> apart.</summary>
    private static void Gather(ReadOnlySpan<int> matrix, int start, int index, int count, bool isApart, Span<int> vector)
    {
        for (int k = 0; k < vector.Length; k++)
            vector[k] = matrix[start + (isApart ? k * count + index : index * vector.Length + k)];
    }
}
