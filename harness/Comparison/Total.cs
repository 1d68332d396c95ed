using System.Numerics;

namespace OffByN.Harness.Comparison;

/// <summary>
/// A sum that more can be added to without loss: of integers, exact in <paramref name="Integer"/>; of floats, compensated,
/// <paramref name="High"/> + <paramref name="Low"/> (about 106 bits). The part that is not used is 0.
/// </summary>
public readonly record struct Total(BigInteger Integer, double High, double Low)
{
    public double Value => (double)Integer + (High + Low);

    public static Total operator +(Total left, Total right) => Add(left, right);

    public static Total Add(Total left, Total right)
    {
        (double high, double low) = TwoSum(left.High, right.High);
        (high, low) = TwoSum(high, low + left.Low + right.Low);
        return new Total(left.Integer + right.Integer, high, low);
    }

    /// <summary>The rounded sum and exactly what rounding took from it (Knuth, TAOCP 2, 4.2.2, theorem B). Not for infinities and NaN.</summary>
    internal static (double Sum, double Error) TwoSum(double left, double right)
    {
        double sum = left + right;
        double added = sum - left;
        return (sum, (left - (sum - added)) + (right - added));
    }
}

/// <summary>
/// The sums behind cosine, SQNR and RMSE: squares of expected, of actual, of their difference, and the product of both. Integers count
/// from the zero point. Floats count as they are, and an element that is NaN or infinite on either side is left out of the sums; where
/// both sides agree that is no difference; <paramref name="Unordered"/> counts NaNs that face a number, <paramref name="Unbounded"/>
/// infinities that face another number.
/// </summary>
public readonly record struct Sums(Total Expected, Total Actual, Total Product, Total Difference, long Unordered, long Unbounded)
{
    public static Sums operator +(Sums left, Sums right) => Add(left, right);

    public static Sums Add(Sums left, Sums right) => new(
        left.Expected + right.Expected,
        left.Actual + right.Actual,
        left.Product + right.Product,
        left.Difference + right.Difference,
        left.Unordered + right.Unordered,
        left.Unbounded + right.Unbounded);
}
