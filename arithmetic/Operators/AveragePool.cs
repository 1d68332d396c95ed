using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How AVERAGE_POOL_2D divides (spec, section 2.4).</summary>
/// <param name="Rounding">Of the quotient, on codes.</param>
public sealed record AveragePoolArithmetic(Rounding Rounding) : OperatorArithmetic
{
    /// <summary>True: the divisor counts taps inside the image; false: all taps of the window.</summary>
    public bool CountInsideOnly { get; init; } = true;

    /// <summary>Of float32 terms.</summary>
    public SumOrder Order { get; init; } = SumOrder.Sequential;

    /// <summary>Whether a float32 result without activation is clamped to the largest finite numbers.</summary>
    public bool ClampsInfinity { get; init; } = true;
}

/// <summary>What stands for the division. TFLite divides; the others are mistakes.</summary>
public enum Reciprocal
{
    None,

    /// <summary>(s * (2^16 / n) + 2^15) >> 16.</summary>
    Fixed16,

    /// <summary>s * (1.0f / n), half to even.</summary>
    Float32,
}

/// <summary>
/// Average of codes over a window, NHWC, per channel: zero point and scale of input and output are taken to be equal and play no part. Ties round away from
/// code zero, not from the zero point.
/// </summary>
/// <param name="Low">Smallest code that the clamp lets through.</param>
/// <param name="High">Largest code that the clamp lets through.</param>
public sealed record PreparedAveragePool(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int Channels, int Low, int High, AveragePoolArithmetic Arithmetic)
    : PreparedOperator(Operator, [Input], [Output])
{
    /// <summary>Taken off every code before the division and added after it; TFLite takes off nothing.</summary>
    public int Centre { get; init; }

    public Reciprocal Reciprocal { get; init; }

    /// <summary>The code of a sum of codes, before the clamp.</summary>
    /// <param name="inside">Taps inside the image.</param>
    public int Average(int sum, int inside)
    {
        int divisor = Arithmetic.CountInsideOnly ? inside : Window.Taps;
        int centred = sum - inside * Centre;
        return Centre + Reciprocal switch
        {
            Reciprocal.Fixed16 => (int)(((long)centred * (65536 / divisor) + 32768) >> 16),
            Reciprocal.Float32 => FixedPoint.Round((float)(centred * (1f / divisor)), Rounding.HalfEven),
            _ => FixedPoint.Divide(centred, divisor, Arithmetic.Rounding),
        };
    }
}

/// <summary>Average of float32 numbers over the taps of a window that are inside the image, NHWC, per channel.</summary>
/// <param name="Low">Smallest result that the clamp lets through.</param>
/// <param name="High">Largest result that the clamp lets through.</param>
public sealed record PreparedFloatPool(
    Operator Operator, TensorInfo Input, TensorInfo Output, Window Window, int Channels, float Low, float High, SumOrder Order) : PreparedOperator(Operator, [Input], [Output])
{
    public override bool IsExact => Order == SumOrder.Sequential;
}

/// <summary>Preparing AVERAGE_POOL_2D.</summary>
public static class AveragePool
{
    [Prepares(BuiltinOperator.AveragePool2D)]
    public static PreparedOperator Prepare(OperatorContext context, AveragePoolArithmetic arithmetic)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Float32);
        (Window window, int channels) = WindowOf(context);
        if (input.Type == TensorType.Float32)
        {
            (double least, double most) = RealActivation.Range(context.Options<Pool2DOptions>().Activation, arithmetic.ClampsInfinity);
            return new PreparedFloatPool(context.Operator, input, output, window, channels, (float)least, (float)most, arithmetic.Order);
        }
        (int low, int high) = ActivationRange.Of(context.Options<Pool2DOptions>().Activation, output.Type, OperatorContext.Quantized(output), Rounding.HalfAway);
        return new PreparedAveragePool(context.Operator, input, output, window, channels, low, high, arithmetic);
    }

    /// <summary>The window of a pool, and the channels; checks type and shape of the output.</summary>
    internal static (Window Window, int Channels) WindowOf(OperatorContext context)
    {
        Pool2DOptions options = context.Options<Pool2DOptions>();
        TensorInfo output = context.Output(0);
        OperatorContext.Typed(output, context.Input(0).Type);
        Shape shape = OperatorContext.Ranked(context.Input(0), 4);
        Window window = new(
            shape[0],
            WindowAxis.Of(shape[1], options.FilterHeight, options.StrideH, 1, options.Padding),
            WindowAxis.Of(shape[2], options.FilterWidth, options.StrideW, 1, options.Padding));
        OperatorContext.Shaped(output, [shape[0], window.Height.Output, window.Width.Output, shape[3]]);
        return (window, shape[3]);
    }
}
