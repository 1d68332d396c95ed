using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>SOFTMAX on int16 codes.</summary>
public sealed class WideSoftmax(PreparedWideSoftmax softmax) : IReferenceOperator<PreparedWideSoftmax>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<short> input = MemoryMarshal.Cast<byte, short>(inputs[0].Span);
        Span<short> output = MemoryMarshal.Cast<byte, short>(outputs[0].Span);
        for (int row = 0; row < softmax.Rows; row++)
        {
            ReadOnlySpan<short> codes = input.Slice(row * softmax.Depth, softmax.Depth);
            int largest = short.MinValue, sum = 0;
            foreach (short code in codes)
                largest = Math.Max(largest, code);
            foreach (short code in codes)
                sum = unchecked(sum + softmax.Exponentials[largest - code]);
            // The sum, of 15 fraction bits, is at least about 1: scaled to [1, 2) its fraction is the index.
            int zeros = BitOperations.LeadingZeroCount((uint)sum);
            int fraction = (int)FixedPoint.ShiftRight((long)sum << (zeros - 1), 14, Rounding.HalfUp) - (1 << 16);
            int reciprocal = softmax.Reciprocals[Math.Clamp(fraction, 0, ushort.MaxValue)];
            for (int i = 0; i < codes.Length; i++)
            {
                long product = (long)softmax.Exponentials[largest - codes[i]] * reciprocal;
                output[row * softmax.Depth + i] = (short)Math.Clamp(FixedPoint.ShiftRight(product, 31 - zeros, Rounding.HalfUp), 0, short.MaxValue);
            }
        }
    }
}
