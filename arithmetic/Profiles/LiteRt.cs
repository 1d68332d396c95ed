using System.Collections.Immutable;
using System.Runtime.Intrinsics.X86;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Profiles;

/// <summary>What ai-edge-litert 2.3.0 computes on x86-64, flavour by flavour (spec, section 2).</summary>
public static class LiteRt
{
    internal static readonly Condition Grouped = new("grouped", context =>
        context.Input(0).Shape!.Last != context.Input(1).Shape!.Last);

    internal static readonly Condition PerChannel = new("per-channel filter", context =>
        context.Input(1).Quantization is { IsPerChannel: true });

    private static readonly ConvolutionArithmetic Int8 = new(ScaleFormation.Double, Requantization.Reference);

    private static readonly ConvolutionArithmetic UInt8 = new(ScaleFormation.FloatProduct, Requantization.Reference);

    private static readonly ConvolutionArithmetic Xnnpack =
        new(ScaleFormation.FloatQuotient, Requantization.Xnnpack) { Bounds = Rounding.HalfEven, ClampsInfinity = false, WrapsBelow = true, Hybrid = HybridScaling.Fused, Order = SumOrder.Fused };

    /// <summary>The reference kernels of float32, and those of BATCH_MATMUL that are called optimized.</summary>
    private static readonly ConvolutionArithmetic Ordered = Int8 with { Order = SumOrder.Sequential, Hybrid = HybridScaling.Together };

    private static readonly Condition NarrowBias = new("int32 bias", context =>
        context.OptionalInput(2)?.Type == TensorType.Int32);

    internal static readonly Condition WideBias = new("int64 bias", context =>
        context.OptionalInput(2)?.Type == TensorType.Int64);

    /// <summary>XNNPACK has the codes of an int4 filter in the upper halves of bytes: 4 bits of its sums, the highest, are lost.</summary>
    private static readonly Condition SumsInRange = new("no sum of int4 weights beyond 28 bits", context =>
        context.Input(1).Type != TensorType.Int4 || context.OptionalInput(2) is not { IsConstant: true, Type: TensorType.Int32 } bias
        || OperatorContext.Integers(bias).All(value => Math.Abs((long)value) + (long)context.Input(1).Shape!.Last * 8 * 255 < 1 << 27));

    /// <summary>The optimized FULLY_CONNECTED has a kernel for int4 weights that come in blocks.</summary>
    private static readonly Condition PackedInt4 = new("int4 weights of at least 4 rows and 32 columns, an even number", context =>
        context.Input(1) is { Type: TensorType.Int4, Shape: [>= 4, >= 32 and var columns] } && columns % 2 == 0);

    private static readonly ConvolutionArithmetic Int16 = Int8 with { Requantization = Requantization.Wide };

    private static readonly ConvolutionArithmetic RealInt16 = Int8 with { Requantization = Requantization.RealHalfAway };

    private static readonly PairArithmetic Pairs = new();

    private static readonly UnaryArithmetic Unaries = new();

    private static readonly FunctionArithmetic Tables = new(TableMethod.RoundThenShift);

    private static readonly FunctionArithmetic XnnpackTables = new(TableMethod.ShiftThenRound);

    /// <summary>LOGISTIC and TANH of float32 in TFLite's own optimized kernels: Eigen, compiled for SSE.</summary>
    private static readonly FunctionArithmetic Vectors = Tables with { InVectors = true };

    // Bounds of approximated functions, in roundoffs: twice the largest error over every float32 of |x| from 2^-13 to 2^7 (XNNPACK's LOGISTIC: 4.6), with AVX-512. Of an exponential in SOFTMAX 5.5 at most was seen, over 45 million terms.
    private static readonly FunctionArithmetic XnnpackLogistic = Tables with { Units = 10 }, XnnpackTanh = Tables with { Single = UnaryFunction.TanhRational };

    // Of their argument, twice the largest error over 6 million float32 of |x| from 2^-13 to 2^5 (3.4 in Eigen and in XNNPACK).
    private static readonly FunctionArithmetic Gelu = Tables with { Units = 7 };

    // Of 1, twice the largest error over 10 million float32 of |x| from 2^-13 to 2^14 (5.4); beyond, the reduction of the argument takes over.
    private static readonly UnaryArithmetic XnnpackSines = new() { Units = 11 };

