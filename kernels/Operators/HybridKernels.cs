using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Operators of float32 with int8 weights: one launch quantizes the input row by row, the next multiplies.</summary>
internal static class HybridKernels
{
    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedHybridConvolution convolution, KernelTarget target)
    {
        CodedRows rows = CodedRows.OfImages(convolution, convolution.Input, convolution.Window.Batches);
        return
        [
            rows.Plan(convolution.Range, target.Device),
            KernelPlan.Flat(
                "hybrid_conv_2d", [$"DEPTHWISE={(convolution.IsDepthwise ? 1 : 0)}", ScalingOf(convolution.Scaling)],
                Arguments.Of(
                [
                    .. rows.Arguments, ("output", new Activation(convolution.Output)), ("weights", new Constant("char", () => convolution.Weights.Data)),
                    ("weight_scales", Arguments.Floats(() => convolution.Scales)), ("bias", Arguments.Floats(() => convolution.Bias)),
                    ("bounds", Arguments.Bounds(TensorType.Float32, convolution.Low, convolution.High)),
                    ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
                    ("groups", new Number(convolution.Groups)), ("signed_products", new Number(convolution.SignedProducts)), .. Arguments.Geometry(convolution.Window),
                ]),
                convolution.Output.Shape!.Elements),
        ];
    }

    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedHybridTransposeConvolution convolution, KernelTarget target)
    {
        CodedRows rows = CodedRows.OfImages(convolution, convolution.Input, convolution.Window.Batches);
        // The window slides over the output; its output axes are the operator's input.
        WindowAxis height = convolution.Window.Height, width = convolution.Window.Width;
        Window turned = convolution.Window with { Height = height with { Input = height.Output, Output = height.Input }, Width = width with { Input = width.Output, Output = width.Input } };
        return
        [
            rows.Plan(convolution.Range, target.Device),
            KernelPlan.Flat(
                "hybrid_transpose_conv", [ScalingOf(convolution.Scaling)],
                Arguments.Of(
                [
                    .. rows.Arguments, ("output", new Activation(convolution.Output)), ("weights", new Constant("char", () => convolution.Weights.Data)),
                    ("weight_scales", Arguments.Floats(() => convolution.Scales)), ("bias", Arguments.Floats(() => convolution.Bias)),
                    ("bounds", Arguments.Bounds(TensorType.Float32, convolution.Low, convolution.High)),
                    ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)), .. Arguments.Geometry(turned),
                ]),
                convolution.Output.Shape!.Elements),
        ];
    }

    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedHybridBatchMatrix product, KernelTarget target)
    {
        CodedRows rows = new(product, product.Left, product.Left.Shape!.Elements / product.Depth, product.Depth)
        {
            RowsPerMatrix = product.Rows, RowStep = product.IsLeftTransposed ? 1 : product.Depth, NumberStep = product.IsLeftTransposed ? product.Rows : 1,
        };
        return
        [
            rows.Plan(product.Range, target.Device),
            KernelPlan.Flat(
                "hybrid_batch_matmul", [$"RIGHT_TRANSPOSED={(product.IsRightTransposed ? 1 : 0)}", ScalingOf(product.Scaling)],
                Arguments.Of(
                [
                    .. rows.Arguments, ("right", new Activation(product.Right)), ("output", new Activation(product.Output)),
                    ("weight_scales", Arguments.Floats(() => product.Scales)), ("bounds", Arguments.Bounds(TensorType.Float32, double.NegativeInfinity, double.PositiveInfinity)),
                    ("left_starts", Arguments.Ints(() => product.LeftStarts)), ("right_starts", Arguments.Ints(() => product.RightStarts)),
                    ("code_starts", Arguments.Ints(() => product.CodeStarts)), ("total_starts", Arguments.Ints(() => product.TotalStarts)),
                    ("rows", new Number(product.Rows)), ("columns", new Number(product.Columns)), ("depth", new Number(product.Depth)),
                ]),
                product.Output.Shape!.Elements),
        ];
    }

    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedPackedInt4 product, KernelTarget target)
    {
        CodedRows rows = CodedRows.OfImages(product, product.Input, product.Rows);
        return
        [
            rows.Plan(DynamicRange.SymmetricHalfAway, target.Device),
            KernelPlan.Flat(
                "packed_int4", [],
                Arguments.Of(
                [
                    .. rows.Arguments.Take(2), ("output", new Activation(product.Output)), ("weights", new Constant("uchar", () => product.Weights.Data)),
                    ("weight_scales", Arguments.Floats(() => product.Scales)), ("bias", Arguments.Floats(() => product.Bias)),
                    ("bounds", Arguments.Bounds(TensorType.Float32, product.Low, product.High)), ("columns", new Number(product.Columns)), ("depth", new Number(product.Depth)),
                ]),
                product.Output.Shape!.Elements),
        ];
    }

    private static string ScalingOf(HybridScaling scaling) => "SCALING=" + scaling switch
    {
        HybridScaling.Fused => "FUSED",
        HybridScaling.Together => "TOGETHER",
        HybridScaling.OneByOneInBlocks => "IN_BLOCKS",
        _ => "ONE_BY_ONE",
    };
}
