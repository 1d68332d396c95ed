using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OffByN.Reference.Operators;

/// <summary>Sums of float32 rows in the order of <see cref="Arithmetic.Operators.SumOrder.VectorRows"/> (Eigen's <c>redux_impl</c>, linear and vectorized, with vectors of 4).</summary>
internal static class VectorRows
{
    private const int Lanes = 4;

    /// <param name="row">The row that begins <paramref name="offset"/> elements after a multiple of 16 bytes.</param>
    /// <returns>0 where the row is empty.</returns>
    public static float Sum(ReadOnlySpan<float> row, long offset)
    {
        int lead = Math.Min(row.Length, (int)((Lanes - offset % Lanes) % Lanes));
        ReadOnlySpan<Vector128<float>> vectors = MemoryMarshal.Cast<float, Vector128<float>>(row[lead..]);
        if (vectors.IsEmpty)
            return InOrder(0, row);
        float sum = InOrder(RealProducts.Crosswise(Sum(vectors)), row[..lead]);
        return InOrder(sum, row[(lead + vectors.Length * Lanes)..]);
    }

    /// <summary>Vectors at even and at odd places side by side; an odd one at the end comes after both have met.</summary>
    private static Vector128<float> Sum(ReadOnlySpan<Vector128<float>> vectors)
    {
        Vector128<float> even = vectors[0];
        if (vectors.Length == 1)
            return even;
        Vector128<float> odd = vectors[1];
        int i = 2;
        for (; i + 1 < vectors.Length; i += 2)
        {
            even += vectors[i];
            odd += vectors[i + 1];
        }
        even += odd;
        return i < vectors.Length ? even + vectors[i] : even;
    }

    private static float InOrder(float sum, ReadOnlySpan<float> elements)
    {
        foreach (float element in elements)
            sum += element;
        return sum;
    }
}
