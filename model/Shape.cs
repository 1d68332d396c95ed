using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace OffByN.Model;

/// <summary>
/// Dimensions of a tensor, outermost first (NHWC for images). Every dimension is at least 0; a shape without dimensions
/// is a scalar and has one element. Two shapes are equal when their dimensions are.
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly ImmutableArray<int> dimensions;

    /// <exception cref="ArgumentException">A dimension is negative, or the number of elements exceeds a long.</exception>
    public Shape(ImmutableArray<int> dimensions)
    {
        this.dimensions = dimensions;
        long count = 1;
        bool empty = dimensions.Contains(0);
        foreach (int dimension in dimensions)
        {
            if (dimension < 0)
                throw new ArgumentException($"a dimension must be at least 0, found {dimension}", nameof(dimensions));
            if (!empty && (count *= dimension) > int.MaxValue)
                throw new ArgumentException($"[{string.Join('x', dimensions)}] has more than 2^31-1 elements", nameof(dimensions));
        }
        Elements = empty ? 0 : (int)count;
    }

    public static Shape Create(ReadOnlySpan<int> dimensions) => new([.. dimensions]);

    /// <summary>Number of elements, at most 2^31-1.</summary>
    public int Elements { get; }

    /// <summary>Number of dimensions.</summary>
    public int Count => dimensions.Length;

    public int this[int axis] => dimensions[axis];

    /// <summary>Size of the innermost dimension; 1 for a scalar.</summary>
    public int Last => dimensions.Length == 0 ? 1 : dimensions[^1];

    /// <summary>The multi-dimensional index of the element at <paramref name="flat"/> in row-major order.</summary>
    public ImmutableArray<int> IndexOf(long flat)
    {
        int[] index = new int[dimensions.Length];
        for (int axis = dimensions.Length - 1; axis >= 0; axis--)
            (flat, index[axis]) = (flat / dimensions[axis], (int)(flat % dimensions[axis]));
        return [.. index];
    }

    public bool Equals(Shape? other) => other is not null && dimensions.AsSpan().SequenceEqual(other.dimensions.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int dimension in dimensions)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary><c>1x224x224x3</c>; <c>scalar</c> without dimensions.</summary>
    public override string ToString() => dimensions.Length == 0 ? "scalar" : string.Join('x', dimensions);
}
