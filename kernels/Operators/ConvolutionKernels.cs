using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.</summary>
internal static class ConvolutionKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedConvolution convolution, KernelTarget target)
    {
        if (target.Packed && PackedConvolution.Plan(convolution, target.Device) is { } packed)
            return packed;
        string name = convolution.Operator.Name.ToLowerInvariant();
        ImmutableArray<string> options =
            [.. Arguments.Codes(convolution.Output.Type, 1), .. Arguments.RoundingOf(convolution.Requantizer, target.Device)];
        return KernelPlan.Flat(name, options, Natural(convolution), convolution.Window.Positions * convolution.OutputChannels);
    }

    private static ImmutableSortedDictionary<string, KernelArgument> Natural(PreparedConvolution convolution) => Arguments.Of(
    [
        ("input", new Activation(convolution.Input)),
        ("output", new Activation(convolution.Output)),
        ("weights", new Constant(convolution.Weights.Type == TensorType.UInt8 ? "uchar" : "char", () => convolution.Weights.Data)),
        ("bias", Arguments.Ints(() => convolution.Bias)),
        ("input_zero_point", new Number(convolution.InputZeroPoint)),
        ("weight_zero_point", new Number(convolution.WeightZeroPoint)),
        ("input_channels", new Number(convolution.InputChannels)),
        ("output_channels", new Number(convolution.OutputChannels)),
        ("groups", new Number(convolution.Groups)),
        ("depth_multiplier", new Number(convolution.OutputChannels / convolution.Groups)),
        .. Arguments.Geometry(convolution.Window),
        .. Arguments.Requantization(convolution.Requantizer),
    ]);
}
