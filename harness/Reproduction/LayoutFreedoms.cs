using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Reproduction;

/// <summary>The freedoms of operators that put elements elsewhere, and of those that reduce axes. What a constant says of an axis must stay true, so axes that it changes are left alone.</summary>
internal static class LayoutFreedoms
{
    /// <summary>Along the axis each input is cut by itself; all others are cut in all tensors.</summary>
    public static IEnumerable<Freedom> OfConcatenation(Graph graph, Operator op, TensorIndex output, ConcatenationOptions options)
    {
        Shape shape = graph[output].Shape!;
        int joined = options.Axis < 0 ? options.Axis + shape.Count : options.Axis;
        foreach (int axis in Enumerable.Range(0, shape.Count).Where(axis => axis != joined))
            yield return Whole($"axis {axis}", axis, shape[axis], [.. op.Inputs.Distinct().Append(output).Select(tensor => new CutAxis(tensor, axis))]);
        if (op.Inputs.Distinct().Count() < op.Inputs.Length)
            yield break;
        int before = 0;
        foreach ((int position, TensorIndex input) in op.Inputs.Index())
        {
            (int start, int size) = (before, graph[input].Shape![joined]);
            yield return new($"input {position}", size, [new(input, joined)], element => Math.Clamp(element[joined] - start, 0, size - 1))
            {
                Follows = new(output, joined, length => shape[joined] - size + length),
            };
            before += size;
        }
    }

    public static IEnumerable<Freedom> OfPack(Graph graph, Operator op, TensorIndex output, PackOptions options)
    {
        Shape shape = graph[output].Shape!;
        int packed = options.Axis < 0 ? options.Axis + shape.Count : options.Axis;
        return Enumerable.Range(0, shape.Count).Where(axis => axis != packed).Select(axis => Whole(
            $"axis {axis}", axis, shape[axis], [.. op.Inputs.Distinct().Select(tensor => new CutAxis(tensor, axis < packed ? axis : axis - 1)), new(output, axis)]));
    }

    public static IEnumerable<Freedom> OfPad(Graph graph, TensorIndex input, TensorIndex output, TensorInfo paddings)
    {
        ImmutableArray<int> added = Integers(paddings);
        Shape shape = graph[input].Shape!;
        return added.Length != 2 * shape.Count ? [] : shape.Select((size, axis) => (added[2 * axis], added[2 * axis + 1]) is var (before, after) && before == 0 && after == 0
            ? Whole($"axis {axis}", axis, size, [new(input, axis), new(output, axis)])
            : new($"axis {axis}", size, [new(input, axis)], element => Math.Clamp(element[axis] - before, 0, size - 1)) { Follows = new(output, axis, length => before + length + after) });
    }

    public static IEnumerable<Freedom> OfTranspose(Graph graph, TensorIndex input, TensorIndex output, TensorInfo order)
    {
        ImmutableArray<int> from = Integers(order);
        Shape shape = graph[output].Shape!;
        return from.Length != shape.Count ? [] : shape.Select((size, axis) => Whole($"axis {axis}", axis, size, [new(input, from[axis] < 0 ? from[axis] + shape.Count : from[axis]), new(output, axis)]));
    }

    /// <summary>Less of an axis that is reduced is another result, which may fail as well.</summary>
    public static IEnumerable<Freedom> OfReduction(Graph graph, TensorIndex input, TensorIndex output, TensorInfo axes, bool keepsDimensions)
    {
        Shape shape = graph[input].Shape!;
        HashSet<int> reduced = [.. Integers(axes).Select(axis => axis < 0 ? axis + shape.Count : axis)];
        if (graph[output].Shape!.Count != (keepsDimensions ? shape.Count : shape.Count - reduced.Count))
            yield break;
        int at = 0;
        for (int axis = 0; axis < shape.Count; axis++)
        {
            int place = at;
            bool isReduced = reduced.Contains(axis);
            yield return isReduced ? new($"axis {axis}", shape[axis], [new(input, axis)], _ => 0) : Whole($"axis {axis}", place, shape[axis], [new(input, axis), new(output, place)]);
            at += keepsDimensions || !isReduced ? 1 : 0;
        }
    }

    public static IEnumerable<Freedom> OfResize(Graph graph, TensorIndex input, TensorIndex output) =>
        new[] { ("batch", 0), ("channels", 3) }.Select(axis => Whole(axis.Item1, axis.Item2, graph[output].Shape![axis.Item2], [new(input, axis.Item2), new(output, axis.Item2)]));

    private static Freedom Whole(string name, int axis, int size, ImmutableArray<CutAxis> cuts) => new(name, size, cuts, element => element[axis]) { KeepsElements = true };

    private static ImmutableArray<int> Integers(TensorInfo tensor) =>
        tensor is { IsConstant: true, Type: TensorType.Int32 } ? [.. MemoryMarshal.Cast<byte, int>(tensor.Data.Span)] : [];
}
