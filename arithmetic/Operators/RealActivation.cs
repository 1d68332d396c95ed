using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>The real numbers between which a fused activation clamps.</summary>
public static class RealActivation
{
    /// <param name="activation">The fused activation.</param>
    /// <param name="clampsInfinity">Whether the bounds are finite even without one: the largest float32 numbers.</param>
    /// <exception cref="NotComputableException">The activation is none that kernels fuse.</exception>
    public static (double Low, double High) Range(Activation activation, bool clampsInfinity)
    {
        (double low, double high) = activation switch
        {
            Activation.Relu => (0, double.PositiveInfinity),
            Activation.Relu6 => (0, 6),
            Activation.ReluN1To1 => (-1, 1),
            Activation.None => (double.NegativeInfinity, double.PositiveInfinity),
            _ => throw new NotComputableException($"fused activation {activation} is not one of NONE, RELU, RELU6, RELU_N1_TO_1"),
        };
        return clampsInfinity ? (Math.Max(low, float.MinValue), Math.Min(high, float.MaxValue)) : (low, high);
    }
}
