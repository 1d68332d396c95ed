using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>ONE_HOT: output [outer, depth, inner] is <paramref name="On"/> where indices [outer, inner] name the position along the depth, <paramref name="Off"/> elsewhere.</summary>
/// <param name="On">One element.</param>
/// <param name="Off">One element.</param>
public sealed record PreparedOneHot(Operator Operator, TensorInfo Indices, TensorInfo On, TensorInfo Off, TensorInfo Output, int Depth, int Inner)
    : PreparedOperator(Operator, [Indices, On, Off], [Output]);

/// <summary>Preparing ONE_HOT.</summary>
public static class OneHots
{
    /// <remarks>The depth comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.OneHot)]
    public static PreparedOperator OneHot(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo indices = context.Input(0), on = context.Input(2), off = context.Input(3), output = context.Output(0);
        OperatorContext.Typed(indices, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(on, TensorType.Float32, TensorType.Int32, TensorType.Int64, TensorType.Int8, TensorType.UInt8, TensorType.Bool);
        OperatorContext.Typed(off, on.Type);
        OperatorContext.Typed(output, on.Type);
        if (on.Shape!.Elements != 1 || off.Shape!.Elements != 1)
            throw new NotComputableException($"ONE_HOT needs one value for what is meant and one for the rest, found {on.Shape} and {off.Shape}");
        Shape shape = indices.Shape!;
        int written = context.Options<OneHotOptions>().Axis, axis = written == -1 ? shape.Count : written;
        if (axis < 0 || axis > shape.Count)
            throw new NotComputableException($"axis {written} of {shape.Count + 1} dimensions");
        if (output.Shape!.Count != shape.Count + 1)
            throw new NotComputableException($"tensor {output.Index} ({output.Name}) is declared {output.Shape}, expected one dimension more than {shape}");
        int depth = output.Shape[axis];
        if (context.OptionalInput(1) is { IsConstant: true } && context.IntegersOf(1, 1)[0] != depth)
            throw new NotComputableException($"tensor {output.Index} ({output.Name}) is declared {output.Shape}, its depth is {context.IntegersOf(1, 1)[0]}");
        OperatorContext.Shaped(output, [.. shape.Take(axis), depth, .. shape.Skip(axis)]);
        return new PreparedOneHot(context.Operator, indices, on, off, output, depth, TensorView.Of(output.Shape).Axes[axis].Stride);
    }
}
