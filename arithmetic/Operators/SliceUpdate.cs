using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>An axis of a tensor of which a slice is replaced: both sizes, and the elements between two positions in both.</summary>
public readonly record struct UpdatedAxis(int Size, int Stride, int UpdateSize, int UpdateStride);

/// <summary>
/// DYNAMIC_UPDATE_SLICE: the input with a slice replaced that begins where <paramref name="Start"/> says, moved so that it lies inside.
/// </summary>
/// <param name="Start">int32 or int64, one for each axis.</param>
public sealed record PreparedSliceUpdate(
    Operator Operator, TensorInfo Input, TensorInfo Update, TensorInfo Start, TensorInfo Output, int ElementBytes, ImmutableArray<UpdatedAxis> Axes)
    : PreparedOperator(Operator, [Input, Update, Start], [Output]);

/// <summary>Preparing DYNAMIC_UPDATE_SLICE.</summary>
public static class SliceUpdates
{
    [Prepares(BuiltinOperator.DynamicUpdateSlice)]
    public static PreparedOperator DynamicUpdateSlice(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), update = context.Input(1), start = context.Input(2), output = context.Output(0);
        OperatorContext.Typed(update, input.Type);
        OperatorContext.Typed(output, input.Type);
        OperatorContext.Typed(start, TensorType.Int32, TensorType.Int64);
        Shape shape = input.Shape!, part = update.Shape!;
        OperatorContext.Shaped(output, shape);
        OperatorContext.Shaped(start, [shape.Count]);
        if (shape.Count == 0 || part.Count != shape.Count || part.Where((size, axis) => size > shape[axis]).Any())
            throw new NotComputableException($"a slice of {part} in {shape}");
        return new PreparedSliceUpdate(
            context.Operator, input, update, start, output, Copies.ElementBytes(input.Type),
            [.. TensorView.Of(shape).Axes.Zip(TensorView.Of(part).Axes, (whole, slice) => new UpdatedAxis(whole.Size, whole.Stride, slice.Size, slice.Stride))]);
    }
}
