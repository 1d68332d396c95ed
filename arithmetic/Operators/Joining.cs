using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing operators that put tensors together or take them apart: CONCATENATION, PACK, SPLIT, SPLIT_V, UNPACK.</summary>
public static class Joining
{
    /// <remarks>uint8 inputs with another quantization than the output's are rescaled; in every other type the quantization plays no part.</remarks>
    [Prepares(BuiltinOperator.Concatenation)]
    public static PreparedOperator Concatenation(OperatorContext context, CopyArithmetic arithmetic)
    {
        ConcatenationOptions options = context.Options<ConcatenationOptions>();
        if (options.Activation != Activation.None)
            throw new NotComputableException($"fused activation {options.Activation}, expected NONE");
        TensorInfo output = context.Output(0);
        ImmutableArray<TensorInfo> inputs = All(context.Operator.Inputs.Length, context.Input);
        int axis = OperatorContext.Axis(options.Axis, output.Shape!.Count);
        return Copies.Prepare(context, inputs, [output], Parts(inputs, output, axis).Select((part, i) =>
            CopyBlock.Of(i, TensorView.Of(inputs[i].Shape!), 0, part) is { } block ? block with { Codes = Rescaling(inputs[i], output) } : null));
    }

    [Prepares(BuiltinOperator.Pack)]
    public static PreparedOperator Pack(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo output = context.Output(0);
        ImmutableArray<TensorInfo> inputs = All(context.Operator.Inputs.Length, context.Input);
        int axis = OperatorContext.Axis(context.Options<PackOptions>().Axis, output.Shape!.Count);
        foreach (TensorInfo input in inputs)
            OperatorContext.Shaped(input, [.. output.Shape.Where((_, at) => at != axis)]);
        OperatorContext.Shaped(output, [.. output.Shape.Select((size, at) => at == axis ? inputs.Length : size)]);
        return Copies.Prepare(context, inputs, [output], inputs.Select((input, i) =>
            CopyBlock.Of(i, TensorView.Of(input.Shape!).Repeat(axis, 1), 0, TensorView.Of(output.Shape).Slice(axis, i, 1))));
    }

    [Prepares(BuiltinOperator.Unpack)]
    public static PreparedOperator Unpack(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0);
        ImmutableArray<TensorInfo> outputs = All(context.Operator.Outputs.Length, context.Output);
        int axis = OperatorContext.Axis(context.Options<UnpackOptions>().Axis, input.Shape!.Count);
        foreach (TensorInfo output in outputs)
            OperatorContext.Shaped(output, [.. input.Shape.Where((_, at) => at != axis)]);
        OperatorContext.Shaped(input, [.. input.Shape.Select((size, at) => at == axis ? outputs.Length : size)]);
        return Copies.Prepare(context, [input], outputs, outputs.Select((output, i) =>
            CopyBlock.Of(0, TensorView.Of(input.Shape).Slice(axis, i, 1), i, TensorView.Of(output.Shape!).Repeat(axis, 1))));
    }

    [Prepares(BuiltinOperator.Split)]
    public static PreparedOperator Split(OperatorContext context, CopyArithmetic arithmetic) =>
        Taken(context, context.Input(1), context.IntegersOf(0, 1)[0]);

    /// <remarks>The sizes are those of the outputs, which TFLite checked against input 1.</remarks>
    [Prepares(BuiltinOperator.SplitV)]
    public static PreparedOperator SplitV(OperatorContext context, CopyArithmetic arithmetic) =>
        Taken(context, context.Input(0), context.IntegersOf(2, 1)[0]);

    private static PreparedCopy Taken(OperatorContext context, TensorInfo input, int negativeAxis)
    {
        ImmutableArray<TensorInfo> outputs = All(context.Operator.Outputs.Length, context.Output);
        int axis = OperatorContext.Axis(negativeAxis, input.Shape!.Count);
        return Copies.Prepare(context, [input], outputs, Parts(outputs, input, axis).Select((part, i) =>
            CopyBlock.Of(0, part, i, TensorView.Of(outputs[i].Shape!))));
    }

    /// <summary>Where each of several tensors lies in a whole that they make up along an axis.</summary>
    private static ImmutableArray<TensorView> Parts(ImmutableArray<TensorInfo> tensors, TensorInfo whole, int axis)
    {
        long total = tensors.Sum(tensor => tensor.Shape!.Count == whole.Shape!.Count ? (long)tensor.Shape[axis] : 0);
        if (total != whole.Shape![axis])
            throw new NotComputableException($"parts of {total} along axis {axis}, expected the {whole.Shape[axis]} of {whole.Shape}");
        ImmutableArray<TensorView>.Builder parts = ImmutableArray.CreateBuilder<TensorView>(tensors.Length);
        int at = 0;
        foreach (TensorInfo tensor in tensors)
        {
            OperatorContext.Shaped(tensor, [.. whole.Shape.Select((size, a) => a == axis && tensor.Shape!.Count == whole.Shape.Count ? tensor.Shape[axis] : size)]);
            parts.Add(TensorView.Of(whole.Shape).Slice(axis, at, tensor.Shape![axis]));
            at += tensor.Shape[axis];
        }
        return parts.MoveToImmutable();
    }

    private static ImmutableArray<TensorInfo> All(int count, Func<int, TensorInfo> tensorAt) => count > 0
        ? [.. Enumerable.Range(0, count).Select(tensorAt)]
        : throw new NotComputableException("the operator has no tensors to put together or take apart");

    /// <summary>uint8 codes of the input in the output's quantization, in float32 (spec, section 2.11); empty where they are the same.</summary>
    private static ImmutableArray<byte> Rescaling(TensorInfo input, TensorInfo output)
    {
        if (output.Type != TensorType.UInt8 || (input.Quantization is null && output.Quantization is null))
            return [];
        Quantization from = OperatorContext.Quantized(input), to = OperatorContext.Quantized(output);
        if (from.Scale == to.Scale && from.ZeroPoint == to.ZeroPoint)
            return [];
        float scale = from.Scale * (float)(1f / to.Scale);
        float bias = -from.ZeroPoint * scale;
        return [.. Enumerable.Range(0, 256).Select(code => (byte)Math.Clamp(
            (long)FixedPoint.Round((float)((float)(code * scale) + bias), Rounding.HalfAway) + to.ZeroPoint, 0, 255))];
    }
}
