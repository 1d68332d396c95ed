using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>A matrix [rows, columns] of float32, or of int8 codes, with which vectors are multiplied that are quantized at run time.</summary>
/// <param name="Scale">Of int8 codes.</param>
public sealed record RealMatrix(TensorInfo Weights, float Scale)
{
    /// <summary>Rows and columns of a matrix and vectors together below which Eigen makes their product element by element.</summary>
    public const int SmallProduct = 20;

    public bool IsHybrid => Weights.Type == TensorType.Int8;

    public int Rows => Weights.Shape![0];

    public int Columns => Weights.Shape![1];

    internal static RealMatrix Of(OperatorContext context, int position, int rows, int columns)
    {
        TensorInfo weights = context.Constant(position);
        OperatorContext.Typed(weights, TensorType.Float32, TensorType.Int8);
        OperatorContext.Shaped(weights, [rows, columns]);
        return new(weights, weights.Type == TensorType.Int8 ? CodeTable.PerTensor(weights).Scale : 0);
    }

    /// <summary>A constant of float32, or of int8 codes as the numbers that they stand for.</summary>
    internal static ImmutableArray<float> Numbers(OperatorContext context, int position, params ReadOnlySpan<int> shape)
    {
        TensorInfo tensor = context.Constant(position);
        OperatorContext.Typed(tensor, TensorType.Float32, TensorType.Int8);
        OperatorContext.Shaped(tensor, shape.ToArray());
        if (tensor.Type == TensorType.Float32)
            return [.. MemoryMarshal.Cast<byte, float>(tensor.Data.Span)];
        float scale = CodeTable.PerTensor(tensor).Scale;
        return [.. MemoryMarshal.Cast<byte, sbyte>(tensor.Data.Span).ToArray().Select(code => code * scale)];
    }

    /// <summary>Requires an activation that the library applies to vectors; NONE leaves the output of an LSTM unwritten.</summary>
    internal static Activation Activated(Activation activation, params ReadOnlySpan<Activation> others) =>
        activation is Activation.Relu or Activation.Relu6 or Activation.Tanh || others.Contains(activation) ? activation
            : throw new NotComputableException($"fused activation {activation}");
}

/// <summary>One gate of <see cref="PreparedFloatLstm"/>; what the model does not have is empty.</summary>
/// <param name="Peephole">One weight a cell, of the cell state.</param>
/// <param name="Normalization">One coefficient a cell; then the sums are normalized before the bias is added.</param>
public sealed record FloatLstmGate(RealMatrix Input, RealMatrix Recurrent, ImmutableArray<float> Peephole, ImmutableArray<float> Normalization, ImmutableArray<float> Bias);

/// <summary>
/// UNIDIRECTIONAL_SEQUENCE_LSTM of float32, with weights of float32 or int8 (dynamic range quantization); shapes as in <see cref="PreparedLstm"/>. One arithmetic in all
/// flavours, whose order of operations is fixed: found by running LiteRT 2.3.0.
/// </summary>
/// <param name="InputGate">Null where it is 1 - forget gate.</param>
/// <param name="Activation">Of the cell gate, and of the cell state on its way to the output.</param>
/// <param name="CellClip">Largest |cell state|; 0 for none.</param>
/// <param name="Projection">From the hidden state to the output; null where they are one.</param>
/// <param name="ProjectionClip">Largest |output|; 0 for none.</param>
/// <param name="IsAsymmetric">Whether vectors that are quantized at run time have a zero point.</param>
public sealed record PreparedFloatLstm(
    Operator Operator, TensorInfo Input, TensorInfo OutputState, TensorInfo CellState, TensorInfo Output, bool IsTimeMajor, int Cells,
    FloatLstmGate? InputGate, FloatLstmGate ForgetGate, FloatLstmGate CellGate, FloatLstmGate OutputGate, Activation Activation, float CellClip,
    RealMatrix? Projection, ImmutableArray<float> ProjectionBias, float ProjectionClip, bool IsAsymmetric)
    : PreparedOperator(Operator, [Input, OutputState, CellState], [Output])
{
    public override ImmutableArray<TensorInfo> States => [OutputState, CellState];

    public int Batches => Input.Shape![IsTimeMajor ? 1 : 0];

    public int Steps => Input.Shape![IsTimeMajor ? 0 : 1];

    public int InputSize => Input.Shape!.Last;

    public int OutputSize => Output.Shape!.Last;

    /// <summary>Whether a matrix of float32 is multiplied with the vectors of all batches at once, which has an order of sums of its own.</summary>
    public bool MultipliesBatchesAtOnce => IsTimeMajor && Batches > 1 && !OutputGate.Input.IsHybrid;
}

