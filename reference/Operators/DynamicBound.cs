using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Operators that quantize their input as they run have one right result, unless a number is infinite or none: what that does to the range of its row is not known.</summary>
internal static class DynamicBound
{
    /// <summary>
    /// Null where all numbers are finite; else no bound is known for any element. Nor is it known what TFLite makes of a row of such small numbers that the inverse of their scale is
    /// infinite.
    /// </summary>
    public static ErrorBound? Of(ReadOnlyMemory<byte> input, TensorInfo output, int rows, DynamicRange range)
    {
        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(input.Span);
        foreach (float x in numbers)
        {
            if (!float.IsFinite(x))
                return Unknown("an input is infinite or not a number", output);
        }
        int length = rows == 0 ? 0 : numbers.Length / rows;
        for (int row = 0; row < rows && range != DynamicRange.Delegated; row++)
        {
            float least = 0, most = 0;
            foreach (float x in numbers.Slice(row * length, length))
                (least, most) = (Math.Min(least, x), Math.Max(most, x));
            float inverse = range != DynamicRange.Asymmetric ? 127 / Math.Max(-least, most) : 1 / (float)((most - least) / 255.0);
            if (least < most && float.IsInfinity(inverse))
                return Unknown("a row's numbers are below 2^-119", output);
        }
        return null;
    }

    private static ErrorBound Unknown(string where, TensorInfo output) => new($"unknown where {where}", [.. Enumerable.Repeat(double.NaN, output.Shape!.Elements)]);
}