    /// <summary>
    /// Twice the largest error, and the reference's own, of every 32nd float32 from -2^-30 to -2^8: 1.25 in the optimized kernel, 1.49 in XNNPACK, which makes 0 of what is subnormal.
    /// </summary>
    private static readonly FunctionArithmetic FloatElu = Tables with { Units = 4 };

    // 2.9 roundoffs at most were seen of XNNPACK's exponential, from the argument as it rounds it.
    private static readonly FunctionArithmetic XnnpackExp = Tables with { Single = UnaryFunction.ExpOfRoundedArgument, Units = 6 };

    private static readonly FunctionArithmetic XnnpackLog = Tables with { Single = UnaryFunction.LogRational };

    private static readonly SoftmaxArithmetic FloatSoftmax = new(SoftmaxMethod.FloatTable) { ExponentialUnits = 6 };

    private static readonly HardSwishArithmetic HardSwish = new(UnaryFunction.HardSwishScaledFirst, UnaryFunction.HardSwishScaledLast);

    private static readonly HardSwishArithmetic XnnpackHardSwish = new(UnaryFunction.HardSwishFused, UnaryFunction.HardSwishFused);

    private static readonly AdditionArithmetic Sums = new(AdditionMethod.CommonScale);

    private static readonly ProductArithmetic Products = new(Requantization.Reference);

    private static readonly AdditionArithmetic XnnpackSums = new(AdditionMethod.OutputScale) { Bounds = Rounding.HalfEven, ClampsInfinity = false };

    private static readonly VectorBody UInt8Sums = new(8, TermShift.Floored, Narrowing.Wrap16);

    private static readonly VectorBody Int8Sums = new(16, TermShift.Merged, Narrowing.Wrap16);

    /// <summary>The mean over height and width of 8-bit images, which have a kernel of their own.</summary>
    internal static readonly Condition Spatial = new("4-D, axes 1 and 2, kept dimensions", context =>
        context is { Operator.Options: ReducerOptions { KeepDims: true } }
        && context.Input(0).Shape!.Count == 4
        && context.IntegersOf(1) is [1, 2] or [2, 1]);

    private static readonly ReductionArithmetic Sum = new(ReductionMethod.Integer);

    private static readonly ReductionArithmetic SpatialMean = new(ReductionMethod.FoldedZeroPoint)
        { Requantization = Requantization.Ruy, TailRequantization = Requantization.Reference, TailBlock = 16 };

    private static readonly ReductionArithmetic XnnpackSum = new(ReductionMethod.FloatFolded) { Order = SumOrder.Unknown };

    /// <summary>
    /// XNNPACK's square roots: one Newton step from a reciprocal root of at least 11.4 bits, within 7 roundoffs (1.5 e^2 of the step, and 3 roundings of which one counts in
    /// full), and at most 2 of the reference's.
    /// </summary>
    private static readonly UnaryArithmetic XnnpackRoots = new() { Units = 9 };

    /// <summary>Operators that move elements; the delegate moves them as TFLite does.</summary>
    internal static readonly ImmutableArray<BuiltinOperator> Copying =
    [
        BuiltinOperator.Reshape, BuiltinOperator.Squeeze, BuiltinOperator.ExpandDims,
        BuiltinOperator.Concatenation, BuiltinOperator.Pack, BuiltinOperator.Unpack, BuiltinOperator.Split, BuiltinOperator.SplitV,
        BuiltinOperator.Pad, BuiltinOperator.Padv2, BuiltinOperator.MirrorPad, BuiltinOperator.Slice, BuiltinOperator.StridedSlice,
        BuiltinOperator.Transpose, BuiltinOperator.ReverseV2, BuiltinOperator.Tile, BuiltinOperator.BroadcastTo,
        BuiltinOperator.SpaceToBatchNd, BuiltinOperator.BatchToSpaceNd, BuiltinOperator.SpaceToDepth, BuiltinOperator.DepthToSpace,
        BuiltinOperator.Shape, BuiltinOperator.Fill, BuiltinOperator.Gather, BuiltinOperator.GatherNd,
        BuiltinOperator.ArgMax, BuiltinOperator.ArgMin, BuiltinOperator.ResizeNearestNeighbor, BuiltinOperator.Rank, BuiltinOperator.ZerosLike, BuiltinOperator.Range,
        BuiltinOperator.OneHot, BuiltinOperator.TopkV2, BuiltinOperator.EmbeddingLookup, BuiltinOperator.ScatterNd, BuiltinOperator.DynamicUpdateSlice,
        BuiltinOperator.ReverseSequence, BuiltinOperator.Densify, BuiltinOperator.Where, BuiltinOperator.BroadcastArgs, BuiltinOperator.SparseToDense, BuiltinOperator.MatrixDiag,
        BuiltinOperator.MatrixSetDiag,
    ];

