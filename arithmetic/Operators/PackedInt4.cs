using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// FULLY_CONNECTED of float32 with int4 weights in TFLite's optimized kernel for them (<c>optimized/4bit/</c>): weights are kept 7 higher, so that they are not negative. Output
/// [Rows, Columns] = f32{f32{f32{o * s} * scale} + bias} + f32{f32{sum * s} * scale}, with s the scale of an input row, o = -7 times the sum of its codes, and sum of products as packed.
/// </summary>
/// <param name="Weights">As packed: [Columns, Depth], codes of 0 to 15.</param>
/// <param name="Scales">One for each column.</param>
/// <param name="Bias">One for each column, zeros where the operator has none.</param>
public sealed record PreparedPackedInt4(
    Operator Operator, TensorInfo Input, TensorInfo Output, int Rows, int Depth, int Columns, TensorInfo Weights, ImmutableArray<float> Scales, ImmutableArray<float> Bias,
    float Low, float High) : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>What is added to a weight when it is packed.</summary>
    public const int Offset = 7;

    /// <summary>Elements of a row that are packed together; those of the first half have theirs of the second half in the same bytes.</summary>
    private const int Block = 32;

    private const int Half = Block / 2;

    private const byte Highest = 15;

    internal static PreparedPackedInt4 Of(OperatorContext context, int rows, int depth, int columns, Activation activation)
    {
        OperatorContext.Typed(context.Output(0), TensorType.Float32);
        TensorInfo weights = Convolution.WeightsOf(context);
        (double low, double high) = RealActivation.Range(activation, clampsInfinity: false);
        return new(
            context.Operator, context.Input(0), context.Output(0), rows, depth, columns, weights with { Data = Packed(weights.Data.Span, depth) },
            PreparedHybridConvolution.ScalesOf(weights, columns, 0, needsAll: false), PreparedFloatConvolution.BiasOf(context, columns), (float)low, (float)high);
    }

    /// <summary>
    /// The weights as they are packed, [Columns, Depth]. -8 becomes -1, whose bits are all 1: they also overwrite the weight in the other half of the byte and, in whole blocks,
    /// which are packed with vector instructions, the one that lies in the next byte.
    /// </summary>
    private static byte[] Packed(ReadOnlySpan<byte> weights, int depth)
    {
        byte[] packed = new byte[weights.Length];
        for (int i = 0; i < packed.Length; i++)
        {
            int column = i % depth, inBlock = column % Block, length = Math.Min(Block, depth - column + inBlock);
            bool isFirst = inBlock < Half, isInOddByte = inBlock / 2 % 2 == 1;
            bool isOverwritten = IsLeast(weights, i)
                || (isFirst && inBlock + Half < length && IsLeast(weights, i + Half))
                || (!isFirst && length == Block && isInOddByte && IsLeast(weights, i - Half - 2));
            packed[i] = isOverwritten ? Highest : (byte)((sbyte)weights[i] + Offset);
        }
        return packed;
    }

    private static bool IsLeast(ReadOnlySpan<byte> weights, int i) => (sbyte)weights[i] == -Offset - 1;
}
