using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// SPARSE_TO_DENSE: a default value, and others where rows of indices say; of several for one place the last stays. TFLite refuses indices out of range; here their values are
/// left out.
/// </summary>
/// <param name="Count">Rows of indices.</param>
/// <param name="Axes">Of the output, as many as there are numbers in a row of indices.</param>
public sealed record PreparedSparseToDense(
    Operator Operator, TensorInfo Indices, TensorInfo Values, TensorInfo Default, TensorInfo Output, int Count, ImmutableArray<GatherAxis> Axes, int ElementBytes)
    : PreparedOperator(Operator, [Indices, Values, Default], [Output])
{
    /// <summary>Whether one value goes to every place.</summary>
    public bool IsSingle => Values.Shape!.Count == 0;
}

/// <summary>Preparing SPARSE_TO_DENSE.</summary>
public static class SparseToDense
{
    /// <remarks>The shape comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.SparseToDense)]
    public static PreparedOperator Prepare(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo indices = context.Input(0), values = context.Input(2), background = context.Input(3), output = context.Output(0);
        OperatorContext.Typed(indices, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(output, TensorType.Float32, TensorType.UInt8, TensorType.Int8, TensorType.Int32, TensorType.Int64);
        OperatorContext.Typed(values, output.Type);
        OperatorContext.Typed(background, output.Type);
        (Shape shape, Shape places) = (output.Shape!, indices.Shape!);
        (int count, int rank) = places.Count switch
        {
            0 => (1, 1),
            1 => (places[0], 1),
            2 => (places[0], places[1]),
            _ => throw new NotComputableException($"indices {places}, expected at most two dimensions"),
        };
        if (rank != shape.Count || rank > 4)
            throw new NotComputableException($"indices {places} into {shape}");
        if (values.Shape!.Count > 1 || (values.Shape.Count == 1 && values.Shape[0] != count) || background.Shape!.Elements != 1)
            throw new NotComputableException($"values {values.Shape} and a default of {background.Shape} for {count} places");
        return new PreparedSparseToDense(
            context.Operator, indices, values, background, output, count, [.. TensorView.Of(shape).Axes.Select(axis => new GatherAxis(axis.Size, axis.Stride))],
            Copies.ElementBytes(output.Type));
    }
}