    private static readonly Condition Detection = new(DetectionPostProcess.Name, context => context.Operator.CustomCode == DetectionPostProcess.Name);

    private static readonly ImmutableArray<Rule> Everywhere =
    [
        new(BuiltinOperator.Custom, null, new DetectionArithmetic(DequantizeMethod.ProductPlusConstant)) { When = Detection },
        new(BuiltinOperator.UnidirectionalSequenceLstm, null, new LstmArithmetic(Requantization.Ruy)),
        new(BuiltinOperator.Svdf, null, SvdfArithmetic.Only),
        new(BuiltinOperator.Conv2D, TensorType.Int16, Int16) { When = WideBias },
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int16, Int16),
        new(BuiltinOperator.TransposeConv, TensorType.Int16, Int16),
        new(BuiltinOperator.BatchMatmul, TensorType.Int8, UInt8),
        new(BuiltinOperator.BatchMatmul, TensorType.Int16, UInt8 with { Requantization = Requantization.Wide }),
        new(BuiltinOperator.AveragePool2D, null, new AveragePoolArithmetic(Rounding.HalfAway)),
        new(BuiltinOperator.MaxPool2D, null, new MaxPoolArithmetic(Rounding.HalfAway, ClampsInfinity: true)),
        new(BuiltinOperator.Mean, null, Sum),
        new(BuiltinOperator.ReduceMax, null, Sum),
        new(BuiltinOperator.ReduceMin, null, Sum),
        new(BuiltinOperator.ReduceProd, null, Sum),
        new(BuiltinOperator.ReduceAny, null, Sum),
        new(BuiltinOperator.ReduceAll, null, Sum),
        new(BuiltinOperator.ResizeBilinear, TensorType.Int8, new ResizeArithmetic(BilinearMethod.Integer10)),
        new(BuiltinOperator.ResizeBilinear, TensorType.Int16, new ResizeArithmetic(BilinearMethod.Integer10)),
        .. Copying.Select(code => new Rule(code, null, CopyArithmetic.Only)),
        new(BuiltinOperator.SquaredDifference, null, Sums),
        .. new[]
        {
            BuiltinOperator.Maximum, BuiltinOperator.Minimum, BuiltinOperator.Div, BuiltinOperator.FloorDiv, BuiltinOperator.Prelu, BuiltinOperator.Equal,
            BuiltinOperator.NotEqual, BuiltinOperator.Less, BuiltinOperator.LessEqual, BuiltinOperator.Greater, BuiltinOperator.GreaterEqual, BuiltinOperator.FloorMod,
            BuiltinOperator.LogicalAnd, BuiltinOperator.LogicalOr, BuiltinOperator.BitwiseXor, BuiltinOperator.RightShift, BuiltinOperator.Pow, BuiltinOperator.AddN,
            BuiltinOperator.Atan2,
        }.Select(code => new Rule(code, null, Pairs)),
        new(BuiltinOperator.Bitcast, null, CopyArithmetic.Only),
        new(BuiltinOperator.Select, null, CopyArithmetic.Only),
        new(BuiltinOperator.SelectV2, null, CopyArithmetic.Only),
        .. new[]
        {
            BuiltinOperator.Relu, BuiltinOperator.Relu6, BuiltinOperator.ReluN1To1, BuiltinOperator.Relu0To1, BuiltinOperator.Abs, BuiltinOperator.Neg, BuiltinOperator.Sqrt,
            BuiltinOperator.Rsqrt, BuiltinOperator.L2Normalization, BuiltinOperator.Floor, BuiltinOperator.Ceil, BuiltinOperator.Round,
            BuiltinOperator.Square, BuiltinOperator.Sign, BuiltinOperator.Sin, BuiltinOperator.Cos, BuiltinOperator.LogicalNot, BuiltinOperator.Cumsum,
            BuiltinOperator.Rnn, BuiltinOperator.UnidirectionalSequenceRnn, BuiltinOperator.NonMaxSuppressionV4, BuiltinOperator.NonMaxSuppressionV5, BuiltinOperator.SegmentSum, BuiltinOperator.UnsortedSegmentSum, BuiltinOperator.UnsortedSegmentProd, BuiltinOperator.UnsortedSegmentMax, BuiltinOperator.UnsortedSegmentMin,
        }.Select(code => new Rule(code, null, Unaries)),
        new(BuiltinOperator.Cast, null, new CastArithmetic(FloatToInteger.Saturated)),
        new(BuiltinOperator.LeakyRelu, null, new LeakyReluArithmetic(null)),
        new(BuiltinOperator.Exp, null, Tables),
        new(BuiltinOperator.Log, null, Tables),
        new(BuiltinOperator.Elu, TensorType.Int8, Tables),
        new(BuiltinOperator.Gelu, TensorType.Float32, Gelu),
        new(BuiltinOperator.Gelu, null, Tables),
        new(BuiltinOperator.Elu, TensorType.Float32, FloatElu),
        new(BuiltinOperator.HardSwish, TensorType.UInt8, Unaries),
        new(BuiltinOperator.HardSwish, TensorType.Int8, Unaries),
    ];

    private static readonly ImmutableArray<Rule> Optimized =
    [
        new(BuiltinOperator.L2Pool2D, null, new L2PoolArithmetic(MultipliesByReciprocal: true)),
        new(BuiltinOperator.Conv3D, null, Int8),
        new(BuiltinOperator.Conv2D, TensorType.Int16, Int8 with { Requantization = Requantization.Ruy }) { When = NarrowBias },
        new(BuiltinOperator.FullyConnected, TensorType.Int16, RealInt16) { When = WideBias },
        new(BuiltinOperator.FullyConnected, TensorType.Int16, Int8 with { Requantization = Requantization.Ruy }) { When = PerChannel },
        new(BuiltinOperator.FullyConnected, TensorType.Int16, UInt8 with { Requantization = Requantization.Ruy }),
        new(BuiltinOperator.TransposeConv, TensorType.Int8,
            Int8 with { Requantization = Requantization.Ruy, TailRequantization = Requantization.Reference, TailBlock = 8 }),
        new(BuiltinOperator.TransposeConv, TensorType.UInt8,
            UInt8 with { Requantization = Requantization.Ruy, TailRequantization = Requantization.Reference, TailBlock = 16, BlocksSpanTensor = true }),
        new(BuiltinOperator.TransposeConv, TensorType.Float32, Int8 with { Hybrid = HybridScaling.OneByOne }),
        new(BuiltinOperator.BatchMatmul, TensorType.Float32, Ordered),
        new(BuiltinOperator.Mean, TensorType.UInt8, SpatialMean) { When = Spatial },
        new(BuiltinOperator.Mean, TensorType.Int8, SpatialMean) { When = Spatial },
        new(BuiltinOperator.Mean, TensorType.Float32, Sum with { Order = SumOrder.VectorRows }),
        new(BuiltinOperator.Sum, TensorType.Float32, Sum),
        new(BuiltinOperator.ReduceProd, null, Sum with { CopiesSingle = true }),
        new(BuiltinOperator.ResizeBilinear, TensorType.UInt8, new ResizeArithmetic(BilinearMethod.FloatWeights)),
        new(BuiltinOperator.ResizeBilinear, TensorType.Float32, new ResizeArithmetic(BilinearMethod.FloatWeights)),
        new(BuiltinOperator.Sum, null, Sum with { Method = ReductionMethod.Float }),
        new(BuiltinOperator.Conv2D, TensorType.Float32, Ordered with { Hybrid = HybridScaling.OneByOne }) { When = Grouped },
        new(BuiltinOperator.Conv2D, TensorType.Float32, Int8 with { Hybrid = HybridScaling.Together }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Float32, Int8 with { Order = SumOrder.BiasFirst, Hybrid = HybridScaling.OneByOneInBlocks }),
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8) { When = Grouped },
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8) { When = Grouped },
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8 with { Requantization = Requantization.Ruy }),
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8 with { Requantization = Requantization.Ruy }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8,
            Int8 with { Requantization = Requantization.Ruy, TailRequantization = Requantization.Reference, TailBlock = 8 }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.FullyConnected, TensorType.Float32, UInt8 with { Hybrid = HybridScaling.Packed }) { When = PackedInt4 },
        new(BuiltinOperator.FullyConnected, TensorType.Float32, UInt8 with { Hybrid = HybridScaling.Together }),
        new(BuiltinOperator.FullyConnected, null, Int8 with { Requantization = Requantization.Ruy }) { When = PerChannel },
        new(BuiltinOperator.FullyConnected, null, UInt8 with { Requantization = Requantization.Ruy }),
        .. new[] { TensorType.UInt8, TensorType.Int8, TensorType.Int16 }
            .Select(type => new Rule(BuiltinOperator.Softmax, type, new SoftmaxArithmetic(SoftmaxMethod.FloatTable))),
        new(BuiltinOperator.Softmax, TensorType.Float32, FloatSoftmax),
        new(BuiltinOperator.Logistic, TensorType.Float32, Vectors),
        new(BuiltinOperator.Tanh, TensorType.Float32, Vectors),
        new(BuiltinOperator.HardSwish, TensorType.Float32, HardSwish),
        new(BuiltinOperator.LogSoftmax, null, new LogSoftmaxArithmetic(SoftmaxMethod.FloatTable) { FunctionUnits = FloatSoftmax.ExponentialUnits }),
        new(BuiltinOperator.Add, TensorType.UInt8, Sums with { Plain = UInt8Sums, Rows = UInt8Sums, Single = UInt8Sums }),
        new(BuiltinOperator.Add, TensorType.Int8, Sums with { Plain = Int8Sums, Rows = Int8Sums, Single = UInt8Sums }),
        new(BuiltinOperator.Add, TensorType.Int16, Sums with { Plain = Int8Sums with { Narrowing = Narrowing.None } }),
        new(BuiltinOperator.Add, null, Sums),
        new(BuiltinOperator.Sub, null, Sums),
        new(BuiltinOperator.Mul, TensorType.UInt8, Products with
        {
            Plain = new(8, TermShift.Rounded, Narrowing.Saturate16),
            Rows = new(8, TermShift.Rounded, Narrowing.Saturate16),
            Single = new(8, TermShift.Rounded, Narrowing.Wrap16),
        }),
        new(BuiltinOperator.Mul, TensorType.Int8, Products with
        {
            Plain = new(16, TermShift.Rounded, Narrowing.Saturate16),
            Rows = new(16, TermShift.Rounded, Narrowing.Saturate16),
            Single = new(16, TermShift.Rounded, Narrowing.Saturate16),
        }),
        new(BuiltinOperator.Mul, null, Products),
        .. new[] { BuiltinOperator.Logistic, BuiltinOperator.Tanh }.SelectMany(code => new Rule[]
        {
            new(code, TensorType.UInt8, Tables),
            new(code, TensorType.Int8, Tables),
            new(code, TensorType.Int16, Tables with { PowerOfTwo = PowerOfTwoMethod.FixedPoint16 }),
        }),
        new(BuiltinOperator.Quantize, null, new QuantizeArithmetic(QuantizeMethod.MultiplyReciprocal, QuantizeMethod.DivideDouble, Requantization.Ruy, null)),
        new(BuiltinOperator.Dequantize, null, new DequantizeArithmetic(DequantizeMethod.ProductPlusConstant)),
        .. Everywhere,
    ];

    public static readonly Profile Ref = new("litert-2.3.0/ref",
    [
        // "Didn't find op for builtin opcode 'ELU'".
        new(BuiltinOperator.Elu, null, null) { IsRefused = true },
        new(BuiltinOperator.L2Pool2D, null, new L2PoolArithmetic(MultipliesByReciprocal: false)),
        new(BuiltinOperator.Conv3D, null, Ordered),
        new(BuiltinOperator.Conv2D, TensorType.Int16, Int8) { When = NarrowBias },
        new(BuiltinOperator.FullyConnected, TensorType.Int16, RealInt16),
        new(BuiltinOperator.TransposeConv, TensorType.Int8, Int8),
        new(BuiltinOperator.TransposeConv, TensorType.UInt8, UInt8),
        new(BuiltinOperator.TransposeConv, TensorType.Float32, Ordered with { Hybrid = HybridScaling.OneByOne }),
        new(BuiltinOperator.BatchMatmul, TensorType.Float32, Ordered),
        new(BuiltinOperator.ResizeBilinear, TensorType.UInt8, new ResizeArithmetic(BilinearMethod.FloatProducts)),
        new(BuiltinOperator.ResizeBilinear, TensorType.Float32, new ResizeArithmetic(BilinearMethod.FloatProducts)),
        new(BuiltinOperator.Conv2D, TensorType.Float32, Ordered with { Hybrid = HybridScaling.OneByOne }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Float32, Ordered),
        new(BuiltinOperator.FullyConnected, TensorType.Float32, Ordered),
        new(BuiltinOperator.Sum, null, Sum with { ReadsUnsigned = true }),
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8),
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8, Int8),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.FullyConnected, null, new ConvolutionArithmetic(ScaleFormation.Double, Requantization.RealHalfAway)),
        new(BuiltinOperator.Softmax, null, new SoftmaxArithmetic(SoftmaxMethod.FixedPoint)),
        new(BuiltinOperator.LogSoftmax, null, new LogSoftmaxArithmetic(SoftmaxMethod.FixedPoint)),
        new(BuiltinOperator.Add, null, Sums),
        new(BuiltinOperator.Sub, null, Sums),
        new(BuiltinOperator.Mul, null, Products),
        new(BuiltinOperator.Logistic, null, Tables),
        new(BuiltinOperator.Tanh, null, Tables),
        new(BuiltinOperator.HardSwish, TensorType.Float32, Unaries),
        new(BuiltinOperator.Quantize, null, new QuantizeArithmetic(QuantizeMethod.DivideSingle, QuantizeMethod.DivideSingle, Requantization.Reference, null)),
        new(BuiltinOperator.Dequantize, null, new DequantizeArithmetic(DequantizeMethod.Centred)),
        .. Everywhere,
    ]);

    public static readonly Profile Opt = new("litert-2.3.0/opt", Optimized);

    /// <summary>The types that the delegate has kernels for: never int16, int32 or int64.</summary>
    private static readonly ImmutableArray<TensorType> DelegatedTypes = [TensorType.Float32, TensorType.Int8, TensorType.UInt8];

    /// <summary>
    /// What is given to XNNPACK, whose threads run with subnormals off. Copies, and the sign bit that ABS drops, are no arithmetic; LEAKY_RELU flushes products alone. A null type
    /// is one of <see cref="DelegatedTypes"/>.
    /// </summary>
    private static readonly ImmutableArray<Rule> Delegated =
    [
        new(BuiltinOperator.TransposeConv, null, Xnnpack) { Delegated = true },
        new(BuiltinOperator.BatchMatmul, null, Xnnpack) { Delegated = true },
        new(BuiltinOperator.MaxPool2D, null, new MaxPoolArithmetic(Rounding.HalfEven, ClampsInfinity: false)) { Delegated = true },
        new(BuiltinOperator.ResizeBilinear, TensorType.UInt8, new ResizeArithmetic(BilinearMethod.Integer11)) { Delegated = true },
        new(BuiltinOperator.ResizeBilinear, TensorType.Int8, new ResizeArithmetic(BilinearMethod.Integer11)) { Delegated = true },
        new(BuiltinOperator.ResizeBilinear, TensorType.Float32, new ResizeArithmetic(BilinearMethod.FloatDifferences)) { Delegated = true },
        new(BuiltinOperator.AveragePool2D, TensorType.Float32, new AveragePoolArithmetic(Rounding.HalfAway) { Order = SumOrder.Unknown, ClampsInfinity = false })
            { Delegated = true },
        new(BuiltinOperator.Sqrt, TensorType.Float32, XnnpackRoots) { Delegated = true },
        new(BuiltinOperator.Rsqrt, TensorType.Float32, XnnpackRoots) { Delegated = true },
        new(BuiltinOperator.Mean, null, XnnpackSum) { Delegated = true },
        new(BuiltinOperator.Sum, null, XnnpackSum) { Delegated = true },
        new(BuiltinOperator.ReduceMax, null, Sum) { Delegated = true },
        new(BuiltinOperator.ReduceMin, null, Sum) { Delegated = true },
        new(BuiltinOperator.Conv2D, null, Xnnpack) { Delegated = true },
        new(BuiltinOperator.DepthwiseConv2D, null, Xnnpack) { Delegated = true },
        new(BuiltinOperator.FullyConnected, null, Xnnpack) { Delegated = true, When = SumsInRange },
        new(BuiltinOperator.Add, null, XnnpackSums) { Delegated = true },
        new(BuiltinOperator.Sub, null, XnnpackSums) { Delegated = true },
        new(BuiltinOperator.Mul, null, new ProductArithmetic(Requantization.Xnnpack) { Bounds = Rounding.HalfEven, ClampsInfinity = false }) { Delegated = true },
        new(BuiltinOperator.SquaredDifference, null, XnnpackSums) { Delegated = true },
        new(BuiltinOperator.Maximum, null, Pairs) { Delegated = true },
        new(BuiltinOperator.Minimum, null, Pairs) { Delegated = true },
        new(BuiltinOperator.Div, TensorType.Float32, Pairs with { ClampsInfinity = false }) { Delegated = true },
        new(BuiltinOperator.Prelu, TensorType.Float32, Pairs) { Delegated = true },
        new(BuiltinOperator.Softmax, TensorType.Float32, FloatSoftmax) { Delegated = true },
        new(BuiltinOperator.Logistic, TensorType.Float32, XnnpackLogistic) { Delegated = true },
        new(BuiltinOperator.Tanh, TensorType.Float32, XnnpackTanh) { Delegated = true },
        new(BuiltinOperator.Exp, TensorType.Float32, XnnpackExp) { Delegated = true },
        new(BuiltinOperator.Log, TensorType.Float32, XnnpackLog) { Delegated = true },
        new(BuiltinOperator.Gelu, TensorType.Float32, Gelu) { Delegated = true },
        new(BuiltinOperator.Sin, TensorType.Float32, XnnpackSines) { Delegated = true },
        new(BuiltinOperator.Cos, TensorType.Float32, XnnpackSines) { Delegated = true },
        new(BuiltinOperator.HardSwish, TensorType.Float32, XnnpackHardSwish) { Delegated = true },
        new(BuiltinOperator.Logistic, TensorType.UInt8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Logistic, TensorType.Int8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Tanh, TensorType.UInt8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Tanh, TensorType.Int8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Elu, TensorType.Int8, XnnpackTables) { Delegated = true },
        new(BuiltinOperator.Elu, TensorType.Float32, FloatElu) { Delegated = true },
        new(BuiltinOperator.LeakyRelu, null, new LeakyReluArithmetic(8)) { Delegated = true },
        new(BuiltinOperator.Quantize, null, new QuantizeArithmetic(QuantizeMethod.MultiplyClamped, QuantizeMethod.MultiplyClamped, Requantization.Reference, 8)) { Delegated = true },
        new(BuiltinOperator.Dequantize, null, new DequantizeArithmetic(DequantizeMethod.Centred)) { Delegated = true },
        .. new[]
        {
            BuiltinOperator.Relu, BuiltinOperator.Relu6, BuiltinOperator.ReluN1To1, BuiltinOperator.Abs, BuiltinOperator.Neg, BuiltinOperator.Floor, BuiltinOperator.Ceil,
            BuiltinOperator.Round, BuiltinOperator.Square,
        }.Select(code => new Rule(code, TensorType.Float32, Unaries) { Delegated = true }),
    ];

    public static readonly Profile Xnn = XnnOn(Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported && Avx512CD.VL.IsSupported);

    /// <summary>XNNPACK has other kernels where a processor has AVX-512; these are the results that differ.</summary>
    public static Profile XnnOn(bool hasAvx512) => new("litert-2.3.0/xnn",
    [
        .. Delegated.SelectMany(rule => rule.Type is null ? DelegatedTypes.Select(type => rule with { Type = type }) : [rule]).Select(rule => rule with
        {
            Arithmetic = hasAvx512 ? rule.Arithmetic : rule.Arithmetic switch
            {
                ConvolutionArithmetic convolution => convolution with { WrapsBelow = false },
                FunctionArithmetic { Single: UnaryFunction.LogRational } function => function with { Single = UnaryFunction.LogRationalOfBits },
                var same => same,
            },
            FlushesSubnormals = rule.Arithmetic is not CopyArithmetic && rule.Code is not (BuiltinOperator.Abs or BuiltinOperator.LeakyRelu),
        }),
        .. Optimized.Select(rule => rule with { Delegated = rule.Arithmetic is CopyArithmetic ? null : false }),
    ]);
}
