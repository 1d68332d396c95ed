using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>SVDF has one arithmetic in all known runtimes.</summary>
public sealed record SvdfArithmetic : OperatorArithmetic
{
    public static readonly SvdfArithmetic Only = new();
}

/// <summary>
/// SVDF of int8 (spec, section 2.21): input [batch, inputs], feature weights [filters, inputs] of int8, time weights [filters, memory] and state [batch, filters * memory] of
/// int16, output [batch, filters / rank]. The state is the one before the run; its oldest slot comes first.
/// </summary>
/// <param name="Feature">From a filter's sum to the state's codes.</param>
/// <param name="Time">From a unit's sum to the output's codes.</param>
public sealed record PreparedSvdf(
    Operator Operator, TensorInfo Input, TensorInfo State, TensorInfo Output, int Rank, ImmutableArray<sbyte> FeatureWeights, ImmutableArray<short> TimeWeights,
    ImmutableArray<int> Bias, int InputZeroPoint, ChannelScale Feature, ChannelScale Time, int OutputZeroPoint) : PreparedOperator(Operator, [Input, State], [Output])
{
    public override ImmutableArray<TensorInfo> States => [State];

    public int Batches => Input.Shape![0];

    public int InputSize => Input.Shape![1];

    public int Filters => FeatureWeights.Length / InputSize;

    public int Memory => TimeWeights.Length / Filters;
}

/// <summary>
/// SVDF of float32, with weights of float32 or int8 (dynamic range quantization); shapes as in <see cref="PreparedSvdf"/>. One arithmetic in all flavours, whose order of
/// operations is fixed: found by running LiteRT 2.3.0.
/// </summary>
/// <param name="TimeWeights">As numbers.</param>
/// <param name="Bias">One value a unit; empty where there is none.</param>
/// <param name="IsAsymmetric">Whether inputs that are quantized at run time have a zero point.</param>
public sealed record PreparedFloatSvdf(
    Operator Operator, TensorInfo Input, TensorInfo State, TensorInfo Output, int Rank, RealMatrix Feature, ImmutableArray<float> TimeWeights, ImmutableArray<float> Bias,
    Activation Activation, bool IsAsymmetric) : PreparedOperator(Operator, [Input, State], [Output])
{
    public override ImmutableArray<TensorInfo> States => [State];

    public int Memory => TimeWeights.Length / Feature.Rows;
}

/// <summary>Preparing SVDF. Source: <c>kernels/svdf.cc</c>.</summary>
public static class Svdf
{
    /// <remarks>The fused activation plays no part in the integer kernel.</remarks>
    [Prepares(BuiltinOperator.Svdf)]
    public static PreparedOperator Prepare(OperatorContext context, SvdfArithmetic arithmetic)
    {
        SvdfOptions options = context.Options<SvdfOptions>();
        int rank = options.Rank;
        TensorInfo input = context.Input(0), feature = context.Constant(1), time = context.Constant(2), state = context.States(4)[0], output = context.Output(0);
        Shape given = OperatorContext.Ranked(input, 2), features = OperatorContext.Ranked(feature, 2), times = OperatorContext.Ranked(time, 2);
        int filters = features[0];
        if (rank < 1 || filters < 1 || filters % rank != 0 || given[1] < 1 || times[1] < 1)
            throw new NotComputableException($"{filters} filters of rank {rank} on {given} with {times}: no unit is computed");
        OperatorContext.Shaped(feature, [filters, given[1]]);
        OperatorContext.Shaped(time, [filters, times[1]]);
        OperatorContext.Shaped(state, [given[0], filters * times[1]]);
        OperatorContext.Shaped(output, [given[0], filters / rank]);
        if (output.Type == TensorType.Float32)
        {
            OperatorContext.Typed(input, TensorType.Float32);
            OperatorContext.Typed(state, TensorType.Float32);
            if (feature.Type != time.Type)
                throw new NotComputableException($"feature weights of {feature.Type.Lower()} beside time weights of {time.Type.Lower()}");
            return new PreparedFloatSvdf(
                context.Operator, input, state, output, rank, RealMatrix.Of(context, 1, filters, given[1]), RealMatrix.Numbers(context, 2, filters, times[1]),
                context.OptionalInput(3) is null ? [] : RealMatrix.Numbers(context, 3, filters / rank), RealMatrix.Activated(options.Activation, Activation.None), options.AsymmetricQuantizeInputs);
        }
        OperatorContext.Typed(input, TensorType.Int8);
        OperatorContext.Typed(feature, TensorType.Int8);
        OperatorContext.Typed(time, TensorType.Int16);
        OperatorContext.Typed(state, TensorType.Int16);
        OperatorContext.Typed(output, TensorType.Int8);
        Quantization from = CodeTable.PerTensor(input), kept = CodeTable.PerTensor(state), to = CodeTable.PerTensor(output);
        return new PreparedSvdf(
            context.Operator, input, state, output, rank, [.. MemoryMarshal.Cast<byte, sbyte>(feature.Data.Span)], [.. MemoryMarshal.Cast<byte, short>(time.Data.Span)],
            Convolution.BiasOf(context, 3, filters / rank), from.ZeroPoint,
            ChannelScale.From((float)((float)(from.Scale * CodeTable.PerTensor(feature).Scale) / kept.Scale)),
            ChannelScale.From((float)((float)(kept.Scale * CodeTable.PerTensor(time).Scale) / to.Scale)), to.ZeroPoint);
    }
}
