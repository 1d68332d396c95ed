using System.Collections.Immutable;

namespace OffByN.Arithmetic.Operators;

/// <summary>One axis of a view: its size, and how many elements of the tensor lie between two of its steps (0: one is repeated; negative: backwards).</summary>
public readonly record struct ViewAxis(int Size, int Stride);

/// <summary>
/// The elements of a tensor in another order, some left out or repeated. Every operator that moves elements is a view of its input written to a view of its
/// output of the same sizes.
/// </summary>
/// <param name="Offset">The tensor's element at which the view begins.</param>
public sealed record TensorView(int Offset, ImmutableArray<ViewAxis> Axes)
{
    /// <summary>The whole tensor, row-major.</summary>
    public static TensorView Of(IReadOnlyList<int> shape)
    {
        ViewAxis[] axes = new ViewAxis[shape.Count];
        int stride = 1;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            axes[axis] = new(shape[axis], stride);
            stride = unchecked(stride * shape[axis]);
        }
        return new(0, [.. axes]);
    }

    /// <summary><paramref name="count"/> positions of an axis, from <paramref name="first"/> on, <paramref name="step"/> apart.</summary>
    public TensorView Slice(int axis, int first, int count, int step = 1) => count == 0
        ? this with { Axes = Axes.SetItem(axis, new(0, 0)) }
        : new(Offset + first * Axes[axis].Stride, Axes.SetItem(axis, new(count, unchecked(Axes[axis].Stride * step))));

    /// <summary>One position of an axis, which the view then no longer has.</summary>
    public TensorView At(int axis, int position) => new(Offset + position * Axes[axis].Stride, Axes.RemoveAt(axis));

    /// <summary>An axis in reverse.</summary>
    public TensorView Reverse(int axis) => Axes[axis].Size == 0 ? this : Slice(axis, Axes[axis].Size - 1, Axes[axis].Size, -1);

    /// <summary>A new axis in front of <paramref name="axis"/>, along which everything is repeated.</summary>
    public TensorView Repeat(int axis, int count) => this with { Axes = Axes.Insert(axis, new(count, 0)) };

    /// <summary>An axis as two, of which the inner has <paramref name="inner"/> positions; these must divide it.</summary>
    public TensorView Split(int axis, int inner)
    {
        (int size, int stride) = Axes[axis];
        return this with { Axes = Axes.SetItem(axis, new(inner == 0 ? 0 : size / inner, stride * inner)).Insert(axis + 1, new(inner, stride)) };
    }

    /// <summary>The axes in another order: axis i of the result is axis order[i].</summary>
    public TensorView Permute(params IEnumerable<int> order) => this with { Axes = [.. order.Select(axis => Axes[axis])] };
}
