using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>Preparing PAD, PADV2 and MIRROR_PAD.</summary>
public static class Padded
{
    /// <summary>The padding is real 0: the output's zero point.</summary>
    [Prepares(BuiltinOperator.Pad)]
    public static PreparedOperator Pad(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        return Copies.Prepare(context, [input], [output], Inner(context)) with { Background = Copies.Zero(output) };
    }

    /// <summary>The padding is the code in input 2.</summary>
    [Prepares(BuiltinOperator.Padv2)]
    public static PreparedOperator PadV2(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), value = context.Input(2), output = context.Output(0);
        if (value.Shape!.Elements != 1)
            throw new NotComputableException($"the padding value is {value.Shape}, expected one element");
        return Copies.Prepare(context, [input, value], [output], Copies.Everywhere(1, output), Inner(context));
    }

    /// <summary>The padding mirrors the input at its edge (SYMMETRIC) or at its outermost element (REFLECT).</summary>
    [Prepares(BuiltinOperator.MirrorPad)]
    public static PreparedOperator MirrorPad(OperatorContext context, CopyArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        int skipped = context.Options<MirrorPadOptions>().Mode == MirrorPadMode.Reflect ? 1 : 0;
        ImmutableArray<(int Before, int After)> paddings = Paddings(context);
        IEnumerable<(TensorView From, TensorView To)> parts = [(TensorView.Of(input.Shape!), TensorView.Of(output.Shape!))];
        for (int axis = 0; axis < paddings.Length; axis++)
        {
            (int size, int before, int after, int at) = (input.Shape![axis], paddings[axis].Before, paddings[axis].After, axis);
            if (Math.Max(before, after) > size - skipped)
                throw new NotComputableException($"mirrored padding of {Math.Max(before, after)} for {size} elements");
            parts = parts.SelectMany<(TensorView From, TensorView To), (TensorView, TensorView)>(part =>
            [
                (part.From.Slice(at, skipped + before - 1, before, -1), part.To.Slice(at, 0, before)),
                (part.From, part.To.Slice(at, before, size)),
                (part.From.Slice(at, size - 1 - skipped, after, -1), part.To.Slice(at, before + size, after)),
            ]);
        }
        return Copies.Prepare(context, [input], [output], parts.Select(part => CopyBlock.Of(0, part.From, 0, part.To)));
    }

    private static CopyBlock? Inner(OperatorContext context)
    {
        Shape input = context.Input(0).Shape!;
        TensorView inside = TensorView.Of(context.Output(0).Shape!);
        foreach (((int before, _), int axis) in Paddings(context).Select((padding, axis) => (padding, axis)))
            inside = inside.Slice(axis, before, input[axis]);
        return CopyBlock.Of(0, TensorView.Of(input), 0, inside);
    }

    /// <summary>What input 1 says, and the output's shape agrees with.</summary>
    private static ImmutableArray<(int Before, int After)> Paddings(OperatorContext context)
    {
        Shape input = context.Input(0).Shape!, output = context.Output(0).Shape!;
        ImmutableArray<int> values = context.IntegersOf(1, 2 * input.Count);
        ImmutableArray<(int Before, int After)> paddings = [.. input.Select((_, axis) => (values[2 * axis], values[2 * axis + 1]))];
        if (values.Any(value => value < 0)
            || output.Count != input.Count
            || !paddings.Select((padding, axis) => (long)padding.Before + input[axis] + padding.After).SequenceEqual(output.Select(size => (long)size)))
            throw new NotComputableException($"paddings {string.Join(",", paddings)} do not make {output} of {input}");
        return paddings;
    }
}
