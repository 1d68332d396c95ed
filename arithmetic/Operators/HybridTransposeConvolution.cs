using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// TRANSPOSE_CONV of float32 with an int8 filter: each image of the batch is quantized to int8 by its own range; layouts and window as in
/// <see cref="PreparedTransposeConvolution"/>.
/// </summary>
/// <param name="Scales">Of the weights, one for each output channel.</param>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
/// <param name="Scaling">
/// <see cref="HybridScaling.Fused"/>: of the sum, as in a convolution. <see cref="HybridScaling.OneByOne"/>: of each product, which are then added in float32, one after the
/// other by input position and channel; the bias comes last.
/// </param>
public sealed record PreparedHybridTransposeConvolution(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int InputChannels, int OutputChannels,
    TensorInfo Weights, ImmutableArray<float> Scales, ImmutableArray<float> Bias, float Low, float High, DynamicRange Range, HybridScaling Scaling)
    : PreparedOperator(Operator, [Input], [Output]);
