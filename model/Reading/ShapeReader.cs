using System.Collections.Immutable;

namespace OffByN.Model.Reading;

internal static class ShapeReader
{
    /// <summary>
    /// The declared shape. Null, with the reason, where it is known only at run time: a dimension of -1, or an activation without
    /// dimensions that does not claim to be a scalar (converters write unranked tensors so). A graph input without dimensions is a scalar: nothing computes another shape.
    /// </summary>
    public static (Shape? Shape, string? Note) Read(DeclaredTensor tensor, bool constant, bool isInput)
    {
        ImmutableArray<int> dimensions = tensor.Table.Ints(Schema.Tensor.Shape);
        if (dimensions.IsEmpty && !constant && !isInput && !tensor.Table.Bool(Schema.Tensor.HasRank))
            return (null, "the shape is not in the file");

        bool dynamic = false;
        bool empty = dimensions.Contains(0);
        long elements = 1;
        foreach (int dimension in dimensions)
        {
            if (dimension < -1 || (dimension < 0 && constant))
                throw tensor.Wrong($"expected dimensions of at least 0, found {Listed(dimensions)}");
            dynamic |= dimension < 0;
            if (!empty && (elements *= Math.Abs(dimension)) > int.MaxValue)
                throw tensor.Wrong($"expected at most 2147483647 elements, found the shape {Listed(dimensions)}");
        }
        return dynamic ? (null, $"the shape {Listed(dimensions)} is known at run time only") : (new Shape(dimensions), null);
    }

    private static string Listed(ImmutableArray<int> dimensions) =>
        string.Join('x', dimensions.Take(8)) + (dimensions.Length > 8 ? "x..." : "");
}
