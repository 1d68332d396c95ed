using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// BATCH_MATMUL of a float32 left side with an int8 right side: each row [Depth] of the left is quantized to int8 by its own range; layouts as in <see cref="PreparedBatchMatrix"/>.
/// </summary>
/// <param name="Scales">Of the right side, one for each column.</param>
/// <param name="Range">How a row is quantized.</param>
/// <param name="CodeStarts">For each batch, the element of the left input at which the matrix starts whose scales and zero points TFLite takes: it counts the matrices of each axis as if the others had but one.</param>
/// <param name="TotalStarts">For each batch, the element of the right input at which the matrix starts whose column sums it takes.</param>
public sealed record PreparedHybridBatchMatrix(
    Operator Operator, TensorInfo Left, TensorInfo Right, TensorInfo Output, ImmutableArray<int> LeftStarts, ImmutableArray<int> RightStarts,
    int Rows, int Columns, int Depth, bool IsLeftTransposed, bool IsRightTransposed, ImmutableArray<float> Scales, DynamicRange Range, HybridScaling Scaling,
    ImmutableArray<int> CodeStarts, ImmutableArray<int> TotalStarts) : PreparedOperator(Operator, [Left, Right], [Output]);
