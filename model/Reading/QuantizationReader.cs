using System.Collections.Immutable;
using OffByN.Model.Flat;

namespace OffByN.Model.Reading;

internal static class QuantizationReader
{
    /// <summary>
    /// The affine quantization; null without scales, and then with a note where the file quantizes by other rules.
    /// Zero points that the file leaves out are 0.
    /// </summary>
    public static (Quantization? Quantization, string? Note) Read(DeclaredTensor tensor, TensorType type, Shape? shape)
    {
        if (tensor.Table.Table(Schema.Tensor.Quantization) is not { } table)
            return (null, null);
        switch (table.Byte(Schema.Quantization.DetailsType))
        {
            case 0:
                break;
            case 1:
                return (null, "custom quantization");
            case 2:
                return (null, "block-wise quantization");
            case byte other:
                return (null, $"quantization of kind {other}");
        }

        ImmutableArray<float> scales = table.Floats(Schema.Quantization.Scale);
        if (scales.IsEmpty)
            return (null, null);
        foreach (float scale in scales)
        {
            if (!float.IsFinite(scale) || scale <= 0)
                throw tensor.Wrong($"expected a scale that is finite and above 0, found {scale}");
        }
        ImmutableArray<int> zeroPoints = ZeroPoints(tensor, table, type, scales.Length);
        int dimension = Dimension(tensor, shape, table.Int(Schema.Quantization.QuantizedDimension), scales.Length);
        return (new Quantization(scales, zeroPoints, dimension), null);
    }

    private static ImmutableArray<int> ZeroPoints(DeclaredTensor tensor, FlatTable table, TensorType type, int scales)
    {
        ImmutableArray<long> stored = table.Longs(Schema.Quantization.ZeroPoint);
        if (stored.Length > scales || (stored.Length < scales && stored.Any(zeroPoint => zeroPoint != 0)))
            throw tensor.Wrong($"expected {scales} zero points, as many as scales, found {stored.Length}");

        (int low, int high) = type.CodeRange() ?? (int.MinValue, int.MaxValue);
        int[] zeroPoints = new int[scales];
        for (int i = 0; i < stored.Length; i++)
        {
            if (stored[i] < low || stored[i] > high)
                throw tensor.Wrong($"expected a zero point of {low} to {high} for {type.Lower()}, found {stored[i]}");
            zeroPoints[i] = (int)stored[i];
        }
        return [.. zeroPoints];
    }

    /// <summary>A per-channel dimension; converters give biases the dimension of their weights, though a bias has only one.</summary>
    private static int Dimension(DeclaredTensor tensor, Shape? shape, int stored, int scales)
    {
        if (scales == 1 || shape is null)
            return stored;
        int dimension = shape.Count == 1 ? 0 : stored;
        if (dimension < 0 || dimension >= shape.Count)
            throw tensor.Wrong($"expected a quantized dimension of 0 to {shape.Count - 1} for shape {shape}, found {stored}");
        if (shape[dimension] != scales)
            throw tensor.Wrong($"expected {shape[dimension]} scales, one a channel of dimension {dimension} of {shape}, found {scales}");
        return dimension;
    }
}
