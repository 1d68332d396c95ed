using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// SCATTER_ND: runs of elements added to zeros where indices, which come with each run, say; in the order of the indices, integers wrapping, bools by "or". TFLite refuses indices out
/// of range; here their runs are left out.
/// </summary>
/// <param name="Axes">Of the output, as many as there are numbers in a row of indices.</param>
/// <param name="Count">Rows of indices.</param>
/// <param name="Run">Elements that are added for each.</param>
public sealed record PreparedScatter(
    Operator Operator, TensorInfo Indices, TensorInfo Updates, TensorInfo Output, ImmutableArray<GatherAxis> Axes, int Count, int Run)
    : PreparedOperator(Operator, [Indices, Updates], [Output]);

/// <summary>Preparing SCATTER_ND.</summary>
public static class Scattering
{
    /// <remarks>The shape comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.ScatterNd)]
    public static PreparedOperator ScatterNd(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo indices = context.Input(0), updates = context.Input(1), output = context.Output(0);
        OperatorContext.Typed(indices, TensorType.Int32);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32, TensorType.Int64, TensorType.Bool);
        OperatorContext.Typed(updates, output.Type);
        Shape shape = output.Shape!, positions = indices.Shape!;
        if (context.OptionalInput(2) is { IsConstant: true })
            OperatorContext.Shaped(output, context.IntegersOf(2));
        if (positions.Count == 0 || positions.Last > shape.Count)
            throw new NotComputableException($"indices {positions} into {shape}");
        OperatorContext.Shaped(updates, [.. positions.SkipLast(1), .. shape.Skip(positions.Last)]);
        return new PreparedScatter(
            context.Operator, indices, updates, output,
            [.. TensorView.Of(shape).Axes.Take(positions.Last).Select(axis => new GatherAxis(axis.Size, axis.Stride))],
            Gathering.Elements(positions.SkipLast(1)), Gathering.Elements(shape.Skip(positions.Last)));
    }
}
