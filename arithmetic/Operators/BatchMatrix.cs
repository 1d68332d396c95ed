using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// BATCH_MATMUL: for each batch, output [Rows, Columns] = left [Rows, Depth] * right [Depth, Columns] on codes less their zero points. The accumulator is int64; an int32
/// one of TFLite wraps, which is left to the requantization. The right side of int16 may be int8.
/// </summary>
/// <param name="LeftStarts">The element of the left input at which each batch starts.</param>
/// <param name="RightStarts">The element of the right input at which each batch starts.</param>
/// <param name="IsLeftTransposed">Each left matrix lies as [Depth, Rows].</param>
/// <param name="IsRightTransposed">Each right matrix lies as [Columns, Depth].</param>
public sealed record PreparedBatchMatrix(
    Operator Operator, TensorInfo Left, TensorInfo Right, TensorInfo Output, ImmutableArray<int> LeftStarts, ImmutableArray<int> RightStarts,
    int Rows, int Columns, int Depth, bool IsLeftTransposed, bool IsRightTransposed, int LeftZeroPoint, int RightZeroPoint, Requantizer Requantizer)
    : PreparedOperator(Operator, [Left, Right], [Output]);

/// <summary>BATCH_MATMUL of float32; layouts as in <see cref="PreparedBatchMatrix"/>. No result is clamped.</summary>
public sealed record PreparedFloatBatchMatrix(
    Operator Operator, TensorInfo Left, TensorInfo Right, TensorInfo Output, ImmutableArray<int> LeftStarts, ImmutableArray<int> RightStarts,
    int Rows, int Columns, int Depth, bool IsLeftTransposed, bool IsRightTransposed, SumOrder Order) : PreparedOperator(Operator, [Left, Right], [Output])
{
    public override bool IsExact => Order != SumOrder.Unknown;
}

