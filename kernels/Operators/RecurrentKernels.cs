using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Kernels.Operators;

/// <summary>Operators with state: SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM. They change it in place.</summary>
internal static class RecurrentKernels
{
    private const int GroupSize = 64, GateIntegerBits = 3, FractionBits = 15, LargestShift = 31;

    [Plans]
    public static KernelPlan Plan(PreparedSvdf svdf, KernelTarget target) => KernelPlan.Flat(
        "svdf", [],
        Arguments.Of(
        [
            ("input", new Activation(svdf.Input)), ("state", new Activation(svdf.State)), ("output", new Activation(svdf.Output)),
            ("weights", new Constant("char", () => Bytes(svdf.FeatureWeights))), ("time_weights", new Constant("short", () => Bytes(svdf.TimeWeights))),
            ("bias", Arguments.Ints(() => svdf.Bias)), ("input_zero_point", new Number(svdf.InputZeroPoint)), ("output_zero_point", new Number(svdf.OutputZeroPoint)),
            ("feature_multiplier", new Number(svdf.Feature.Multiplier.Mantissa)), ("feature_shift", new Number(svdf.Feature.Multiplier.Exponent)),
            ("time_multiplier", new Number(svdf.Time.Multiplier.Mantissa)), ("time_shift", new Number(svdf.Time.Multiplier.Exponent)),
            ("batches", new Number(svdf.Batches)), ("input_size", new Number(svdf.InputSize)), ("filters", new Number(svdf.Filters)), ("rank", new Number(svdf.Rank)),
            ("memory", new Number(svdf.Memory)),
        ]),
        svdf.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedLstm lstm, KernelTarget target)
    {
        ImmutableArray<LstmGate?> gates = [lstm.InputGate, lstm.ForgetGate, lstm.CellGate, lstm.OutputGate];
        ImmutableArray<Multiplier> multipliers = [.. gates.SelectMany(gate => new ChannelScale?[]
            { gate?.Input.Scale, gate?.Recurrent.Scale, gate?.Peephole?.Scale, gate?.Normalization?.Rescale }.Select(scale => scale?.Multiplier ?? default))];
        if (multipliers.Any(multiplier => multiplier.LeftShift > LargestShift))
            throw new NotComputableException("a factor between scales of 2^31 and more");
        int current = lstm.InputSize, state = lstm.OutputSize, hidden = lstm.Cells, sums = gates.Length * sizeof(short) * lstm.Cells;
        if ((long)current + state + hidden + sums > target.Device.LocalMemoryBytes)
            throw new NotComputableException($"{lstm.Cells} cells with {lstm.InputSize} inputs take {current + state + hidden + sums} bytes of a work-group's local memory, {target.Device.Name} has {target.Device.LocalMemoryBytes}");
        return new(
            "unidirectional_sequence_lstm", [],
            Arguments.Of(
            [
                ("input", new Activation(lstm.Input)), ("output_state", new Activation(lstm.OutputState)), ("cell_state", new Activation(lstm.CellState)),
                ("output", new Activation(lstm.Output)),
                ("input_weights", new Constant("char", () => Gates(gate => gate.Input.Weights.Data.Span, lstm.Cells * lstm.InputSize))),
                ("input_bias", new Constant("int", () => Gates(gate => Bytes(gate.Input.Bias), lstm.Cells * sizeof(int)))),
                ("recurrent_weights", new Constant("char", () => Gates(gate => gate.Recurrent.Weights.Data.Span, lstm.Cells * lstm.OutputSize))),
                ("recurrent_bias", new Constant("int", () => Gates(gate => Bytes(gate.Recurrent.Bias), lstm.Cells * sizeof(int)))),
                ("peephole_weights", new Constant("short", () => Gates(gate => gate.Peephole is { } given ? Bytes(given.Weights) : [], lstm.Cells * sizeof(short)))),
                ("normalization_weights", new Constant("short", () => Gates(gate => gate.Normalization is { } given ? Bytes(given.Coefficients) : [], lstm.Cells * sizeof(short)))),
                ("normalization_bias", new Constant("int", () => Gates(gate => gate.Normalization is { } given ? Bytes(given.Bias) : [], lstm.Cells * sizeof(int)))),
                ("least_variance", Arguments.Ints(() => gates.Select(gate => gate?.Normalization?.LeastVariance ?? 0))),
                ("gate_multiplier", Arguments.Ints(() => multipliers.Select(multiplier => multiplier.Mantissa))),
                ("gate_shift", Arguments.Ints(() => multipliers.Select(multiplier => multiplier.Exponent))),
                ("sigmoid", Table(sum => FixedPoint16.Logistic(sum, GateIntegerBits))), ("gate_tanh", Table(sum => FixedPoint16.Tanh(sum, GateIntegerBits))),
                ("cell_tanh", Table(cell => FixedPoint16.Tanh(cell, FractionBits + lstm.CellExponent))),
                ("projection_weights", new Constant("char", () => lstm.Projection?.Weights.Data ?? new byte[1])),
                ("projection_bias", Arguments.Ints(() => lstm.Projection?.Bias ?? [0])),
                ("projection_multiplier", new Number(lstm.Projection?.Scale.Multiplier.Mantissa ?? 0)), ("projection_shift", new Number(lstm.Projection?.Scale.Multiplier.Exponent ?? 0)),
                ("projection_clip", new Number(lstm.ProjectionClip)),
                ("hidden_multiplier", new Number(lstm.Hidden.Multiplier.Mantissa)), ("hidden_shift", new Number(lstm.Hidden.Multiplier.Exponent)),
                ("hidden_zero_point", new Number(lstm.HiddenOffset)), ("output_zero_point", new Number(lstm.OutputState.Quantization!.ZeroPoint)),
                ("cell_exponent", new Number(lstm.CellExponent)), ("cell_clip", new Number(lstm.CellClip)),
                ("peephole_away", new Number(lstm.PeepholeBody.Rounding == Rounding.HalfAway ? 1 : 0)), ("time_major", new Number(lstm.IsTimeMajor ? 1 : 0)),
                ("coupled", new Number(lstm.InputGate is null ? 1 : 0)), ("has_peepholes", new Number(gates.Any(gate => gate?.Peephole is not null) ? 1 : 0)),
                ("normalizes", new Number(lstm.ForgetGate.Normalization is null ? 0 : 1)), ("projects", new Number(lstm.Projection is null ? 0 : 1)),
                ("batches", new Number(lstm.Batches)), ("steps", new Number(lstm.Steps)), ("input_size", new Number(lstm.InputSize)), ("cells", new Number(lstm.Cells)),
                ("output_size", new Number(lstm.OutputSize)),
                ("current", new Scratch(current)), ("state", new Scratch(state)), ("hidden", new Scratch(hidden)), ("gates", new Scratch(sums)),
            ]),
            [lstm.Batches * GroupSize], [GroupSize]);

        // Zeros for a gate that has no such parameters.
        byte[] Gates(Func<LstmGate, ReadOnlySpan<byte>> parameters, int bytes)
        {
            byte[] all = new byte[gates.Length * bytes];
            for (int gate = 0; gate < gates.Length; gate++)
            {
                if (gates[gate] is { } given)
                    parameters(given).CopyTo(all.AsSpan(gate * bytes, bytes));
            }
            return all;
        }
    }

    /// <summary>A function of int16 by the patterns of its argument.</summary>
    private static Constant Table(Func<short, short> function) => new("short", () =>
        MemoryMarshal.AsBytes<short>([.. Enumerable.Range(0, 1 << 16).Select(pattern => function(unchecked((short)pattern)))]).ToArray());

    private static byte[] Bytes<T>(ImmutableArray<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
