using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>UNIDIRECTIONAL_SEQUENCE_LSTM of int8, batch by batch and step by step. Gates and the cell state are int16.</summary>
public sealed class Lstm(PreparedLstm lstm) : IReferenceOperator<PreparedLstm>
{
    private const int GateIntegerBits = 3, FractionBits = 15, Block = 16;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<sbyte> input = MemoryMarshal.Cast<byte, sbyte>(inputs[0].Span);
        Span<sbyte> output = MemoryMarshal.Cast<byte, sbyte>(outputs[0].Span), lastState = MemoryMarshal.Cast<byte, sbyte>(outputs[1].Span);
        Span<short> lastCells = MemoryMarshal.Cast<byte, short>(outputs[2].Span);
        for (int batch = 0; batch < lstm.Batches; batch++)
        {
            sbyte[] state = MemoryMarshal.Cast<byte, sbyte>(inputs[1].Span).Slice(batch * lstm.OutputSize, lstm.OutputSize).ToArray();
            short[] cells = MemoryMarshal.Cast<byte, short>(inputs[2].Span).Slice(batch * lstm.Cells, lstm.Cells).ToArray();
            for (int step = 0; step < lstm.Steps; step++)
            {
                int row = lstm.IsTimeMajor ? step * lstm.Batches + batch : batch * lstm.Steps + step;
                Step(input.Slice(row * lstm.InputSize, lstm.InputSize), state, cells);
                state.CopyTo(output.Slice(row * lstm.OutputSize, lstm.OutputSize));
            }
            state.CopyTo(lastState[(batch * lstm.OutputSize)..]);
            cells.CopyTo(lastCells[(batch * lstm.Cells)..]);
        }
    }

    private void Step(ReadOnlySpan<sbyte> input, sbyte[] state, short[] cells)
    {
        short[]? inputGate = lstm.InputGate is null ? null : Sigmoids(Sums(lstm.InputGate, input, state, cells));
        short[] forgetGate = Sigmoids(Sums(lstm.ForgetGate, input, state, cells));
        short[] update = Sums(lstm.CellGate, input, state, cells);
        for (int i = 0; i < cells.Length; i++)
        {
            int kept = FixedPoint.RoundingDivideByPowerOfTwo(forgetGate[i] * cells[i], FractionBits);
            int gate = inputGate?[i] ?? short.MaxValue - forgetGate[i];
            int added = FixedPoint.RoundingDivideByPowerOfTwo(gate * FixedPoint16.Tanh(update[i], GateIntegerBits), 2 * FractionBits + lstm.CellExponent);
            cells[i] = Saturate((short)kept + (short)added);
            if (lstm.CellClip > 0)
                cells[i] = (short)Math.Clamp(cells[i], -lstm.CellClip, lstm.CellClip);
        }
        Output(Sigmoids(Sums(lstm.OutputGate, input, state, cells)), cells, state);
    }

    private void Output(short[] outputGate, short[] cells, sbyte[] state)
    {
        sbyte[] hidden = new sbyte[cells.Length];
        for (int i = 0; i < hidden.Length; i++)
        {
            int product = outputGate[i] * FixedPoint16.Tanh(cells[i], FractionBits + lstm.CellExponent);
            hidden[i] = (sbyte)Math.Clamp(Requantization.Reference.Apply(product, lstm.Hidden) + lstm.HiddenOffset, sbyte.MinValue, sbyte.MaxValue);
        }
        if (lstm.Projection is not { } projection)
        {
            hidden.CopyTo(state, 0);
            return;
        }
        int offset = lstm.OutputState.Quantization!.ZeroPoint;
        for (int row = 0; row < state.Length; row++)
        {
            int code = Math.Clamp(Product(projection, hidden, row) + offset, sbyte.MinValue, sbyte.MaxValue);
            state[row] = (sbyte)(lstm.ProjectionClip > 0 ? Math.Clamp(code, -lstm.ProjectionClip, lstm.ProjectionClip) : code);
        }
    }

    /// <summary>A gate before its activation, with 12 fraction bits.</summary>
    private short[] Sums(LstmGate gate, ReadOnlySpan<sbyte> input, ReadOnlySpan<sbyte> state, ReadOnlySpan<short> cells)
    {
        short[] sums = new short[lstm.Cells];
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = Saturate(Product(gate.Recurrent, state, i) + Saturate(Product(gate.Input, input, i)));
            if (gate.Peephole is { } peephole)
            {
                int product = peephole.Weights[i] * cells[i];
                sums[i] = Saturate(sums[i] + (i < sums.Length / Block * Block
                    ? lstm.PeepholeBody.Apply(product, peephole.Scale.InVectors()) : Requantization.Reference.Apply(product, peephole.Scale)));
            }
        }
        if (gate.Normalization is { } normalization)
            Normalize(sums, normalization);
        return sums;
    }

    /// <summary>One row of weights times a vector, rescaled.</summary>
    private static int Product(LstmMatrix matrix, ReadOnlySpan<sbyte> vector, int row)
    {
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(matrix.Weights.Data.Span).Slice(row * vector.Length, vector.Length);
        int sum = matrix.Bias[row];
        for (int i = 0; i < vector.Length; i++)
            sum = unchecked(sum + weights[i] * vector[i]);
        return Requantization.Reference.Apply(sum, matrix.Scale);
    }

    /// <remarks>Mean and deviation have 10 more bits; the sum of squares is multiplied by 2^20 / count as an integer, as TFLite does.</remarks>
    private static void Normalize(short[] sums, LstmNormalization normalization)
    {
        long sum = 0, squares = 0;
        foreach (short value in sums)
            (sum, squares) = (sum + value, squares + value * value);
        int mean = (int)(sum * 1024 / sums.Length);
        long scaledVariance = squares * ((1 << 20) / sums.Length) - (long)mean * mean;
        int variance = (int)(scaledVariance / (1 << 20));
        ChannelScale deviation = ChannelScale.From(FixedPoint.ReciprocalSquareRoot(variance < 1 ? normalization.LeastVariance : variance));
        for (int i = 0; i < sums.Length; i++)
        {
            int normal = Requantization.Reference.Apply(1024 * sums[i] - mean, deviation);
            int weighted = unchecked(normal * normalization.Coefficients[i] + normalization.Bias[i]);
            int rounded = FixedPoint.Divide(weighted, 1024, Rounding.HalfAway);
            sums[i] = Saturate(Requantization.Reference.Apply(rounded, normalization.Rescale));
        }
    }

    private static short[] Sigmoids(short[] sums) => Array.ConvertAll(sums, sum => FixedPoint16.Logistic(sum, GateIntegerBits));

    private static short Saturate(int value) => (short)Math.Clamp(value, short.MinValue, short.MaxValue);
}
