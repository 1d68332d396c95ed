using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>RANGE: the start, and each further element the one before it plus the step; float32 sums are rounded one by one, integers wrap.</summary>
/// <param name="Start">One element.</param>
/// <param name="Step">One element.</param>
public sealed record PreparedRange(Operator Operator, TensorInfo Start, TensorInfo Step, TensorInfo Output) : PreparedOperator(Operator, [Start, Step], [Output]);

/// <summary>Preparing SHAPE, RANK, ZEROS_LIKE, FILL, RANGE and DENSIFY.</summary>
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

    /// <summary>How many dimensions the input has, of which no element is read.</summary>
    [Prepares(BuiltinOperator.Rank)]
    public static PreparedOperator Rank(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Int32);
        OperatorContext.Shaped(output, []);
        return new PreparedCopy(context.Operator, [], [output], sizeof(int), []) { Background = [.. BitConverter.GetBytes(context.Input(0).Shape!.Count)] };
    }

    /// <summary>Zeros in the shape of the input, of which no element is read.</summary>
    [Prepares(BuiltinOperator.ZerosLike)]
    public static PreparedOperator ZerosLike(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(input, output.Type);
        OperatorContext.Shaped(output, input.Shape!);
        return new PreparedCopy(context.Operator, [], [output], Copies.ElementBytes(output.Type), []) { Background = [.. new byte[Copies.ElementBytes(output.Type)]] };
    }

    /// <remarks>How many there are comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.Range)]
    public static PreparedOperator Range(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo start = context.Input(0), step = context.Input(2), output = context.Output(0);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.Int32, TensorType.Int64);
        foreach (TensorInfo scalar in new[] { start, context.Input(1), step })
        {
            OperatorContext.Typed(scalar, output.Type);
            OperatorContext.Shaped(scalar, []);
        }
        OperatorContext.Ranked(output, 1);
        return new PreparedRange(context.Operator, start, step, output);
    }

    /// <summary>The elements of a sparse constant, which are known before the run, and zeros between them.</summary>
    [Prepares(BuiltinOperator.Densify)]
    public static PreparedOperator Densify(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.OptionalInput(0) ?? throw new NotComputableException("DENSIFY needs input 0"), output = context.Output(0);
        OperatorContext.Typed(output, input.Type);
        if (!UnpackedConstants.Of(context.Graph).TryGetValue(output.Index, out TensorInfo? dense))
        {
            _ = Densification.Of(input, UnpackedConstants.MostDense);
            throw new NotComputableException($"the sparse constants of the model unpack to more than {UnpackedConstants.MostDense:N0} bytes");
        }
        OperatorContext.Shaped(output, input.Shape!);
        return Copies.Prepare(
            context, [input with { Data = dense.Data, Note = null }], [output], CopyBlock.Of(0, TensorView.Of(output.Shape!), 0, TensorView.Of(output.Shape!)));
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
