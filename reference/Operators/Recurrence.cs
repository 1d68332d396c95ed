using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>RNN and UNIDIRECTIONAL_SEQUENCE_RNN of float32.</summary>
public sealed class Recurrence(PreparedRecurrence recurrence) : IReferenceOperator<PreparedRecurrence>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span), states = MemoryMarshal.Cast<byte, float>(outputs[1].Span);
        MemoryMarshal.Cast<byte, float>(inputs[1].Span).CopyTo(states);
        (int size, int units) = (recurrence.Weights.Columns, recurrence.Weights.Rows);
        for (int batch = 0; batch < recurrence.Batches; batch++)
        {
            Span<float> state = states.Slice(batch * units, units);
            for (int step = 0; step < recurrence.Steps; step++)
            {
                int row = recurrence.IsTimeMajor ? step * recurrence.Batches + batch : batch * recurrence.Steps + step;
                Span<float> sums = output.Slice(row * units, units);
                recurrence.Bias.AsSpan().CopyTo(sums);
                Accumulate(recurrence.Weights, input.Slice(row * size, size), sums);
                Accumulate(recurrence.Recurrent, state, sums);
                foreach (ref float sum in sums)
                    sum = RealProducts.Activate(recurrence.Activation, sum);
                sums.CopyTo(state);
            }
        }
    }

    /// <remarks>Of float32, what is left of a row after whole groups of 4 is added to the sum that is there already, one product after the other.</remarks>
    private void Accumulate(RealMatrix matrix, ReadOnlySpan<float> vector, Span<float> sums)
    {
        if (matrix.IsHybrid)
        {
            RealProducts.Accumulate(matrix, vector, recurrence.IsAsymmetric, RealProducts.InOrder, sums);
            return;
        }
        ReadOnlySpan<float> weights = MemoryMarshal.Cast<byte, float>(matrix.Weights.Data.Span);
        int whole = vector.Length / Vector128<float>.Count * Vector128<float>.Count;
        for (int row = 0; row < sums.Length; row++)
        {
            ReadOnlySpan<float> own = weights.Slice(row * vector.Length, vector.Length);
            sums[row] += RealProducts.Dot(own[..whole], vector[..whole], RealProducts.InOrder);
            for (int i = whole; i < vector.Length; i++)
                sums[row] += (float)(own[i] * vector[i]);
        }
    }
}
