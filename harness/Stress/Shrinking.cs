using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Harness.Stress;

/// <summary>
/// Makes a case smaller as long as it still differs: fewer elements along an axis, together with whatever other axes must follow; then values that are the
/// zero point. What is smaller is decided by the oracle itself, never by the reference alone.
/// </summary>
public static class Shrinking
{
    private const int MostSteps = 40;
    private const int MostAttempts = 96;

    /// <param name="failure">A case that differs, in the flavour in which it does.</param>
    /// <returns>The smallest case that was found to differ; the given one where none was.</returns>
    public static async Task<CaseOutcome> SmallestAsync(CaseOutcome failure, StressRunner runner, CancellationToken cancel)
    {
        CaseOutcome smallest = failure with { Case = failure.Case.Materialized() };
        for (int step = 0; step < MostSteps; step++)
        {
            OperatorCase[] smaller = [.. Smaller(smallest.Case).Take(MostAttempts).OrderBy(Size)];
            if (smaller.Length == 0)
                break;
            ImmutableArray<CaseOutcome> outcomes = await runner.RunAsync(smaller, [failure.Flavour], cancel).ConfigureAwait(false);
            if (outcomes.FirstOrDefault(outcome => outcome.IsFailure) is not { } found)
                break;
            smallest = found;
        }
        return smallest;
    }

    /// <summary>Elements of all tensors first; then those of the inputs that are not the zero point. Absent inputs have none, and states no values.</summary>
    public static (long Elements, long Values) Size(OperatorCase one) => (
        one.Inputs.Where(input => !input.IsAbsent).Sum(input => (long)input.Shape.Elements) + one.Output.Shape.Elements + one.MoreOutputs.Sum(output => (long)output.Shape.Elements),
        one.Inputs.Where(input => input.Value is not null).Sum(input => Enumerable.Range(0, input.Shape.Elements).LongCount(at => !IsNeutral(input, at))));

    /// <summary>Cases that are smaller and that an operator can have.</summary>
    /// <param name="one">With values, as <see cref="OperatorCase.Materialized"/> gives it.</param>
    public static IEnumerable<OperatorCase> Smaller(OperatorCase one)
    {
        int shapes = 0;
        foreach (OperatorCase smaller in Sliced(one))
        {
            if (Aiming.Ways(smaller).IsEmpty)
                continue;
            yield return smaller;
            if (++shapes >= MostAttempts / 2)
                break;
        }
        foreach (OperatorCase quieter in Quieter(one))
            yield return quieter;
    }

    private readonly record struct Slot(int Tensor, int Axis, int Size);

    /// <summary>One axis shorter, alone or with others: those of the same size, or one more of any size.</summary>
    private static IEnumerable<OperatorCase> Sliced(OperatorCase one)
    {
        ImmutableArray<CaseTensor> tensors = [.. one.Inputs, one.Output, .. one.MoreOutputs];
        Slot[] slots =
        [
            .. from tensor in Enumerable.Range(0, tensors.Length)
               where !IsParameter(tensors[tensor])
               from axis in Enumerable.Range(0, tensors[tensor].Shape.Count)
               where tensors[tensor].Shape[axis] > 1
               select new Slot(tensor, axis, tensors[tensor].Shape[axis]),
        ];
        foreach (int divisor in new[] { int.MaxValue, 2, 0 })
        {
            foreach (Slot slot in slots)
            {
                int size = divisor == 0 ? slot.Size - 1 : Math.Max(1, slot.Size / divisor);
                if (size == slot.Size)
                    continue;
                foreach (bool fromEnd in new[] { false, true })
                {
                    foreach (Slot[] together in Together(slots, slot))
                        yield return Resized(one, tensors, [.. together.Select(other => (other, size))], fromEnd);
                    foreach (Slot other in slots.Where(other => other.Tensor != slot.Tensor && other.Size != slot.Size))
                    {
                        for (int otherSize = 1; otherSize < Math.Min(other.Size, 12); otherSize++)
                            yield return Resized(one, tensors, [(slot, size), (other, otherSize)], fromEnd);
                    }
                }
            }
        }
    }

    /// <summary>The slot with others of its size in other tensors: all subsets, as long as they are few.</summary>
    private static IEnumerable<Slot[]> Together(Slot[] slots, Slot slot)
    {
        Slot[] equal = [.. slots.Where(other => other.Size == slot.Size && other.Tensor != slot.Tensor).Take(5)];
        for (int subset = (1 << equal.Length) - 1; subset >= 0; subset--)
            yield return [slot, .. equal.Where((_, at) => (subset >> at & 1) != 0)];
    }

