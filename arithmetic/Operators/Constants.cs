using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing SHAPE and FILL.</summary>
public static class Constants
{
    /// <summary>The dimensions of the input, of which no element is read.</summary>
    [Prepares(BuiltinOperator.Shape)]
    public static PreparedOperator ShapeOf(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo output = context.Output(0);
        Shape shape = context.Input(0).Shape!;
        OperatorContext.Typed(output, TensorType.Int32, TensorType.Int64);
        OperatorContext.Shaped(output, [shape.Count]);
        return new PreparedCopy(context.Operator, [], [output], Copies.ElementBytes(output.Type), [])
        {
            Background = [.. shape.SelectMany(size => output.Type == TensorType.Int32 ? BitConverter.GetBytes(size) : BitConverter.GetBytes((long)size))],
        };
    }

    /// <remarks>The shape comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.Fill)]
    public static PreparedOperator Fill(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo value = context.Input(1), output = context.Output(0);
        if (value.Shape!.Elements != 1)
            throw new NotComputableException($"the value is {value.Shape}, expected one element");
        return Copies.Prepare(context, [value], [output], Copies.Everywhere(0, output));
    }
}
