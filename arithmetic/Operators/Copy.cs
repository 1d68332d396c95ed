using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>Operators that copy codes have nothing that runtimes could disagree about.</summary>
public record CopyArithmetic : OperatorArithmetic
{
    public static readonly CopyArithmetic Only = new();
}

/// <summary>REVERSE_V2, which had one axis at first.</summary>
/// <param name="FirstAxisOnly">Whether an operator of several axes complains, and reverses the first alone.</param>
public sealed record ReverseArithmetic(bool FirstAxisOnly) : CopyArithmetic;

/// <summary>One of the nested loops of a copy: its number of steps, and how many elements input and output move on a step (0: repeated; negative: backwards).</summary>
public readonly record struct CopyAxis(int Count, int From, int To);

/// <summary>Elements that go from one input to one output in nested loops, outermost first; without any, a single element.</summary>
/// <param name="Input">Position of the input.</param>
/// <param name="From">Its element at which the loops begin.</param>
/// <param name="Output">Position of the output.</param>
/// <param name="To">Its element at which the loops begin.</param>
public sealed record CopyBlock(int Input, int From, int Output, int To, ImmutableArray<CopyAxis> Axes)
{
    /// <summary>The output's code at the bit pattern of the input's, 256 of them; empty where codes are copied as they are.</summary>
    public ImmutableArray<byte> Codes { get; init; } = [];

    /// <summary>A view of an input into a view of an output of the same sizes; null when they have no elements. Axes that can be walked in one loop become one.</summary>
    public static CopyBlock? Of(int input, TensorView from, int output, TensorView to)
    {
        if (!from.Axes.Select(axis => axis.Size).SequenceEqual(to.Axes.Select(axis => axis.Size)))
            throw new ArgumentException("a copy needs two views of the same sizes", nameof(to));
        if (from.Axes.Any(axis => axis.Size == 0))
            return null;
        Stack<CopyAxis> axes = [];
        for (int axis = from.Axes.Length - 1; axis >= 0; axis--)
        {
            CopyAxis next = new(from.Axes[axis].Size, from.Axes[axis].Stride, to.Axes[axis].Stride);
            if (next.Count == 1)
                continue;
            if (axes.TryPeek(out CopyAxis inner) && next.From == inner.Count * inner.From && next.To == inner.Count * inner.To)
                axes.Push(axes.Pop() with { Count = inner.Count * next.Count });
            else
                axes.Push(next);
        }
        return new(input, from.Offset, output, to.Offset, [.. axes]);
    }
}

/// <summary>Elements moved from inputs to outputs without arithmetic.</summary>
/// <param name="ElementBytes">Bytes of an element: 1, 2, 4 or 8.</param>
/// <param name="Blocks">In this order; a later one overwrites an earlier one.</param>
public sealed record PreparedCopy(
    Operator Operator, ImmutableArray<TensorInfo> Inputs, ImmutableArray<TensorInfo> Outputs, int ElementBytes, ImmutableArray<CopyBlock> Blocks)
    : PreparedOperator(Operator, Inputs, Outputs)
{
    /// <summary>What the outputs hold before the first block, repeated over them: whole elements. Empty where blocks write every element.</summary>
    public ImmutableArray<byte> Background { get; init; } = [];
}

/// <summary>What operators that move elements share.</summary>
internal static class Copies
{
    /// <summary>Beyond this many blocks the list would outgrow the tensor.</summary>
    private const int MostBlocks = 1 << 16;

    /// <exception cref="NotComputableException">An element has no whole number of bytes, or an input another type than the outputs.</exception>
    public static PreparedCopy Prepare(
        OperatorContext context, ImmutableArray<TensorInfo> inputs, ImmutableArray<TensorInfo> outputs, params IEnumerable<CopyBlock?> blocks)
    {
        TensorType type = outputs[0].Type;
        foreach (TensorInfo tensor in inputs.Concat(outputs))
            OperatorContext.Typed(tensor, type);
        ImmutableArray<CopyBlock> listed = [.. blocks.OfType<CopyBlock>().Take(MostBlocks + 1)];
        return listed.Length <= MostBlocks ? new(context.Operator, inputs, outputs, ElementBytes(type), listed)
            : throw new NotComputableException($"more than {MostBlocks} separate blocks would have to be copied");
    }

    /// <summary>One input's view into the whole output.</summary>
    public static PreparedCopy Prepare(OperatorContext context, TensorView from, IReadOnlyList<int> outputShape)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Shaped(output, outputShape);
        return Prepare(context, [input], [output], CopyBlock.Of(0, from, 0, TensorView.Of([.. from.Axes.Select(axis => axis.Size)])));
    }

    /// <summary>The only element of an input, all over the first output.</summary>
    public static CopyBlock? Everywhere(int input, TensorInfo output) =>
        CopyBlock.Of(input, TensorView.Of([]).Repeat(0, output.Shape!.Elements), 0, TensorView.Of([output.Shape.Elements]));

    public static int ElementBytes(TensorType type) => type.Bits() is 8 or 16 or 32 or 64 ? type.Bits() / 8
        : throw new NotComputableException($"{type.Lower()} is not implemented for this operator");

    /// <summary>The bytes of an element of value zero, which for codes is the zero point.</summary>
    public static ImmutableArray<byte> Zero(TensorInfo tensor)
    {
        byte[] zero = new byte[ElementBytes(tensor.Type)];
        if (tensor.Quantization is { } quantization && tensor.Type.CodeRange() is not null)
            BitConverter.GetBytes(quantization.ZeroPoint).AsSpan(0, zero.Length).CopyTo(zero);
        return [.. zero];
    }
}
