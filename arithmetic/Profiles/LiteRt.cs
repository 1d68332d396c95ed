using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Arithmetic.Profiles;

/// <summary>What ai-edge-litert 2.3.0 computes on x86-64, flavour by flavour (spec, section 2).</summary>
public static class LiteRt
{
    private static readonly Condition Grouped = new("grouped", context =>
        context.Input(0).Shape!.Last != context.Input(1).Shape!.Last);

    internal static readonly Condition Ungrouped = new("not grouped", context => !Grouped.Holds(context));

    internal static readonly Condition PerChannel = new("per-channel filter", context =>
        context.Input(1).Quantization is { IsPerChannel: true });

    private static readonly ConvolutionArithmetic Int8 = new(ScaleFormation.Double, Requantization.Reference);

    private static readonly ConvolutionArithmetic UInt8 = new(ScaleFormation.FloatProduct, Requantization.Reference);

    private static readonly ConvolutionArithmetic Xnnpack =
        new(ScaleFormation.FloatQuotient, Requantization.Xnnpack) { Bounds = Rounding.HalfEven };

    private static readonly ImmutableArray<Rule> Everywhere =
    [
        new(BuiltinOperator.AveragePool2D, null, new AveragePoolArithmetic(Rounding.HalfAway)),
        new(BuiltinOperator.Reshape, null, CopyArithmetic.Only),
    ];

    private static readonly ImmutableArray<Rule> Optimized =
    [
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8) { When = Grouped },
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8) { When = Grouped },
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8 with { Requantization = Requantization.Ruy }),
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8 with { Requantization = Requantization.Ruy }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8,
            Int8 with { Requantization = Requantization.Ruy, TailRequantization = Requantization.Reference, TailBlock = 8 }),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.FullyConnected, null, Int8 with { Requantization = Requantization.Ruy }) { When = PerChannel },
        new(BuiltinOperator.FullyConnected, null, UInt8 with { Requantization = Requantization.Ruy }),
        new(BuiltinOperator.Softmax, null, new SoftmaxArithmetic(SoftmaxMethod.FloatTable)),
        .. Everywhere,
    ];

    public static readonly Profile Ref = new("litert-2.3.0/ref",
    [
        new(BuiltinOperator.Conv2D, TensorType.Int8, Int8),
        new(BuiltinOperator.Conv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.Int8, Int8),
        new(BuiltinOperator.DepthwiseConv2D, TensorType.UInt8, UInt8),
        new(BuiltinOperator.FullyConnected, null, new ConvolutionArithmetic(ScaleFormation.Double, Requantization.RealHalfAway)),
        new(BuiltinOperator.Softmax, null, new SoftmaxArithmetic(SoftmaxMethod.FixedPoint)),
        .. Everywhere,
    ]);

    public static readonly Profile Opt = new("litert-2.3.0/opt", Optimized);

    public static readonly Profile Xnn = new("litert-2.3.0/xnn",
    [
        new(BuiltinOperator.Conv2D, null, Xnnpack) { Delegated = true },
        new(BuiltinOperator.DepthwiseConv2D, null, Xnnpack) { Delegated = true },
        new(BuiltinOperator.FullyConnected, null, Xnnpack) { Delegated = true },
        .. Optimized.Select(rule => rule with { Delegated = rule.Code is BuiltinOperator.Reshape ? null : false }),
    ]);
}
