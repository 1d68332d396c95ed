using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How L2_POOL_2D makes a mean of a sum.</summary>
/// <param name="MultipliesByReciprocal">f32{sum * f32{1 / n}} in place of f32{sum / n}: the optimized kernel.</param>
public sealed record L2PoolArithmetic(bool MultipliesByReciprocal) : OperatorArithmetic;

/// <summary>The root of the mean square of float32 numbers over the taps of a window that are inside the image, NHWC, per channel; squares are added up in order.</summary>
/// <param name="Low">Smallest result that the clamp lets through.</param>
/// <param name="High">Largest result that the clamp lets through.</param>
public sealed record PreparedL2Pool(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int Channels, float Low, float High, bool MultipliesByReciprocal)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing L2_POOL_2D.</summary>
public static class L2Pool
{
    [Prepares(BuiltinOperator.L2Pool2D)]
    public static PreparedOperator Prepare(OperatorContext context, L2PoolArithmetic arithmetic)
    {
        OperatorContext.Typed(context.Input(0), TensorType.Float32);
        (Window window, int channels) = AveragePool.WindowOf(context);
        (double low, double high) = RealActivation.Range(context.Options<Pool2DOptions>().Activation, clampsInfinity: true);
        return new PreparedL2Pool(context.Operator, context.Input(0), context.Output(0), window, channels, (float)low, (float)high, arithmetic.MultipliesByReciprocal);
    }
}