/// <summary>Preparing UNIDIRECTIONAL_SEQUENCE_LSTM of float32. Source: <c>kernels/lstm_eval.cc</c>.</summary>
internal static class FloatLstm
{
    /// <summary>A single row of more columns is summed by a function of its own.</summary>
    private const int MostColumnsOfRow = 8;

    /// <summary>Eigen takes as many columns at a time as fit into a first cache of 32 KiB with 8 rows and 4 columns.</summary>
    private const int MostColumnsAtOnce = 680;

    public static PreparedFloatLstm Of(OperatorContext context, UnidirectionalSequenceLstmOptions options, LstmInputs inputs)
    {
        (int batches, int cells, int outputs) = (inputs.Batches, inputs.Cells, inputs.Outputs);
        OperatorContext.Typed(inputs.Input, TensorType.Float32);
        OperatorContext.Typed(inputs.OutputState, TensorType.Float32);
        OperatorContext.Typed(inputs.CellState, TensorType.Float32);
        bool isNormalized = context.OptionalInput(Lstm.Coefficients + 1) is not null, hasProjection = context.OptionalInput(Lstm.ProjectionWeights) is not null;
        PreparedFloatLstm lstm = new(
            context.Operator, inputs.Input, inputs.OutputState, inputs.CellState, context.Output(0), options.TimeMajor, cells,
            context.OptionalInput(Lstm.InputWeights) is null ? null : Gate(0), Gate(1), Gate(2), Gate(3), RealMatrix.Activated(options.Activation), options.CellClip,
            hasProjection ? RealMatrix.Of(context, Lstm.ProjectionWeights, outputs, cells) : null,
            context.OptionalInput(Lstm.ProjectionBias) is null ? [] : RealMatrix.Numbers(context, Lstm.ProjectionBias, outputs), hasProjection ? options.ProjClip : 0,
            options.AsymmetricQuantizeInputs);
        RealMatrix[] matrices =
        [
            .. new[] { lstm.InputGate, lstm.ForgetGate, lstm.CellGate, lstm.OutputGate }.OfType<FloatLstmGate>().SelectMany(gate => new[] { gate.Input, gate.Recurrent }),
            .. lstm.Projection is { } projection ? [projection] : Array.Empty<RealMatrix>(),
        ];
        if (matrices.Select(matrix => matrix.IsHybrid).Distinct().Count() > 1)
            throw new NotComputableException("weights of float32 beside weights of int8");
        if (lstm.MultipliesBatchesAtOnce && matrices.FirstOrDefault(matrix => matrix.Columns > MostColumnsAtOnce) is { } wide)
            throw new NotComputableException($"{batches} batches of {wide.Columns} float32 are multiplied at once, in blocks that depend on the processor's caches");
        if (lstm.MultipliesBatchesAtOnce && matrices.FirstOrDefault(matrix => matrix.Columns >= MostColumnsOfRow && matrix.Rows + matrix.Columns + batches < RealMatrix.SmallProduct) is { } small)
            throw new NotComputableException($"{batches} batches of {small.Columns} float32 are multiplied with {small.Rows} rows at once, in an order that is not known");
        if (matrices.FirstOrDefault(matrix => matrix is { IsHybrid: false, Rows: 1, Columns: > MostColumnsOfRow }) is { } row)
            throw new NotComputableException($"a single row of {row.Columns} columns of float32 is summed in an order that is not known");
        return lstm;

        FloatLstmGate Gate(int gate) => new(
            RealMatrix.Of(context, Lstm.InputWeights + gate, cells, inputs.Input.Shape!.Last), RealMatrix.Of(context, Lstm.RecurrentWeights + gate, cells, outputs),
            gate == 2 || context.OptionalInput(Lstm.PeepholeWeights + Math.Min(gate, 2)) is null ? [] : RealMatrix.Numbers(context, Lstm.PeepholeWeights + Math.Min(gate, 2), cells),
            isNormalized ? RealMatrix.Numbers(context, Lstm.Coefficients + gate, cells) : [], RealMatrix.Numbers(context, Lstm.Biases + gate, cells));
    }
}
