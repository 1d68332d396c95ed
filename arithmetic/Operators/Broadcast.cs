using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>One of the nested loops over an output: its number of steps, and how many elements each input moves on a step (0: it is repeated).</summary>
public sealed record BroadcastAxis(int Count, ImmutableArray<int> Strides);

/// <summary>
/// How the elements of several inputs meet in an output whose dimensions are those of the inputs, or repeat an input that has 1 there. Dimensions that can be walked in one loop are one
/// axis, so equal shapes make a single one.
/// </summary>
/// <param name="Axes">Outermost first; at least one. Along the innermost each input moves by 0 or 1.</param>
public sealed record Broadcast(ImmutableArray<BroadcastAxis> Axes)
{
    /// <summary>The innermost loop.</summary>
    public BroadcastAxis Row => Axes[^1];

    /// <summary>How often the innermost loop runs.</summary>
    public int Rows => Axes[..^1].Aggregate(1, (rows, axis) => rows * axis.Count);

    /// <summary>
    /// Whether two inputs alternate so little that TFLite's optimized kernels walk them row by row: innermost first, a common part, a part that one input repeats,
    /// a common one, a part that the other repeats, a common one; any but the second may be absent.
    /// </summary>
    public bool IsFivefold
    {
        get
        {
            ImmutableArray<(bool First, bool Second)> moves = [.. Axes.Reverse().Select(axis => (axis.Strides[0] != 0, axis.Strides[1] != 0))];
            int at = SkipCommon(0);
            if (at == moves.Length)
                return true;
            (bool First, bool Second) fast = moves[at];
            at = SkipCommon(at + 1);
            if (at < moves.Length && moves[at] != fast)
                at = SkipCommon(at + 1);
            return at == moves.Length;

            int SkipCommon(int from) => from < moves.Length && moves[from] == (true, true) ? from + 1 : from;
        }
    }

    /// <summary>True when both inputs of two have the output's shape.</summary>
    public bool IsPlain => Axes.Length == 1 && Row.Strides.All(stride => stride == 1);

    /// <summary>The element of an input at which row number <paramref name="row"/> starts.</summary>
    public int Start(int input, int row)
    {
        int start = 0;
        for (int axis = Axes.Length - 2; axis >= 0; axis--)
        {
            (row, int index) = Math.DivRem(row, Axes[axis].Count);
            start += index * Axes[axis].Strides[input];
        }
        return start;
    }

    /// <exception cref="NotComputableException">The inputs do not fit each other, or the output is declared with another shape than theirs together.</exception>
    public static Broadcast Of(TensorInfo output, params ImmutableArray<TensorInfo> inputs)
    {
        int rank = inputs.Max(input => input.Shape!.Count);
        int[] dimensions = new int[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            int[] sizes = [.. inputs.Select(input => Size(input, axis, rank)).Where(size => size != 1).Distinct()];
            if (sizes.Length > 1)
                throw new NotComputableException($"inputs of shapes {string.Join(" and ", inputs.Select(input => input.Shape))} cannot be broadcast to each other");
            dimensions[axis] = sizes.Length == 0 ? 1 : sizes[0];
        }
        // The dimensions may be too many for a shape of their own.
        if (!output.Shape!.SequenceEqual(dimensions))
            throw new NotComputableException($"tensor {output.Index} ({output.Name}) is declared {output.Shape}, the operator computes {string.Join('x', dimensions)}");
        Stack<BroadcastAxis> axes = [];
        int[] strides = [.. inputs.Select(_ => 1)];
        for (int axis = rank - 1; axis >= 0; axis--)
        {
            ImmutableArray<int> steps = [.. inputs.Select((input, i) => Size(input, axis, rank) == 1 ? 0 : strides[i])];
            for (int i = 0; i < strides.Length; i++)
                strides[i] *= Size(inputs[i], axis, rank);
            if (dimensions[axis] == 1)
                continue;
            if (axes.TryPeek(out BroadcastAxis? inner) && steps.Select((step, i) => step == inner.Count * inner.Strides[i]).All(fits => fits))
                axes.Push(axes.Pop() with { Count = inner.Count * dimensions[axis] });
            else
                axes.Push(new(dimensions[axis], steps));
        }
        return new(axes.Count == 0 ? [new(1, [.. inputs.Select(_ => 1)])] : [.. axes]);
    }

    private static int Size(TensorInfo input, int axis, int rank)
    {
        int own = axis - (rank - input.Shape!.Count);
        return own < 0 ? 1 : input.Shape[own];
    }
}
