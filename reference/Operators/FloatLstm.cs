using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>
/// UNIDIRECTIONAL_SEQUENCE_LSTM of float32: all batches at each step when time-major, else batch by batch. Only where a gate lies in TFLite's scratch tensor does that make a
/// difference: it decides which elements of a sigmoid are computed in vectors.
/// </summary>
public sealed class FloatLstm(PreparedFloatLstm lstm) : IReferenceOperator<PreparedFloatLstm>
{
    private const float LeastVariance = 1e-8f;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        Span<float> state = MemoryMarshal.Cast<byte, float>(outputs[1].Span), cells = MemoryMarshal.Cast<byte, float>(outputs[2].Span);
        MemoryMarshal.Cast<byte, float>(inputs[1].Span).CopyTo(state);
        MemoryMarshal.Cast<byte, float>(inputs[2].Span).CopyTo(cells);
        int rows = lstm.IsTimeMajor ? lstm.Batches : 1;
        for (int first = 0; first < lstm.Batches; first += rows)
        {
            Span<float> ownState = state.Slice(first * lstm.OutputSize, rows * lstm.OutputSize), ownCells = cells.Slice(first * lstm.Cells, rows * lstm.Cells);
            for (int step = 0; step < lstm.Steps; step++)
            {
                int row = lstm.IsTimeMajor ? step * rows : first * lstm.Steps + step;
                Step(input.Slice(row * lstm.InputSize, rows * lstm.InputSize), ownState, ownCells, first * lstm.Cells);
                ownState.CopyTo(output[(row * lstm.OutputSize)..]);
            }
        }
    }

    /// <param name="offset">Of these rows in each gate's scratch.</param>
    private void Step(ReadOnlySpan<float> input, Span<float> state, Span<float> cells, int offset)
    {
        int gateSize = lstm.Batches * lstm.Cells, coupled = lstm.InputGate is null ? gateSize : 0;
        float[]? inputGate = lstm.InputGate is null ? null : Sigmoids(Sums(lstm.InputGate, input, state, cells), offset);
        float[] forgetGate = Sigmoids(Sums(lstm.ForgetGate, input, state, cells), 2 * gateSize - coupled + offset);
        float[] update = Sums(lstm.CellGate, input, state, cells);
        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] = forgetGate[i] * cells[i] + RealProducts.Activate(lstm.Activation, update[i]) * (inputGate?[i] ?? 1 - forgetGate[i]);
            if (lstm.CellClip > 0)
                cells[i] = Math.Clamp(cells[i], -lstm.CellClip, lstm.CellClip);
        }
        float[] hidden = Sigmoids(Sums(lstm.OutputGate, input, state, cells), 3 * gateSize - coupled + offset);
        for (int i = 0; i < hidden.Length; i++)
            hidden[i] *= RealProducts.Activate(lstm.Activation, cells[i]);
        if (lstm.Projection is not { } projection)
        {
            hidden.CopyTo(state);
            return;
        }
        for (int row = 0; row < hidden.Length / lstm.Cells; row++)
        {
            Span<float> projected = state.Slice(row * lstm.OutputSize, lstm.OutputSize);
            projected.Clear();
            lstm.ProjectionBias.AsSpan().CopyTo(projected);
            Accumulate(projection, hidden.AsSpan(row * lstm.Cells, lstm.Cells), row, projected);
            for (int i = 0; i < projected.Length && lstm.ProjectionClip > 0; i++)
                projected[i] = Math.Clamp(projected[i], -lstm.ProjectionClip, lstm.ProjectionClip);
        }
    }

    /// <summary>A gate before its activation.</summary>
    private float[] Sums(FloatLstmGate gate, ReadOnlySpan<float> input, ReadOnlySpan<float> state, ReadOnlySpan<float> cells)
    {
        float[] sums = new float[cells.Length];
        for (int row = 0; row < cells.Length / lstm.Cells; row++)
        {
            Span<float> own = sums.AsSpan(row * lstm.Cells, lstm.Cells);
            if (gate.Normalization.IsEmpty)
                gate.Bias.AsSpan().CopyTo(own);
            Accumulate(gate.Input, input.Slice(row * lstm.InputSize, lstm.InputSize), row, own);
            Accumulate(gate.Recurrent, state.Slice(row * lstm.OutputSize, lstm.OutputSize), row, own);
            for (int i = 0; i < gate.Peephole.Length; i++)
                own[i] += gate.Peephole[i] * cells[row * lstm.Cells + i];
            if (!gate.Normalization.IsEmpty)
                Normalize(own, gate);
        }
        return sums;
    }

    /// <param name="batch">Whose vector it is, of those that are multiplied at once.</param>
    private void Accumulate(RealMatrix matrix, ReadOnlySpan<float> vector, int batch, Span<float> sums)
    {
        if (!lstm.MultipliesBatchesAtOnce)
        {
            RealProducts.Accumulate(matrix, vector, lstm.IsAsymmetric, RealProducts.Crosswise, sums);
            return;
        }
        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(matrix.Weights.Data.Span);
        for (int row = 0; row < sums.Length; row++)
            sums[row] += RealProducts.DotOfMany(numbers.Slice(row * vector.Length, vector.Length), vector, (row, sums.Length), (batch, lstm.Batches));
    }

    /// <summary>Sums of one element after the other.</summary>
    private static void Normalize(Span<float> sums, FloatLstmGate gate)
    {
        float sum = 0, squares = 0;
        foreach (float x in sums)
            sum += x;
        float mean = sum / sums.Length;
        foreach (float x in sums)
            squares += (x - mean) * (x - mean);
        float inverse = 1 / MathF.Sqrt(squares / sums.Length + LeastVariance);
        for (int i = 0; i < sums.Length; i++)
            sums[i] = (sums[i] - mean) * inverse * gate.Normalization[i] + gate.Bias[i];
    }

    private static float[] Sigmoids(float[] sums, int offset)
    {
        VectorFunctions.Logistic(sums, offset);
        return sums;
    }
}
