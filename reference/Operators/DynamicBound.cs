using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Operators that quantize their input as they run have one right result, unless a number is infinite or none: what that does to the range of its row is not known.</summary>
internal static class DynamicBound
{
    /// <summary>Null where all numbers are finite; else no bound is known for any element.</summary>
    public static ErrorBound? Of(ReadOnlyMemory<byte> input, TensorInfo output)
    {
        foreach (float x in MemoryMarshal.Cast<byte, float>(input.Span))
        {
            if (!float.IsFinite(x))
                return new("unknown where an input is infinite or not a number", [.. Enumerable.Repeat(double.NaN, output.Shape!.Elements)]);
        }
        return null;
    }
}