/// <summary>Preparing BATCH_MATMUL.</summary>
public static class BatchMatrix
{
    [Prepares(BuiltinOperator.BatchMatmul)]
    public static PreparedOperator Prepare(OperatorContext context, ConvolutionArithmetic arithmetic)
    {
        BatchMatMulOptions options = context.Options<BatchMatMulOptions>();
        TensorInfo left = context.Input(0), right = context.Input(1), output = context.Output(0);
        bool isHybrid = output.Type == TensorType.Float32 && right.Type == TensorType.Int8;
        OperatorContext.Typed(output, TensorType.Int8, TensorType.Int16, TensorType.Float32);
        OperatorContext.Typed(left, output.Type);
        OperatorContext.Typed(right, isHybrid || (output.Type == TensorType.Int16 && right.Type == TensorType.Int8) ? TensorType.Int8 : output.Type);
        Shape a = left.Shape!, b = right.Shape!;
        if (a.Count < 2 || b.Count < 2)
            throw new NotComputableException($"{a} times {b}, expected matrices");
        (int rows, int depth) = options.AdjX ? (a.Last, a[a.Count - 2]) : (a[a.Count - 2], a.Last);
        (int inner, int columns) = options.AdjY ? (b.Last, b[b.Count - 2]) : (b[b.Count - 2], b.Last);
        if (inner != depth)
            throw new NotComputableException($"{a} times {b}: {depth} columns for {inner} rows");
        ImmutableArray<int> batches = Batches(a, b);
        OperatorContext.Shaped(output, [.. batches, rows, columns]);
        if (isHybrid)
            return Hybrid();
        if (output.Type == TensorType.Float32)
            return new PreparedFloatBatchMatrix(context.Operator, left, right, output, Starts(a, batches), Starts(b, batches), rows, columns, depth, options.AdjX, options.AdjY, arithmetic.Order);
        Quantization leftScale = OperatorContext.Quantized(left), rightScale = OperatorContext.Quantized(right), scale = OperatorContext.Quantized(output);
        // TFLite takes the one scale and zero point of a tensor that has several for 0.
        ScaleFormation formation = leftScale.IsPerChannel || rightScale.IsPerChannel ? ScaleFormation.Zero : arithmetic.Scale;
        (int low, int high) = output.Type.CodeRange()!.Value;
        return new PreparedBatchMatrix(
            context.Operator, left, right, output, Starts(a, batches), Starts(b, batches), rows, columns, depth, options.AdjX, options.AdjY,
            ZeroPointOf(leftScale), ZeroPointOf(rightScale),
            new([ChannelScale.From(formation.Of(leftScale.Scale, rightScale.Scale, scale.Scale))], scale.ZeroPoint, low, high,
                arithmetic.Requantization, arithmetic.Requantization, 1));

        PreparedHybridBatchMatrix Hybrid()
        {
            if (arithmetic.Hybrid == HybridScaling.Unknown)
                throw PreparedHybridConvolution.IsUnknown();
            bool isDelegated = arithmetic.Hybrid == HybridScaling.Fused;
            if (isDelegated && !right.IsConstant)
                throw new NotComputableException("arithmetic unknown: XNNPACK reads the right side before the run, and finds nothing");
            ImmutableArray<float> scales = PreparedHybridConvolution.ScalesOf(right, columns, options.AdjY ? b.Count - 2 : b.Count - 1, needsAll: false);
            if (!isDelegated && !options.AdjX && a.Count > 2 && b.Count > 2 && b[b.Count - 3] == 1)
            {
                // The matrices of the last batch axis become rows of one.
                a = [.. a.SkipLast(3), a[a.Count - 3] * rows, depth];
                b = [.. b.SkipLast(3), .. b.TakeLast(2)];
                (rows, batches) = (a[a.Count - 2], Batches(a, b));
            }
            ImmutableArray<int> leftStarts = Starts(a, batches), rightStarts = Starts(b, batches), totalStarts = isDelegated ? rightStarts : Starts(b, batches, isFlat: true);
            // Only the columns of the last two batch axes are summed.
            if (!isDelegated && options.AsymmetricQuantizeInputs && totalStarts.Any(start => start >= b.TakeLast(4).Aggregate(1, (product, size) => product * size)))
                throw new NotComputableException("arithmetic unknown: float32 with int8 weights over three batch axes, of whose matrices TFLite reads sums that it has not made");
            return new(
                context.Operator, left, right, output, leftStarts, rightStarts, rows, columns, depth, options.AdjX, options.AdjY,
                scales, isDelegated ? DynamicRange.Delegated : options.AsymmetricQuantizeInputs ? DynamicRange.Asymmetric : DynamicRange.Symmetric, arithmetic.Hybrid,
                isDelegated ? leftStarts : Starts(a, batches, isFlat: true), totalStarts);
        }
    }

    private static int ZeroPointOf(Quantization quantization) => quantization.IsPerChannel ? 0 : quantization.ZeroPoint;

    private static ImmutableArray<int> Batches(Shape left, Shape right)
    {
        int rank = Math.Max(left.Count, right.Count) - 2;
        int[] batches = new int[rank];
        for (int axis = 1; axis <= rank; axis++)
        {
            (int a, int b) = (Size(left, axis), Size(right, axis));
            if (a != b && a != 1 && b != 1)
                throw new NotComputableException($"batches of {left} and {right} cannot be broadcast to each other");
            batches[^axis] = a == 1 ? b : a;
        }
        return [.. batches];
    }

    /// <param name="isFlat">Whether every axis steps by one matrix, as if the others had but one.</param>
    private static ImmutableArray<int> Starts(Shape shape, ImmutableArray<int> batches, bool isFlat = false)
    {
        int[] starts = [0];
        int stride = shape.Last * shape[shape.Count - 2];
        List<(int Count, int Stride)> axes = [];
        for (int axis = 1; axis <= batches.Length; axis++)
        {
            axes.Insert(0, (batches[^axis], Size(shape, axis) == 1 ? 0 : stride));
            stride *= isFlat ? 1 : Size(shape, axis);
        }
        foreach ((int count, int step) in axes)
            starts = [.. starts.SelectMany(start => Enumerable.Range(0, count).Select(i => start + i * step))];
        return [.. starts];
    }

    /// <summary>The size of the batch axis so many before the matrix.</summary>
    private static int Size(Shape shape, int axis) => shape.Count - 2 - axis >= 0 ? shape[shape.Count - 2 - axis] : 1;
}
