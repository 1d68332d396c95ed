using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>What becomes of two terms.</summary>
public enum Combination
{
    Sum,
    Product,

    /// <summary>The square of the sum.</summary>
    SquareOfSum,
}

/// <summary>What a vector body does with a result before it adds the zero point.</summary>
public enum Narrowing
{
    /// <summary>Nothing; the zero point is added in int32.</summary>
    None,

    /// <summary>Keeps the lower 16 bits, and adds the zero point in 16 bits, wrapping.</summary>
    Wrap16,

    /// <summary>Saturates to 16 bits, and adds the zero point in 16 bits, wrapping.</summary>
    Saturate16,
}

/// <summary>
/// One way to compute a combination. The terms of an input stand at [bit pattern of its code]: 256 or 65,536 of them, everything that is done to one
/// input alone.
/// </summary>
public sealed record Terms(ImmutableArray<int> First, ImmutableArray<int> Second, Narrowing Narrowing);

/// <summary>
/// Two tensors of codes combined element by element: requantize(combine(first term, second term)). ADD, SUB, MUL and SQUARED_DIFFERENCE of every runtime differ only in terms,
/// combination and requantization.
/// </summary>
/// <param name="Body">The way of whole blocks of <paramref name="Block"/> elements of a row of <paramref name="Broadcast"/>.</param>
/// <param name="Tail">The way of the elements that remain of a row.</param>
public sealed record PreparedCombination(
    Operator Operator, TensorInfo First, TensorInfo Second, TensorInfo Output, Broadcast Broadcast, Combination Combination, Terms Body, Terms Tail,
    int Block, Requantizer Requantizer) : PreparedOperator(Operator, [First, Second], [Output])
{
    /// <summary>The sum in float32 that stands for the whole; null for TFLite's integers. Then the terms are codes less their zero points.</summary>
    public FloatSum? InFloat { get; init; }

    /// <summary>The two terms in int32, wrapping.</summary>
    public int Combined(int first, int second) => unchecked(Combination switch
    {
        Combination.Sum => first + second,
        Combination.Product => first * second,
        _ => (first + second) * (first + second),
    });

    /// <summary>The code of two terms: combined in int32, wrapping, requantized, narrowed, shifted by the zero point, clamped low, then high.</summary>
    public int Code(int first, int second, Narrowing narrowing)
    {
        if (InFloat is { } sum)
            return (int)Math.Clamp((long)sum.Rounded(first, second) + Requantizer.ZeroPoint, Requantizer.Low, Requantizer.High);
        int combined = Combined(first, second);
        // Steps in another order than TFLite's are no vector body's of TFLite.
        if (narrowing == Narrowing.None || !Requantizer.IsPlain)
            return Requantizer.Code(combined, 0);
        int rounded = Requantizer.Body.Apply(combined, Requantizer.Scales[0].InVectors());
        short narrow = narrowing == Narrowing.Saturate16 ? (short)Math.Clamp(rounded, short.MinValue, short.MaxValue) : unchecked((short)rounded);
        return Math.Min(Math.Max(unchecked((short)(narrow + Requantizer.ZeroPoint)), Requantizer.Low), Requantizer.High);
    }
}

/// <summary>f32{f32{first * scale} + f32{second * scale}} in units of the output, rounded: how a sum is computed that does not know of TFLite's integers. A mistake.</summary>
/// <param name="Second">Negative for SUB.</param>
public sealed record FloatSum(float First, float Second, float Output, Rounding Rounding)
{
    public int Rounded(int first, int second) => FixedPoint.Round((float)((float)((float)(first * First) + (float)(second * Second)) / Output), Rounding);
}

/// <summary>How a vector body of TFLite's optimized kernels scales the terms of a sum; its scalar code rounds half away after the right shift.</summary>
public enum TermShift
{
    /// <summary>As scalar code does.</summary>
    Rounded,

    /// <summary>The right shift floors.</summary>
    Floored,

    /// <summary>There is no right shift: it was taken off the left shift that comes first.</summary>
    Merged,
}

/// <summary>A loop over whole blocks of elements in an optimized kernel, where it does not compute as the scalar loop after it.</summary>
public sealed record VectorBody(int Block, TermShift Shift, Narrowing Narrowing);

/// <summary>What the known runtimes disagree about in every element-wise operator of two inputs.</summary>
public record PairArithmetic : OperatorArithmetic
{
    /// <summary>Of two inputs of one shape.</summary>
    public VectorBody? Plain { get; init; }

    /// <summary>Of rows that both inputs have, when one of them is repeated.</summary>
    public VectorBody? Rows { get; init; }

    /// <summary>Of rows that meet a single element of the other input.</summary>
    public VectorBody? Single { get; init; }

    /// <summary>How the bounds of a fused activation are rounded.</summary>
    public Rounding Bounds { get; init; } = Rounding.HalfAway;

    /// <summary>Whether a float32 result without activation is clamped to the largest finite numbers.</summary>
    public bool ClampsInfinity { get; init; } = true;

    /// <summary>The vector body that runs over the rows of a broadcast.</summary>
    public VectorBody? BodyOf(Broadcast broadcast) => broadcast.IsPlain ? Plain
        : !broadcast.IsFivefold ? null
        : broadcast.Row.Strides.Contains(0) ? Single : Rows;
}

/// <summary>Factors in vector code.</summary>
public static class VectorFactors
{
    /// <summary>
    /// The factor as vector code applies it: a left shift of 32 bits or more leaves nothing, where scalar code on x86 shifts by the lower 5 bits of the number.
    /// </summary>
    public static ChannelScale InVectors(this ChannelScale scale) => scale.Multiplier.LeftShift > 31 ? default : scale;
}

/// <summary>Tables of terms.</summary>
public static class TermTables
{
    /// <summary>A value for every code of a type, at its bit pattern.</summary>
    public static ImmutableArray<int> Of(TensorType type, Func<int, int> term)
    {
        (int low, int high) = type.CodeRange()!.Value;
        int[] table = new int[high - low + 1];
        for (int code = low; code <= high; code++)
            table[code & (table.Length - 1)] = term(code);
        return [.. table];
    }

    /// <summary>code - zero point.</summary>
    public static ImmutableArray<int> Centred(TensorInfo tensor)
    {
        int zeroPoint = CodeTable.PerTensor(tensor).ZeroPoint;
        return Of(tensor.Type, code => code - zeroPoint);
    }
}
