using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Arithmetic.Profiles;

/// <summary>
/// What the TFLite C library 2.9.0 of tfjs-tflite-node 0.0.2 computes on x86-64. Each rule was found by running it: what only LiteRT 2.3.0 is known to do is not
/// assumed here.
/// </summary>
public static class Native
{
    private static readonly ConvolutionArithmetic Int8 = new(ScaleFormation.Double, Requantization.Ruy);

    private static readonly ConvolutionArithmetic UInt8 = new(ScaleFormation.FloatProduct, Requantization.Ruy);

    private static readonly ConvolutionArithmetic Xnnpack =
        new(ScaleFormation.FloatQuotient, Requantization.Xnnpack) { Bounds = Rounding.HalfEven };

    private static readonly ImmutableArray<Rule> Optimized =
    [
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8) { When = LiteRt.Ungrouped },
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8) { When = LiteRt.Ungrouped },
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8, Int8 with { Requantization = Requantization.Reference }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.UInt8, UInt8 with { Requantization = Requantization.Reference }),
        new(BuiltinOperator.FullyConnected, null, Int8 with { Scale = ScaleFormation.Zero }) { When = LiteRt.PerChannel },
        new(BuiltinOperator.FullyConnected, null, UInt8),
        new(BuiltinOperator.Softmax, null, new SoftmaxArithmetic(SoftmaxMethod.FloatTable)),
        new(BuiltinOperator.AveragePool2D, null, new AveragePoolArithmetic(Rounding.HalfAway)),
        new(BuiltinOperator.Reshape, null, CopyArithmetic.Only),
    ];

    public static readonly Profile Opt = new("native-2.9.0/opt", Optimized);

    /// <summary>Only int8 is delegated; everything else is computed as in <see cref="Opt"/>.</summary>
    public static readonly Profile Xnn = new("native-2.9.0/xnn",
    [
        new(BuiltinOperator.Conv2D, TensorType.Int8, Xnnpack) { Delegated = true },
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8, Xnnpack) { Delegated = true },
        new(BuiltinOperator.FullyConnected, TensorType.Int8, Xnnpack) { Delegated = true },
        new(BuiltinOperator.Reshape, null, CopyArithmetic.Only) { Delegated = true },
        .. Optimized.Select(rule => rule with { Delegated = false }),
    ]);
}
