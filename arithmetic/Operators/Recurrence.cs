using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// RNN and UNIDIRECTIONAL_SEQUENCE_RNN of float32, with weights of float32 or int8 (dynamic range quantization): at each step the state, which is the output, becomes
/// activation(bias + weights * input + recurrent weights * state). Input [batch, size], or [batch, step, size], or time-major [step, batch, size].
/// </summary>
/// <param name="IsTimeMajor">Whether all batches take a step together.</param>
/// <param name="IsAsymmetric">Whether vectors that are quantized at run time have a zero point.</param>
public sealed record PreparedRecurrence(
    Operator Operator, TensorInfo Input, TensorInfo State, TensorInfo Output, int Batches, int Steps, bool IsTimeMajor, RealMatrix Weights, RealMatrix Recurrent,
    ImmutableArray<float> Bias, Activation Activation, bool IsAsymmetric) : PreparedOperator(Operator, [Input, State], [Output])
{
    public override ImmutableArray<TensorInfo> States => [State];
}

/// <summary>Preparing RNN and UNIDIRECTIONAL_SEQUENCE_RNN. Source: <c>kernels/internal/kernel_utils.cc</c>.</summary>
public static class Recurrence
{
    [Prepares(BuiltinOperator.Rnn)]
    public static PreparedOperator Rnn(OperatorContext context, UnaryArithmetic arithmetic)
    {
        RnnOptions options = context.Options<RnnOptions>();
        Shape input = OperatorContext.Ranked(context.Input(0), 2);
        return Prepare(context, input[0], steps: 1, isTimeMajor: true, options.Activation, options.AsymmetricQuantizeInputs);
    }

    [Prepares(BuiltinOperator.UnidirectionalSequenceRnn)]
    public static PreparedOperator SequenceRnn(OperatorContext context, UnaryArithmetic arithmetic)
    {
        SequenceRnnOptions options = context.Options<SequenceRnnOptions>();
        Shape input = OperatorContext.Ranked(context.Input(0), 3);
        return Prepare(
            context, input[options.TimeMajor ? 1 : 0], input[options.TimeMajor ? 0 : 1], options.TimeMajor, options.Activation, options.AsymmetricQuantizeInputs);
    }

    private static PreparedRecurrence Prepare(OperatorContext context, int batches, int steps, bool isTimeMajor, Activation activation, bool isAsymmetric)
    {
        TensorInfo input = context.Input(0), state = context.States(4)[0], output = context.Output(0);
        int units = OperatorContext.Ranked(context.Constant(1), 2)[0];
        foreach (TensorInfo tensor in new[] { input, state, output })
            OperatorContext.Typed(tensor, TensorType.Float32);
        OperatorContext.Shaped(output, [.. input.Shape!.SkipLast(1), units]);
        OperatorContext.Shaped(state, [batches, units]);
        RealMatrix weights = RealMatrix.Of(context, 1, units, input.Shape!.Last), recurrent = RealMatrix.Of(context, 2, units, units);
        if (weights.IsHybrid != recurrent.IsHybrid)
            throw new NotComputableException("weights of float32 beside weights of int8");
        return new(
            context.Operator, input, state, output, batches, steps, isTimeMajor, weights, recurrent, RealMatrix.Numbers(context, 3, units),
            RealMatrix.Activated(activation, Activation.None), isAsymmetric);
    }
}
