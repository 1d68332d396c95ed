using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>FULLY_CONNECTED of float32 with int4 weights that are packed.</summary>
public sealed class PackedInt4(PreparedPackedInt4 product) : IReferenceOperator<PreparedPackedInt4>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        (sbyte[] codes, DynamicCodes[] rows) = HybridImages.Quantized(MemoryMarshal.Cast<byte, float>(inputs[0].Span), product.Rows, DynamicRange.SymmetricHalfAway);
        ReadOnlySpan<byte> weights = product.Weights.Data.Span;
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int row = 0; row < product.Rows; row++)
        {
            ReadOnlySpan<sbyte> vector = codes.AsSpan(row * product.Depth, product.Depth);
            int total = 0;
            foreach (sbyte code in vector)
                total += code;
            float offset = -PreparedPackedInt4.Offset * total * rows[row].Scale;
            for (int column = 0; column < product.Columns; column++)
            {
                int sum = 0;
                for (int k = 0; k < vector.Length; k++)
                    sum += vector[k] * weights[column * product.Depth + k];
                float begun = (float)(offset * product.Scales[column]) + product.Bias[column];
                float result = begun + (float)((float)(sum * rows[row].Scale) * product.Scales[column]);
                output[row * product.Columns + column] = HybridImages.Clamped(result, product.Low, product.High, HybridScaling.Packed);
            }
        }
    }

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions) =>
        DynamicBound.Of(inputs[0], product.Output, product.Rows, DynamicRange.SymmetricHalfAway);
}
