using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>SOFTMAX.</summary>
internal static class SoftmaxKernels
{
    /// <summary>A row's largest fixed-point term is 2^19, so that longer rows may overflow their int32 sum.</summary>
    private const int LongestFixedPointRow = (1 << 12) - 1;

    [Plans]
    public static KernelPlan Plan(PreparedSoftmax softmax, KernelTarget target)
    {
        bool isTable = softmax.Method == SoftmaxMethod.FloatTable;
        if (isTable)
            Arguments.RequireRounding(target.Device);
        else
            RequireFixedPointRow(softmax.Depth);
        return KernelPlan.Flat(
            "softmax",
            [.. Arguments.Codes(softmax.Input.Type, 1), .. softmax.Output.Type == TensorType.Int16 ? ["TO_INT16=1"] : Array.Empty<string>(), isTable ? "METHOD=FLOAT_TABLE" : "METHOD=FIXED_POINT"],
            Arguments.Of(
            [
                ("input", new Activation(softmax.Input)), ("output", new Activation(softmax.Output)),
                ("exponentials", isTable ? Arguments.Floats(() => softmax.FloatExponentials) : Arguments.Ints(() => softmax.Exponentials)),
                ("output_scale", new Real(softmax.OutputScale)), ("largest_difference", new Number(softmax.LargestDifference)),
                ("rows", new Number(softmax.Rows)), ("depth", new Number(softmax.Depth)),
            ]),
            softmax.Rows);
    }

    /// <exception cref="NotComputableException">The sum of a row may overflow.</exception>
    public static void RequireFixedPointRow(int depth)
    {
        if (depth > LongestFixedPointRow)
            throw new NotComputableException($"a row of {depth} codes may overflow the fixed-point sum, expected at most {LongestFixedPointRow}");
    }
}
