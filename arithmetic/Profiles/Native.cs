using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Profiles;

/// <summary>
/// What the TFLite C library 2.9.0 of tfjs-tflite-node 0.0.2 computes on x86-64. Its element-wise kernels have no vector bodies: they compute as the scalar loops
/// of LiteRT do. What was not found by running this library has no rule.
/// </summary>
public static class Native
{
    private static readonly ConvolutionArithmetic Int8 = new(ScaleFormation.Double, Requantization.Ruy);

    private static readonly ConvolutionArithmetic UInt8 = new(ScaleFormation.FloatProduct, Requantization.Ruy);

    private static readonly ConvolutionArithmetic Xnnpack =
        new(ScaleFormation.FloatQuotient, Requantization.Xnnpack) { Bounds = Rounding.HalfEven };

    private static readonly AdditionArithmetic Sums = new(AdditionMethod.CommonScale);

    private static readonly AdditionArithmetic XnnpackSums = new(AdditionMethod.OutputScale) { Bounds = Rounding.HalfEven, ClampsInfinity = false };

    private static readonly ProductArithmetic XnnpackProducts = new(Requantization.Xnnpack) { Bounds = Rounding.HalfEven, ClampsInfinity = false };

    private static readonly PairArithmetic Pairs = new();

    private static readonly UnaryArithmetic Unaries = new();

    private static readonly FunctionArithmetic Tables = new(TableMethod.RoundThenShift);

    private static readonly FunctionArithmetic XnnpackTables = new(TableMethod.RoundEvenThenShift);

    private static readonly DequantizeArithmetic Dequantization = new(DequantizeMethod.Centred);

    private static readonly ReductionArithmetic Reductions = new(ReductionMethod.Integer);

    /// <summary>MEAN and SUM then take codes for numbers.</summary>
    private static readonly Condition Unscaled = new("input and output of one quantization", context =>
    {
        Quantization from = OperatorContext.Quantized(context.Input(0)), to = OperatorContext.Quantized(context.Output(0));
        return from.Scale == to.Scale && from.ZeroPoint == to.ZeroPoint;
    });

    private static readonly Condition NarrowBias = new("int32 bias", context => context.OptionalInput(2)?.Type == TensorType.Int32);

    private static readonly Condition Activated = new("fused activation, which came with version 4", context =>
        context.Operator.Options is TransposeConvOptions { Activation: not Activation.None });

    private static readonly Condition Offset = new("end counts from begin", context => context.Operator.Options is StridedSliceOptions { Offset: true });

    private static readonly Condition OfInt16 = new("int16 input", context => context.Input(0).Type == TensorType.Int16);

    private static readonly Condition SixDimensions = new("more than 5 dimensions", context => context.Input(0).Shape!.Count > 5);

    private static readonly Condition NarrowRight = new("int8 right side", context => context.Input(1).Type == TensorType.Int8);

    /// <summary>What came to TFLite later than this library, which says so: "Type 7 is currently not supported by SpaceToBatch."</summary>
    private static readonly ImmutableArray<Rule> Refused =
    [
        new(BuiltinOperator.Conv2D, null, null) { When = LiteRt.Grouped },
        new(BuiltinOperator.TransposeConv, null, null) { When = Activated },
        new(BuiltinOperator.Conv2D, TensorType.Int16, null) { When = NarrowBias },
        new(BuiltinOperator.FullyConnected, TensorType.Int16, null) { When = NarrowBias },
        new(BuiltinOperator.BatchMatmul, TensorType.Int16, null) { When = NarrowRight },
        new(BuiltinOperator.StridedSlice, null, null) { When = Offset },
        new(BuiltinOperator.Transpose, null, null) { When = SixDimensions },
        new(BuiltinOperator.Relu0To1, null, null),
        .. new[]
        {
            BuiltinOperator.Exp, BuiltinOperator.Log, BuiltinOperator.Sqrt, BuiltinOperator.Neg, BuiltinOperator.Div, BuiltinOperator.FloorDiv,
        }.SelectMany(code => new Rule[] { new(code, TensorType.Int8, null), new(code, TensorType.Int16, null) }),
        .. new[]
        {
            BuiltinOperator.Rsqrt, BuiltinOperator.MirrorPad, BuiltinOperator.Tile, BuiltinOperator.SpaceToBatchNd, BuiltinOperator.BatchToSpaceNd,
        }.Select(code => new Rule(code, TensorType.Int16, null)),
        .. new[]
        {
            BuiltinOperator.Equal, BuiltinOperator.NotEqual, BuiltinOperator.Less, BuiltinOperator.LessEqual, BuiltinOperator.Greater, BuiltinOperator.GreaterEqual,
        }.Select(code => new Rule(code, null, null) { When = OfInt16 }),
    ];

