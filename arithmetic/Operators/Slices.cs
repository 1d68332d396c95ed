using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing SLICE and STRIDED_SLICE.</summary>
public static class Slices
{
    /// <remarks>A size of -1 means all that is left.</remarks>
    [Prepares(BuiltinOperator.Slice)]
    public static PreparedOperator Slice(OperatorContext context, CopyArithmetic arithmetic)
    {
        Shape input = context.Input(0).Shape!;
        ImmutableArray<int> begins = context.IntegersOf(1, input.Count), sizes = context.IntegersOf(2, input.Count);
        TensorView view = TensorView.Of(input);
        for (int axis = 0; axis < input.Count; axis++)
        {
            int size = sizes[axis] == -1 ? input[axis] - begins[axis] : sizes[axis];
            if (begins[axis] < 0 || size < 0 || (long)begins[axis] + size > input[axis])
                throw new NotComputableException($"a slice of {sizes[axis]} from {begins[axis]} on, of {input[axis]}");
            view = view.Slice(axis, begins[axis], size);
        }
        return Copies.Prepare(context, view, [.. view.Axes.Select(axis => axis.Size)]);
    }

    [Prepares(BuiltinOperator.StridedSlice)]
    public static PreparedOperator StridedSlice(OperatorContext context, CopyArithmetic arithmetic)
    {
        StridedSliceOptions options = context.Options<StridedSliceOptions>();
        Shape input = context.Input(0).Shape!;
        ImmutableArray<int> begins = context.IntegersOf(1), ends = context.IntegersOf(2, begins.Length), steps = context.IntegersOf(3, begins.Length);
        bool IsSet(int mask, int entry) => entry < 32 && (mask & (1 << entry)) != 0;

        int added = Enumerable.Range(0, begins.Length).Count(entry => IsSet(options.NewAxisMask, entry) && !IsSet(options.EllipsisMask, entry));
        int ellipsis = Enumerable.Range(0, begins.Length).FirstOrDefault(entry => IsSet(options.EllipsisMask, entry), begins.Length);
        bool isWritten = ellipsis < begins.Length;
        int open = input.Count - (begins.Length - added - (isWritten ? 1 : 0));
        if (options.Offset && (options.NewAxisMask | options.EllipsisMask) != 0)
            throw new NotComputableException("ends that count from begins, with new axes or an ellipsis: TFLite reads beyond the tensor");
        if (isWritten && open == 0)
            throw new NotComputableException("an ellipsis that stands for no dimension: TFLite gives it one, and shifts the entries after it");
        if (open < 0 || (System.Numerics.BitOperations.PopCount((uint)options.EllipsisMask) > 1))
            throw new NotComputableException($"{begins.Length} slices for {input.Count} dimensions");
        TensorView view = TensorView.Of(input);
        List<int> output = [];
        int axis = 0;
        for (int entry = 0; entry < begins.Length + (isWritten ? 0 : 1); entry++)
        {
            if (entry == ellipsis)
            {
                for (int end = axis + open; axis < end; axis++)
                    output.Add(input[axis]);
            }
            else if (IsSet(options.NewAxisMask, entry))
            {
                output.Add(1);
            }
            else
            {
                bool shrinks = IsSet(options.ShrinkAxisMask, entry);
                (int first, int count) = Range(input[axis], entry, shrinks);
                view = view.Slice(axis++, first, count, steps[entry]);
                if (!shrinks)
                    output.Add(count);
            }
        }
        return Copies.Prepare(context, view, output);

        (int First, int Count) Range(int size, int entry, bool shrinks)
        {
            (long begin, long end, int step) = (begins[entry], ends[entry], steps[entry]);
            if (step == 0 || (shrinks && step < 0))
                throw new NotComputableException($"a step of {step}{(shrinks ? " where one element is taken" : "")}");
            if (options.Offset && (step < 0 || begin < 0 || IsSet(options.BeginMask | options.EndMask, entry)))
                throw new NotComputableException("ends that count from begins, with a negative number or a mask: TFLite reads beyond the tensor");
            (long low, long high) = step > 0 ? (0, (long)size) : (-1, size - 1L);
            if (options.Offset)
                end += begin;
            begin = IsSet(options.BeginMask, entry) ? (step > 0 ? low : high) : Math.Clamp(begin < 0 ? begin + size : begin, low, high);
            if (shrinks)
                return begin < size ? ((int)begin, 1) : throw new NotComputableException($"element {begin} of {size}");
            end = IsSet(options.EndMask, entry) ? (step > 0 ? high : low) : Math.Clamp(end < 0 ? end + size : end, low, high);
            long count = Math.Max(0, step > 0 ? (end - begin + step - 1) / step : (begin - end - step - 1L) / -(long)step);
            return ((int)begin, (int)count);
        }
    }
}
