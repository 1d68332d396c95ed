using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>An operator on rows of 8-bit codes, each by itself, that starts from the largest code of the row. Results have 8 bits too, or 16.</summary>
public abstract class RowsOfCodes(TensorType type, int rows, int depth, int resultBytes = 1) : IReferenceOperator
{
    protected bool Signed { get; } = type == TensorType.Int8;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<byte> codes = inputs[0].Span.Slice(row * depth, depth);
            int largest = int.MinValue;
            for (int i = 0; i < codes.Length; i++)
                largest = Math.Max(largest, Codes.At(codes, i, Signed));
            Row(codes, largest, outputs[0].Span.Slice(row * depth * resultBytes, depth * resultBytes));
        }
    }

    protected abstract void Row(ReadOnlySpan<byte> codes, int largest, Span<byte> results);
}
