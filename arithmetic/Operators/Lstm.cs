using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>What the known runtimes disagree about in UNIDIRECTIONAL_SEQUENCE_LSTM of int8.</summary>
/// <param name="Peephole">How products with the cell state are requantized in whole blocks of 16 cells; the rest is <see cref="Requantization.Reference"/>.</param>
public sealed record LstmArithmetic(Requantization Peephole) : OperatorArithmetic;

/// <summary>A matrix of int8 weights [rows, columns] with what its products are rescaled by.</summary>
/// <param name="Bias">One value a row, with the zero point of what it is multiplied with folded in.</param>
public sealed record LstmMatrix(TensorInfo Weights, ImmutableArray<int> Bias, ChannelScale Scale);

/// <summary>int16 weights, one a cell, of the cell state.</summary>
public sealed record LstmPeephole(ImmutableArray<short> Weights, ChannelScale Scale);

/// <summary>Layer normalization of a gate's sums.</summary>
/// <param name="LeastVariance">Takes the place of a variance below 1.</param>
public sealed record LstmNormalization(ImmutableArray<short> Coefficients, ImmutableArray<int> Bias, ChannelScale Scale, int LeastVariance)
{
    /// <summary>What normalized sums are rescaled by, to 12 fraction bits.</summary>
    public ChannelScale Rescale => ChannelScale.From(Scale.Multiplier with { Exponent = Scale.Multiplier.Exponent + 12 });
}

/// <summary>One gate: sums of input and output state, each rescaled to int16 by itself and added with saturation.</summary>
public sealed record LstmGate(LstmMatrix Input, LstmMatrix Recurrent, LstmPeephole? Peephole, LstmNormalization? Normalization);

/// <summary>
/// UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with an int16 cell state (spec, section 2.21). Input [batch, time, inputs], or [time, batch, inputs] when time-major; output
/// the same with <see cref="PreparedLstm.OutputSize"/> channels. The states are those before the run.
/// </summary>
/// <param name="InputGate">Null where it is 1 - forget gate.</param>
/// <param name="CellExponent">The cell state's scale is 2 to this power.</param>
/// <param name="CellClip">Largest |cell state|; 0 for none.</param>
/// <param name="Hidden">From the product of output gate and tanh, of 30 fraction bits, to the hidden state's codes.</param>
/// <param name="Projection">From the hidden state to the output; null where they are one.</param>
/// <param name="ProjectionClip">Largest |output code|; 0 for none.</param>
public sealed record PreparedLstm(
    Operator Operator, TensorInfo Input, TensorInfo OutputState, TensorInfo CellState, TensorInfo Output, bool IsTimeMajor, int Cells,
    LstmGate? InputGate, LstmGate ForgetGate, LstmGate CellGate, LstmGate OutputGate, int CellExponent, int CellClip,
    ChannelScale Hidden, int HiddenZeroPoint, LstmMatrix? Projection, int ProjectionClip, Requantization PeepholeBody)
    : PreparedOperator(Operator, [Input, OutputState, CellState], [Output])
{
    public override ImmutableArray<TensorInfo> States => [OutputState, CellState];

    /// <summary>Added to the hidden state's codes: what projects them takes the zero point with the other sign.</summary>
    public int HiddenOffset => Projection is null ? HiddenZeroPoint : -HiddenZeroPoint;

    public int Batches => Input.Shape![IsTimeMajor ? 1 : 0];

    public int Steps => Input.Shape![IsTimeMajor ? 0 : 1];

    public int InputSize => Input.Shape!.Last;

    public int OutputSize => Output.Shape!.Last;
}

/// <summary>What every kind of UNIDIRECTIONAL_SEQUENCE_LSTM has, with the shapes that fit.</summary>
internal sealed record LstmInputs(TensorInfo Input, TensorInfo OutputState, TensorInfo CellState, int Batches, int Cells, int Outputs)
{
    private const int OutputStatePosition = 18, CellStatePosition = 19;

    public static LstmInputs Of(OperatorContext context, bool isTimeMajor)
    {
        TensorInfo input = context.Input(0);
        ImmutableArray<TensorInfo> states = context.States(OutputStatePosition, CellStatePosition);
        Shape shape = OperatorContext.Ranked(input, 3);
        int cells = OperatorContext.Ranked(context.Constant(Lstm.InputWeights + 3), 2)[0], outputs = OperatorContext.Ranked(context.Constant(Lstm.RecurrentWeights + 3), 2)[1];
        int batches = shape[isTimeMajor ? 1 : 0];
        if (shape[2] < 1 || cells < 1 || outputs < 1)
            throw new NotComputableException($"{cells} cells with {shape[2]} inputs and {outputs} outputs: nothing is computed");
        OperatorContext.Shaped(context.Output(0), [shape[0], shape[1], outputs]);
        if (states[0].Shape!.Elements != (long)batches * outputs || states[1].Shape!.Elements != (long)batches * cells)
            throw new NotComputableException($"states {states[0].Shape} and {states[1].Shape} are not those of {batches} batches with {outputs} outputs and {cells} cells");
        if (context.OptionalInput(Lstm.ProjectionWeights) is null && outputs != cells)
            throw new NotComputableException($"{cells} cells for {outputs} outputs need a projection");
        return new(input, states[0], states[1], batches, cells, outputs);
    }
}

/// <summary>Preparing UNIDIRECTIONAL_SEQUENCE_LSTM. Source: <c>kernels/unidirectional_sequence_lstm.cc</c>, <c>lstm_eval.cc</c>.</summary>
public static class Lstm
{
    // Positions of the inputs, gate by gate in the order input, forget, cell, output; peepholes have no cell gate.
    internal const int InputWeights = 1, RecurrentWeights = 5, PeepholeWeights = 9, Biases = 12, ProjectionWeights = 16, ProjectionBias = 17, Coefficients = 20;

