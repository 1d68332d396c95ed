using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Products and functions of float32 vectors in the recurrent operators, in TFLite's order on x86-64: 4 sums side by side, no fused multiply-adds.</summary>
internal static class RealProducts
{
    /// <summary>Adds a matrix times a vector to <paramref name="sums"/>, one a row. A vector that int8 weights are multiplied with is quantized first.</summary>
    /// <param name="ofLanes">How 4 sums become one.</param>
    public static void Accumulate(RealMatrix matrix, ReadOnlySpan<float> vector, bool isAsymmetric, Func<Vector128<float>, float> ofLanes, Span<float> sums)
    {
        if (!matrix.IsHybrid)
        {
            ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(matrix.Weights.Data.Span);
            for (int row = 0; row < sums.Length; row++)
                sums[row] += Dot(numbers.Slice(row * vector.Length, vector.Length), vector, ofLanes);
            return;
        }
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(matrix.Weights.Data.Span);
        sbyte[] codes = new sbyte[vector.Length];
        DynamicCodes quantized = DynamicCodes.Of(vector, isAsymmetric ? DynamicRange.Asymmetric : DynamicRange.Symmetric, codes);
        float scale = quantized.Scale * matrix.Scale;
        for (int row = 0; row < sums.Length; row++)
            sums[row] += Sum(weights.Slice(row * vector.Length, vector.Length), codes, quantized.ZeroPoint) * scale;
    }

    /// <summary>Whole groups of 4 side by side, then what is left one after the other.</summary>
    public static float Dot(ReadOnlySpan<float> one, ReadOnlySpan<float> other, Func<Vector128<float>, float> ofLanes)
    {
        Vector128<float> lanes = Vector128<float>.Zero;
        int i = 0;
        for (; i <= one.Length - Vector128<float>.Count; i += Vector128<float>.Count)
            lanes += Vector128.Create(one[i..]) * Vector128.Create(other[i..]);
        float sum = ofLanes(lanes);
        for (; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }

    /// <summary>
    /// One element of a matrix times several vectors at once: Eigen's blocks of 8 rows and 4 columns, where a sum is one; of 4 rows it is one of even and one of odd terms in whole
    /// groups of 8, of a single row 4 of every fourth term. Small products and those of one row are made element by element.
    /// </summary>
    public static float DotOfMany(ReadOnlySpan<float> one, ReadOnlySpan<float> other, (int Index, int Count) row, (int Index, int Count) column)
    {
        if (row.Count == 1 || one.Length + row.Count + column.Count < RealMatrix.SmallProduct)
            return Dot(one, other, Crosswise);
        bool isSingle = column.Index >= column.Count / 4 * 4 || row.Index < row.Count / 8 * 8;
        (int lanes, int group) = isSingle ? (1, 1) : row.Index < row.Count / 4 * 4 ? (2, 8) : (4, 4);
        Span<float> sums = stackalloc float[4];
        int i = 0;
        for (; i < one.Length / group * group; i++)
            sums[i % lanes] += one[i] * other[i];
        float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        for (; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }

    /// <summary>The first with the third, the second with the fourth: Eigen.</summary>
    public static float Crosswise(Vector128<float> lanes) => (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);

    /// <summary>One after the other: TFLite's own vector kernels.</summary>
    public static float InOrder(Vector128<float> lanes) => lanes[0] + lanes[1] + lanes[2] + lanes[3];

    public static float Activate(Activation activation, float x) => activation switch
    {
        Activation.Relu => Math.Max(x, 0),
        Activation.Relu6 => Math.Clamp(x, 0, 6),
        Activation.Tanh => VectorFunctions.Tanh(x),
        _ => x,
    };

    /// <remarks>
    /// In whole blocks of 16 the vector body gives a weight the sign of the input's code before it multiplies with the code's magnitude: -128 has no negative, and stays
    /// (<c>sse_tensor_utils.cc</c>).
    /// </remarks>
    private static int Sum(ReadOnlySpan<sbyte> weights, ReadOnlySpan<sbyte> codes, int zeroPoint)
    {
        int sum = 0, total = 0;
        for (int k = 0; k < codes.Length; k++)
        {
            bool isStuck = k < codes.Length / 16 * 16 && weights[k] == sbyte.MinValue && codes[k] < 0;
            sum += isStuck ? -(weights[k] * codes[k]) : weights[k] * codes[k];
            total += weights[k];
        }
        return sum - total * zeroPoint;
    }
}