    /// <summary>Scales of rows came later than this library, which takes 0 for them.</summary>
    private static readonly Condition SingleScaleTable = new("table of one scale", context => !LiteRt.PerChannel.Holds(context));

    /// <summary>Positions of int16 came later than this library, which makes them int32.</summary>
    private static readonly Condition WidePositions = new("positions of int32", context => context.Output(1).Type == TensorType.Int32);

    /// <summary>
    /// SAME padding whose window, with a stride beyond it, ends before the image does: the padding would be negative, and the library's XNNPACK computes something else,
    /// but for a 1x1 CONV_2D, which it does without padding.
    /// </summary>
    private static readonly Condition Reaching = new("window reaches the end of the image", context => context.Operator.Options switch
    {
        Conv2DOptions { Padding: Padding.Same } conv => context.Input(1).Shape is { Count: 4 } filter && ((filter[1] == 1 && filter[2] == 1)
            || (Reaches(context, 1, conv.StrideH, conv.DilationH) && Reaches(context, 2, conv.StrideW, conv.DilationW))),
        DepthwiseConv2DOptions { Padding: Padding.Same } conv =>
            Reaches(context, 1, conv.StrideH, conv.DilationH) && Reaches(context, 2, conv.StrideW, conv.DilationW),
        _ => true,
    });

    private static bool Reaches(OperatorContext context, int axis, int stride, int dilation)
    {
        int size = OperatorContext.Ranked(context.Input(0), 4)[axis];
        WindowAxis window = WindowAxis.Of(size, OperatorContext.Ranked(context.Input(1), 4)[axis], stride, dilation, Padding.Same);
        return window.Position(window.Output - 1, window.Kernel - 1) + window.Before >= size - 1;
    }

