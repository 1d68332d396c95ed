using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// CONV_3D of float32: input [N, D, H, W, I], filter [D, H, W, I, O], output [N, D, H, W, O]. Taps outside add nothing; the bias is added last.
/// </summary>
/// <param name="Axes">Depth, height, width.</param>
/// <param name="Bias">One value a channel, zeros where the operator has none.</param>
/// <param name="Low">Smallest result that the clamp lets through.</param>
/// <param name="High">Largest result that the clamp lets through.</param>
public sealed record PreparedConvolution3D(
    Operator Operator, TensorInfo Input, TensorInfo Filter, TensorInfo Output, int Batches, ImmutableArray<WindowAxis> Axes, int InputChannels, int OutputChannels,
    ImmutableArray<float> Bias, float Low, float High, SumOrder Order) : PreparedOperator(Operator, [Input, Filter], [Output])
{
    public override bool IsExact => Order == SumOrder.Sequential;

    /// <summary>Products of a sum, at most.</summary>
    public int Products => Axes.Aggregate(InputChannels, (products, axis) => products * axis.Kernel);
}

/// <summary>Preparing CONV_3D.</summary>
public static class Convolution3D
{
    [Prepares(BuiltinOperator.Conv3D)]
    public static PreparedOperator Prepare(OperatorContext context, ConvolutionArithmetic arithmetic)
    {
        Conv3DOptions options = context.Options<Conv3DOptions>();
        TensorInfo input = context.Input(0), filter = context.Input(1), output = context.Output(0);
        foreach (TensorInfo tensor in new[] { input, filter, output })
            OperatorContext.Typed(tensor, TensorType.Float32);
        Shape from = OperatorContext.Ranked(input, 5), taps = OperatorContext.Ranked(filter, 5);
        if (from[4] != taps[3])
            throw new NotComputableException($"a filter for {taps[3]} channels, the input has {from[4]}");
        ImmutableArray<WindowAxis> axes =
        [
            WindowAxis.Of(from[1], taps[0], options.StrideD, options.DilationD, options.Padding),
            WindowAxis.Of(from[2], taps[1], options.StrideH, options.DilationH, options.Padding),
            WindowAxis.Of(from[3], taps[2], options.StrideW, options.DilationW, options.Padding),
        ];
        OperatorContext.Shaped(output, [from[0], .. axes.Select(axis => axis.Output), taps[4]]);
        (double low, double high) = RealActivation.Range(options.Activation, arithmetic.ClampsInfinity);
        return new PreparedConvolution3D(
            context.Operator, input, filter, output, from[0], axes, from[4], taps[4], PreparedFloatConvolution.BiasOf(context, taps[4]), (float)low, (float)high, arithmetic.Order);
    }
}
