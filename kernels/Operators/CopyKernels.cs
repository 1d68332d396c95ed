using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Operators that move elements.</summary>
internal static class CopyKernels
{
    /// <summary>Each block is a launch of its own.</summary>
    private const int MostBlocks = 1024;

    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedCopy copy, KernelTarget target)
    {
        if (copy.Blocks.Length > MostBlocks)
            throw new NotComputableException($"{copy.Blocks.Length} separate blocks would have to be copied, expected at most {MostBlocks}");
        IEnumerable<TensorInfo> filled = copy.Background.IsEmpty ? [] : copy.Outputs;
        return [.. filled.Select(output => Fill(output, copy.Background)), .. copy.Blocks.Select(block => Plan(copy, block))];
    }

    private static KernelPlan Plan(PreparedCopy copy, CopyBlock block) => KernelPlan.Flat(
        "copy", [$"ELEMENT={ScalarTypes.PatternOf(copy.ElementBytes)}", $"TRANSLATE={(block.Codes.IsEmpty ? 0 : 1)}"],
        Arguments.Of(
        [
            ("input", new Activation(copy.Inputs[block.Input])), ("output", new Activation(copy.Outputs[block.Output])),
            ("from", new Number(block.From)), ("to", new Number(block.To)), ("codes", new Constant("uchar", () => block.Codes.AsMemory())),
            ("axes", Arguments.Ints(() => block.Axes.Reverse().SelectMany<CopyAxis, int>(axis => [axis.Count, axis.From, axis.To]))),
            ("rank", new Number(block.Axes.Length)),
        ]),
        block.Axes.Aggregate(1, (count, axis) => count * axis.Count));

    /// <summary>A pattern of bytes all over an output.</summary>
    public static KernelPlan Fill(TensorInfo output, ImmutableArray<byte> pattern) => KernelPlan.Flat(
        "fill", [],
        Arguments.Of([("output", new Activation(output)), ("bytes", new Constant("uchar", () => pattern.AsMemory())), ("count", new Number(pattern.Length))]),
        BytesOf(output));

    /// <exception cref="NotComputableException">More bytes than there can be work-items.</exception>
    public static int BytesOf(TensorInfo tensor)
    {
        long bytes = tensor.Type.Bytes(tensor.Shape!.Elements);
        return bytes <= int.MaxValue ? (int)bytes : throw new NotComputableException($"a tensor of {bytes} bytes, expected at most {int.MaxValue}");
    }
}