    private static readonly ImmutableArray<Rule> Optimized =
    [
        .. Refused.Select(rule => rule with { IsRefused = true }),
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8),
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8, Int8 with { Requantization = Requantization.Reference }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.UInt8, UInt8 with { Requantization = Requantization.Reference }),
        .. new[] { TensorType.UInt8, TensorType.Int8 }.SelectMany(type => new Rule[]
        {
            new(BuiltinOperator.FullyConnected, type, Int8 with { Scale = ScaleFormation.Zero }) { When = LiteRt.PerChannel },
            new(BuiltinOperator.FullyConnected, type, UInt8),
        }),
        .. new[] { TensorType.UInt8, TensorType.Int8, TensorType.Int16 }
            .Select(type => new Rule(BuiltinOperator.Softmax, type, new SoftmaxArithmetic(SoftmaxMethod.FloatTable))),
        new(BuiltinOperator.AveragePool2D, null, new AveragePoolArithmetic(Rounding.HalfAway)),
        new(BuiltinOperator.SegmentSum, TensorType.Int32, Unaries),
        new(BuiltinOperator.NonMaxSuppressionV4, null, Unaries),
        new(BuiltinOperator.L2Pool2D, null, new L2PoolArithmetic(MultipliesByReciprocal: true)),
        new(BuiltinOperator.ReverseV2, null, new ReverseArithmetic(FirstAxisOnly: true)),
        .. LiteRt.Copying.Where(code => code is not (BuiltinOperator.EmbeddingLookup or BuiltinOperator.TopkV2)).Select(code => new Rule(code, null, CopyArithmetic.Only)),
        new(BuiltinOperator.EmbeddingLookup, null, CopyArithmetic.Only) { When = SingleScaleTable },
        new(BuiltinOperator.TopkV2, null, CopyArithmetic.Only) { When = WidePositions },
        new(BuiltinOperator.Select, null, CopyArithmetic.Only),
        new(BuiltinOperator.SelectV2, null, CopyArithmetic.Only),
        .. new[]
        {
            BuiltinOperator.Div, BuiltinOperator.Prelu, BuiltinOperator.Equal, BuiltinOperator.NotEqual, BuiltinOperator.Less, BuiltinOperator.LessEqual,
            BuiltinOperator.Greater, BuiltinOperator.GreaterEqual, BuiltinOperator.FloorMod, BuiltinOperator.LogicalAnd, BuiltinOperator.LogicalOr,
            BuiltinOperator.AddN,
        }.Select(code => new Rule(code, null, Pairs)),
        new(BuiltinOperator.Conv2D, TensorType.Float32, Int8),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Float32, Int8),
        new(BuiltinOperator.FullyConnected, TensorType.Float32, Int8),
        new(BuiltinOperator.Conv2D, TensorType.Int16, Int8 with { Requantization = Requantization.Wide }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int16, Int8 with { Requantization = Requantization.Wide }),
        new(BuiltinOperator.FullyConnected, TensorType.Int16, Int8 with { Scale = ScaleFormation.Zero, Requantization = Requantization.Wide }) { When = LiteRt.PerChannel },
        new(BuiltinOperator.FullyConnected, TensorType.Int16, UInt8 with { Requantization = Requantization.Wide }),
        new(BuiltinOperator.TransposeConv, TensorType.Int8, Int8 with { Requantization = Requantization.Reference }),
        new(BuiltinOperator.TransposeConv, TensorType.UInt8, UInt8 with { Requantization = Requantization.Reference }),
        new(BuiltinOperator.BatchMatmul, TensorType.Int8, UInt8),
        new(BuiltinOperator.BatchMatmul, TensorType.Int16, UInt8 with { Requantization = Requantization.Wide }),
        new(BuiltinOperator.MaxPool2D, null, new MaxPoolArithmetic(Rounding.HalfAway, ClampsInfinity: true)),
        new(BuiltinOperator.Mean, TensorType.UInt8, new ReductionArithmetic(ReductionMethod.FoldedZeroPoint)) { When = LiteRt.Spatial },
        .. new[] { TensorType.UInt8, TensorType.Int8, TensorType.Int16 }.SelectMany(type => new Rule[]
        {
            new(BuiltinOperator.Mean, type, new ReductionArithmetic(ReductionMethod.DividedLast)) { When = LiteRt.Spatial },
            new(BuiltinOperator.Mean, type, new ReductionArithmetic(ReductionMethod.Numbers)) { When = Unscaled },
            new(BuiltinOperator.Mean, type, new ReductionArithmetic(ReductionMethod.FloatQuotient)),
            new(BuiltinOperator.Sum, type, new ReductionArithmetic(ReductionMethod.Numbers)) { When = Unscaled },
            new(BuiltinOperator.Sum, type, new ReductionArithmetic(ReductionMethod.Float) { Wraps = true }),
        }),
        new(BuiltinOperator.Mean, TensorType.Float32, Reductions with { Order = SumOrder.Unknown }),
        new(BuiltinOperator.Sum, TensorType.Float32, Reductions),
        .. new[] { BuiltinOperator.Mean, BuiltinOperator.Sum }.SelectMany(code => new Rule[] { new(code, TensorType.Int32, Reductions), new(code, TensorType.Int64, Reductions) }),
        new(BuiltinOperator.ReduceMax, null, Reductions),
        new(BuiltinOperator.ReduceMin, null, Reductions),
        new(BuiltinOperator.ReduceProd, null, Reductions),
        // Powers of float32 below the normal numbers are 0 in this library.
        new(BuiltinOperator.Pow, TensorType.Int32, Pairs),
        new(BuiltinOperator.ReduceAny, null, Reductions),
        new(BuiltinOperator.ReduceAll, null, Reductions),
        new(BuiltinOperator.ResizeBilinear, TensorType.Int8, new ResizeArithmetic(BilinearMethod.Integer10)),
        new(BuiltinOperator.ResizeBilinear, TensorType.Int16, new ResizeArithmetic(BilinearMethod.Integer10)),
        new(BuiltinOperator.ResizeBilinear, TensorType.UInt8, new ResizeArithmetic(BilinearMethod.FloatWeights)),
        new(BuiltinOperator.ResizeBilinear, TensorType.Float32, new ResizeArithmetic(BilinearMethod.FloatWeights)),
        new(BuiltinOperator.L2Normalization, null, Unaries),
        new(BuiltinOperator.LogSoftmax, null, new LogSoftmaxArithmetic(SoftmaxMethod.FloatTable) { FunctionUnits = 6 }),
        new(BuiltinOperator.HardSwish, TensorType.Float32, new HardSwishArithmetic(UnaryFunction.HardSwishScaledLast, UnaryFunction.HardSwishScaledLast)),
        new(BuiltinOperator.Svdf, TensorType.Int8, SvdfArithmetic.Only),
        // Bounds as in LiteRT, measured in the same way: largest errors of 4.0 roundoffs (LOGISTIC), 4.5 (XNNPACK's) and 7.0 (TANH).
        new(BuiltinOperator.Softmax, TensorType.Float32, new SoftmaxArithmetic(SoftmaxMethod.FloatTable) { ExponentialUnits = 6 }),
        new(BuiltinOperator.Logistic, TensorType.Float32, Tables with { Units = 8 }),
        new(BuiltinOperator.Tanh, TensorType.Float32, Tables with { Units = 15 }),
        new(BuiltinOperator.Exp, TensorType.Float32, Tables),
        new(BuiltinOperator.Log, TensorType.Float32, Tables with { Single = UnaryFunction.LogWithoutSubnormals }),
        new(BuiltinOperator.Add, null, Sums),
        new(BuiltinOperator.Sub, null, Sums),
        new(BuiltinOperator.SquaredDifference, null, Sums),
        new(BuiltinOperator.Mul, null, new ProductArithmetic(Requantization.Reference)),
        new(BuiltinOperator.Maximum, null, Pairs),
        new(BuiltinOperator.Minimum, null, Pairs),
        new(BuiltinOperator.FloorDiv, null, Pairs),
        // Subnormal numbers stay in some places and are 0 in others.
        new(BuiltinOperator.ReluN1To1, TensorType.Float32, null),
        .. new[]
        {
            BuiltinOperator.Relu, BuiltinOperator.Relu6, BuiltinOperator.ReluN1To1, BuiltinOperator.Abs, BuiltinOperator.Neg, BuiltinOperator.Sqrt, BuiltinOperator.Rsqrt,
            BuiltinOperator.Floor, BuiltinOperator.Ceil, BuiltinOperator.Round, BuiltinOperator.Square, BuiltinOperator.Sin, BuiltinOperator.Cos, BuiltinOperator.LogicalNot,
            BuiltinOperator.Cumsum,
        }.Select(code => new Rule(code, null, Unaries)),
        new(BuiltinOperator.HardSwish, TensorType.UInt8, Unaries),
        new(BuiltinOperator.HardSwish, TensorType.Int8, Unaries),
        new(BuiltinOperator.Cast, null, new CastArithmetic(FloatToInteger.Wrapped)),
        new(BuiltinOperator.LeakyRelu, null, new LeakyReluArithmetic(null)),
        new(BuiltinOperator.Elu, TensorType.Int8, Tables),
        .. new[] { BuiltinOperator.Logistic, BuiltinOperator.Tanh }.SelectMany(code => new Rule[]
        {
            new(code, TensorType.UInt8, Tables),
            new(code, TensorType.Int8, Tables),
            new(code, TensorType.Int16, Tables with { PowerOfTwo = PowerOfTwoMethod.FixedPoint16 }),
        }),
        new(BuiltinOperator.Quantize, null, new QuantizeArithmetic(QuantizeMethod.DivideDouble, QuantizeMethod.DivideDouble, Requantization.Reference, null)),
        new(BuiltinOperator.Dequantize, null, Dequantization),
    ];

    // The library runs with subnormals off; what only moves, or looks at, bits does not notice.
    private static readonly ImmutableArray<Rule> Flushing =
        [.. Optimized.Select(rule => rule with { FlushesSubnormals = rule.Arithmetic is not CopyArithmetic && rule.Code is not (BuiltinOperator.Neg or BuiltinOperator.Log) })];

    public static readonly Profile Opt = new("native-2.9.0/opt", Flushing);

    private static readonly ImmutableArray<Rule> Delegated =
    [
        new(BuiltinOperator.Conv2D, TensorType.Int8, Xnnpack) { Delegated = true, When = Reaching },
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8, Xnnpack) { Delegated = true, When = Reaching },
        new(BuiltinOperator.FullyConnected, TensorType.Int8, Xnnpack) { Delegated = true },
        new(BuiltinOperator.TransposeConv, TensorType.Int8, Xnnpack) { Delegated = true },
        .. new[] { BuiltinOperator.Conv2D, BuiltinOperator.DepthwiseConv2D, BuiltinOperator.FullyConnected }
            .Select(code => new Rule(code, TensorType.Float32, Xnnpack with { ClampsInfinity = false }) { Delegated = true, When = Reaching }),
        new(BuiltinOperator.AveragePool2D, TensorType.Float32, new AveragePoolArithmetic(Rounding.HalfAway) { Order = SumOrder.Unknown, ClampsInfinity = false })
            { Delegated = true },
        new(BuiltinOperator.MaxPool2D, null, new MaxPoolArithmetic(Rounding.HalfEven, ClampsInfinity: false)) { Delegated = true },
        new(BuiltinOperator.Mean, TensorType.Int8, new ReductionArithmetic(ReductionMethod.FloatFactor)) { Delegated = true },
        new(BuiltinOperator.Mean, TensorType.Float32, Reductions with { Order = SumOrder.Unknown }) { Delegated = true },
        // A subnormal number over another is an infinity in some places and NaN in others.
        new(BuiltinOperator.Div, TensorType.Float32, null) { Delegated = true },
        new(BuiltinOperator.Prelu, TensorType.Float32, Pairs) { Delegated = true },
        new(BuiltinOperator.ResizeBilinear, TensorType.Float32, new ResizeArithmetic(BilinearMethod.FloatDifferences)) { Delegated = true },
        new(BuiltinOperator.ResizeBilinear, TensorType.Int8, new ResizeArithmetic(BilinearMethod.Integer11)) { Delegated = true },
        new(BuiltinOperator.HardSwish, TensorType.Float32, new HardSwishArithmetic(UnaryFunction.HardSwishFused, UnaryFunction.HardSwishFused)) { Delegated = true },
        new(BuiltinOperator.Sqrt, TensorType.Float32, new UnaryArithmetic()) { Delegated = true },
        .. new[] { TensorType.Int8, TensorType.Float32 }.SelectMany(type => new Rule[]
        {
            new(BuiltinOperator.Add, type, XnnpackSums) { Delegated = true },
            new(BuiltinOperator.Sub, type, XnnpackSums) { Delegated = true },
            new(BuiltinOperator.Mul, type, XnnpackProducts) { Delegated = true },
        }),
        new(BuiltinOperator.SquaredDifference, TensorType.Float32, XnnpackSums) { Delegated = true },
        new(BuiltinOperator.Maximum, TensorType.Float32, Pairs) { Delegated = true },
        new(BuiltinOperator.Minimum, TensorType.Float32, Pairs) { Delegated = true },
        new(BuiltinOperator.LeakyRelu, TensorType.Float32, new LeakyReluArithmetic(8)) { Delegated = true },
        new(BuiltinOperator.Logistic, TensorType.Int8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Elu, TensorType.Int8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Logistic, TensorType.Float32, Tables with { Units = 9 }) { Delegated = true },
        new(BuiltinOperator.Softmax, TensorType.Float32, new SoftmaxArithmetic(SoftmaxMethod.FloatTable) { ExponentialUnits = 6 }) { Delegated = true },
        new(BuiltinOperator.Quantize, TensorType.Int8,
            new QuantizeArithmetic(QuantizeMethod.MultiplyClamped, QuantizeMethod.MultiplyClamped, Requantization.Reference, 8)) { Delegated = true },
        new(BuiltinOperator.Dequantize, null, Dequantization) { Delegated = true },
        .. new[]
        {
            BuiltinOperator.Relu, BuiltinOperator.Relu6, BuiltinOperator.ReluN1To1, BuiltinOperator.Abs, BuiltinOperator.Neg, BuiltinOperator.Floor, BuiltinOperator.Ceil,
            BuiltinOperator.Round, BuiltinOperator.Square,
        }.Select(code => new Rule(code, TensorType.Float32, Unaries) { Delegated = true }),
    ];

    /// <summary>Of the quantized operators only those of int8 are delegated; what is not delegated is computed as in <see cref="Opt"/>.</summary>
    public static readonly Profile Xnn = new("native-2.9.0/xnn",
    [
        .. Refused.Select(rule => rule with { IsRefused = true }),
        .. Delegated.Select(rule => rule with { FlushesSubnormals = rule.Code is not (BuiltinOperator.Abs or BuiltinOperator.Neg or BuiltinOperator.LeakyRelu) }),
        .. Flushing.Select(rule => rule with { Delegated = rule.Arithmetic is CopyArithmetic ? null : false }),
    ]);
}