    private const int HiddenIntermediate = 4, FractionBits = 15;

    [Prepares(BuiltinOperator.UnidirectionalSequenceLstm)]
    public static PreparedOperator Prepare(OperatorContext context, LstmArithmetic arithmetic)
    {
        UnidirectionalSequenceLstmOptions options = context.Options<UnidirectionalSequenceLstmOptions>();
        LstmInputs inputs = LstmInputs.Of(context, options.TimeMajor);
        if (context.Output(0).Type == TensorType.Float32)
            return FloatLstm.Of(context, options, inputs);
        (TensorInfo input, TensorInfo outputState, TensorInfo cellState, int batches, int cells, int outputs) = inputs;
        TensorInfo output = context.Output(0);
        OperatorContext.Typed(input, TensorType.Int8);
        OperatorContext.Typed(output, TensorType.Int8);
        OperatorContext.Typed(outputState, TensorType.Int8);
        OperatorContext.Typed(cellState, TensorType.Int16);
        if (context.Operator.Intermediates.Length != HiddenIntermediate + 1)
            throw new NotComputableException($"expected {HiddenIntermediate + 1} intermediate tensors, found {context.Operator.Intermediates.Length}");
        if (PowerOfTwo.Exponent(OperatorContext.Quantized(cellState).Scale) is not { } exponent || exponent + FractionBits is < 0 or > 6)
            throw new NotComputableException($"a cell state's scale of {OperatorContext.Quantized(cellState).Scale}, expected a power of two from 2^-15 to 2^-9");
        bool hasProjection = context.OptionalInput(ProjectionWeights) is not null;
        Quantization hidden = IntermediateOf(context, HiddenIntermediate), state = OperatorContext.Quantized(outputState);
        float fine = MathF.ScaleB(1, -FractionBits);
        return new PreparedLstm(
            context.Operator, input, outputState, cellState, output, options.TimeMajor, cells,
            context.OptionalInput(InputWeights) is null ? null : Gate(0), Gate(1), Gate(2), Gate(3), exponent,
            Clip(options.CellClip, OperatorContext.Quantized(cellState).Scale, short.MaxValue),
            ChannelScale.From((float)((double)fine / hidden.Scale * fine)), hidden.ZeroPoint,
            hasProjection ? Matrix(ProjectionWeights, outputs, cells, -hidden.ZeroPoint, context.OptionalInput(ProjectionBias) is null ? null : ProjectionBias,
                scale => (float)((float)(scale * hidden.Scale) / state.Scale)) : null,
            hasProjection ? Clip(options.ProjClip, OperatorContext.Quantized(output).Scale, sbyte.MaxValue) : 0, arithmetic.Peephole);

        LstmGate Gate(int gate)
        {
            bool isNormalized = context.OptionalInput(Coefficients + 1) is not null;
            float step = isNormalized ? IntermediateOf(context, gate).Scale : MathF.ScaleB(1, -12);
            Quantization from = OperatorContext.Quantized(input);
            return new(
                Matrix(InputWeights + gate, cells, input.Shape!.Last, from.ZeroPoint, isNormalized ? null : Biases + gate, scale => (float)((float)(scale * from.Scale) / step)),
                Matrix(RecurrentWeights + gate, cells, outputs, state.ZeroPoint, null, scale => (float)((float)(scale * state.Scale) / step)),
                gate == 2 ? null : Peephole(PeepholeWeights + Math.Min(gate, 2), step),
                isNormalized ? Normalization(Coefficients + gate, Biases + gate) : null);
        }

        LstmMatrix Matrix(int position, int rows, int columns, int zeroPoint, int? bias, Func<float, float> scale)
        {
            TensorInfo weights = context.Constant(position);
            OperatorContext.Typed(weights, TensorType.Int8);
            OperatorContext.Shaped(weights, [rows, columns]);
            ReadOnlySpan<sbyte> codes = MemoryMarshal.Cast<byte, sbyte>(weights.Data.Span);
            int[] folded = new int[rows];
            if (bias is { } given)
                context.IntegersOf(given, rows).CopyTo(folded);
            for (int i = 0; i < codes.Length; i++)
                folded[i / columns] -= codes[i] * zeroPoint;
            return new(weights, [.. folded], ChannelScale.From(scale(CodeTable.PerTensor(weights).Scale)));
        }

        LstmPeephole? Peephole(int position, float step)
        {
            if (context.OptionalInput(position) is null)
                return null;
            if (outputs != cells)
                throw new NotComputableException("peepholes beside a projection of another size");
            return new(Words(position), ChannelScale.From((float)(Math.ScaleB(1, exponent) * CodeTable.PerTensor(context.Input(position)).Scale / step)));
        }

        LstmNormalization Normalization(int coefficients, int bias)
        {
            float scale = CodeTable.PerTensor(context.Input(coefficients)).Scale;
            return new(Words(coefficients), context.IntegersOf(bias, cells), ChannelScale.From(scale), Math.Max(1, (int)(10000 * scale)));
        }

        ImmutableArray<short> Words(int position)
        {
            TensorInfo words = context.Constant(position);
            OperatorContext.Typed(words, TensorType.Int16);
            OperatorContext.Shaped(words, [cells]);
            return [.. MemoryMarshal.Cast<byte, short>(words.Data.Span)];
        }
    }

    private static int Clip(float real, float scale, int largest) => real > 0 ? (int)Math.Min(real / scale, largest) : 0;

    private static Quantization IntermediateOf(OperatorContext context, int position) =>
        OperatorContext.Quantized(context.Graph[context.Operator.Intermediates[position]]);
}
