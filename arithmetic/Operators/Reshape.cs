using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>The input's bytes under another shape.</summary>
public sealed record PreparedReshape(Operator Operator, TensorInfo Input, TensorInfo Output) : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing RESHAPE, SQUEEZE and EXPAND_DIMS.</summary>
public static class Reshape
{
    /// <remarks>The shape comes from the output tensor: TFLite resolves it before it runs, and a shape known only at run time has no output shape.</remarks>
    [Prepares(BuiltinOperator.Reshape)]
    [Prepares(BuiltinOperator.Squeeze)]
    [Prepares(BuiltinOperator.ExpandDims)]
    public static PreparedOperator Prepare(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(output, input.Type);
        if (input.Type.Bits() < 8)
            throw new NotComputableException($"{input.Type.Lower()} is not implemented for this operator");
        if (input.Shape!.Elements != output.Shape!.Elements)
            throw new NotComputableException($"input {input.Shape} and output {output.Shape} have different numbers of elements");
        return new PreparedReshape(context.Operator, input, output);
    }
}