    private static OperatorCase Resized(OperatorCase one, ImmutableArray<CaseTensor> tensors, (Slot Slot, int Size)[] changes, bool fromEnd)
    {
        CaseTensor[] changed = [.. tensors];
        foreach ((Slot slot, int size) in changes)
            changed[slot.Tensor] = Sliced(changed[slot.Tensor], slot.Axis, size, fromEnd);
        int inputs = one.Inputs.Length;
        Shape before = one.Output.Shape, after = changed[inputs].Shape;
        return one with
        {
            Inputs = [.. changed.Take(inputs).Select(input => Follows(input, before, after))],
            Output = changed[inputs],
            MoreOutputs = [.. changed.Skip(inputs + 1)],
        };
    }

    /// <summary>A parameter that names the output's shape, or its height and width, goes with it.</summary>
    private static CaseTensor Follows(CaseTensor input, Shape before, Shape after)
    {
        if (!IsParameter(input) || input.Type != TensorType.Int32 || before.Equals(after))
            return input;
        int[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(input.Value).ToArray();
        foreach (int first in new[] { 0, 1 })
        {
            if (values.Length > 1 && before.Skip(first).Take(values.Length).SequenceEqual(values))
                return input.With<int>([.. after.Skip(first).Take(values.Length)]);
        }
        return input;
    }

    /// <summary>Constants of integers without scale say how an operator works: axes, sizes, paddings.</summary>
    private static bool IsParameter(CaseTensor tensor) => tensor is { IsConstant: true, Type: TensorType.Int32 or TensorType.Int64, Scale: 0, Channels: null };

    private static CaseTensor Sliced(CaseTensor tensor, int axis, int size, bool fromEnd)
    {
        Shape shape = [.. tensor.Shape.Select((old, at) => at == axis ? size : old)];
        int old = tensor.Shape[axis], first = fromEnd ? old - size : 0;
        CaseTensor sliced = tensor with { Shape = shape };
        if (tensor.Channels is { } channels && channels.Axis == axis && channels.Scales.Length == old)
            sliced = sliced with { Channels = ([.. channels.Scales.Skip(first).Take(size)], axis) };
        if (tensor.Value is not { } value)
            return sliced;
        int inner = tensor.Shape.Skip(axis + 1).Aggregate(BytesOf(tensor.Type), (bytes, dimension) => bytes * dimension);
        int outer = tensor.Shape.Take(axis).Aggregate(1, (count, dimension) => count * dimension);
        byte[] kept = new byte[outer * size * inner];
        for (int block = 0; block < outer; block++)
            value.AsSpan((block * old + first) * inner, size * inner).CopyTo(kept.AsSpan(block * size * inner));
        return sliced with { Value = kept };
    }

    /// <summary>Whole inputs, then ever smaller parts of them, at their zero point.</summary>
    private static IEnumerable<OperatorCase> Quieter(OperatorCase one)
    {
        for (int parts = 1; parts <= 32; parts *= 2)
        {
            for (int input = 0; input < one.Inputs.Length; input++)
            {
                CaseTensor tensor = one.Inputs[input];
                int elements = tensor.Shape.Elements;
                if (tensor.Value is null || IsParameter(tensor) || elements < parts)
                    continue;
                for (int part = 0; part < parts; part++)
                {
                    (int first, int last) = (elements * part / parts, elements * (part + 1) / parts);
                    if (Enumerable.Range(first, last - first).All(at => IsNeutral(tensor, at)))
                        continue;
                    byte[] value = [.. tensor.Value];
                    for (int at = first; at < last; at++)
                        Neutral(tensor).CopyTo(value, at * BytesOf(tensor.Type));
                    yield return one with { Inputs = one.Inputs.SetItem(input, tensor with { Value = value }) };
                }
            }
        }
    }

    private static bool IsNeutral(CaseTensor tensor, int at)
    {
        int bytes = BytesOf(tensor.Type);
        return tensor.Value.AsSpan(at * bytes, bytes).SequenceEqual(Neutral(tensor));
    }

    private static byte[] Neutral(CaseTensor tensor)
    {
        byte[] neutral = new byte[BytesOf(tensor.Type)];
        BitConverter.GetBytes(tensor.ZeroPoint).AsSpan(0, Math.Min(neutral.Length, sizeof(int))).CopyTo(neutral);
        return neutral;
    }

    /// <summary>A case holds int4 unpacked.</summary>
    private static int BytesOf(TensorType type) => Math.Max(1, type.Bits() / 8);
}
