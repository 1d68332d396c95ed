using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Harness.Comparison;

/// <summary>
/// Where in a tensor elements differ. The innermost dimension counts as channels, the two before it as rows and columns (NHWC); dimensions before those are
/// added up, and those that a tensor lacks are 1. Elements differ as in <see cref="Metrics.Differing"/>.
/// </summary>
public sealed record ErrorMap
{
    private const int LargestGrid = 32;

    /// <summary>True for what the operator alone gave, false for the candidate's own chain.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>Differing elements of each channel.</summary>
    public required ImmutableArray<long> Channels { get; init; }

    /// <summary>Rows of the tensor.</summary>
    public required int Height { get; init; }

    /// <summary>Columns of the tensor.</summary>
    public required int Width { get; init; }

    /// <summary>Elements at one row and column: channels times the dimensions that were added up.</summary>
    public required long Depth { get; init; }

    /// <summary>A cell of <see cref="Cells"/> covers this many rows and columns; the last of each direction covers what is left.</summary>
    public required int CellSize { get; init; }

    /// <summary>Differing elements of each cell, row-major, <see cref="GridHeight"/> x <see cref="GridWidth"/>.</summary>
    public required ImmutableArray<long> Cells { get; init; }

    /// <summary>Cells from top to bottom, at most 32.</summary>
    public int GridHeight => (Height + CellSize - 1) / CellSize;

    /// <summary>Cells from left to right, at most 32.</summary>
    public int GridWidth => (Width + CellSize - 1) / CellSize;

    /// <summary>Elements that a cell covers.</summary>
    public long ElementsOf(int row, int column) =>
        Depth * Math.Min(CellSize, Height - row * CellSize) * Math.Min(CellSize, Width - column * CellSize);

    /// <summary>The map of two values of one layer's output; null where <see cref="TensorComparer"/> would not compare them, or they have no elements.</summary>
    public static ErrorMap? Of(TensorValue expected, TensorValue actual)
    {
        Shape shape = expected.Shape;
        if (expected.Type != actual.Type || !shape.Equals(actual.Shape) || shape.Elements == 0
            || ElementComparison.Of(expected.Type) is not { } elements
            || expected.Data.Length != (long)elements.Width * shape.Elements || actual.Data.Length != expected.Data.Length)
            return null;
        int channels = shape.Last, width = shape.Count < 2 ? 1 : shape[shape.Count - 2], height = shape.Count < 3 ? 1 : shape[shape.Count - 3];
        int cellSize = (Math.Max(height, width) + LargestGrid - 1) / LargestGrid;
        int gridWidth = (width + cellSize - 1) / cellSize;
        long[] byChannel = new long[channels], cells = new long[(height + cellSize - 1) / cellSize * gridWidth];
        ReadOnlySpan<byte> left = expected.Data.Span, right = actual.Data.Span;
        int stride = channels * elements.Width;
        for (int place = 0; place < shape.Elements / channels; place++)
        {
            ReadOnlySpan<byte> x = left.Slice(place * stride, stride), y = right.Slice(place * stride, stride);
            if (x.SequenceEqual(y))
                continue;
            int cell = place / width % height / cellSize * gridWidth + place % width / cellSize;
            for (int channel = 0; channel < channels; channel++)
            {
                // Numbers are equal as elements are: -0 is 0, and NaN is NaN.
                if (elements.Width == 1 ? x[channel] == y[channel] : elements.ElementAt(x, channel) == elements.ElementAt(y, channel))
                    continue;
                byChannel[channel]++;
                cells[cell]++;
            }
        }
        return new()
        {
            Channels = [.. byChannel],
            Height = height,
            Width = width,
            Depth = shape.Elements / height / width,
            CellSize = cellSize,
            Cells = [.. cells],
        };
    }
}
