using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// LOGISTIC and TANH on int16 codes (spec, section 2.6): linear interpolation in a table of sigmoids, or gemmlowp's fixed point. Results have 15 fraction bits.
/// </summary>
internal static class Sigmoid16
{
    /// <summary>
    /// sigmoid(i / 24) * 2^16 at [i], raised by half of what interpolation misses in the middle of the step; the last one is the largest number of 16 bits.
    /// </summary>
    private static readonly ImmutableArray<int> Sigmoids =
    [
        .. Enumerable.Range(0, 255).Select(i => FixedPoint.Round(Sigmoid(i) + (Sigmoid(i + 0.5) - (Sigmoid(i) + Sigmoid(i + 1)) / 2) / 2, Rounding.HalfAway)),
        ushort.MaxValue,
    ];

    public static PreparedTable Logistic(OperatorContext context, Quantization input, Quantization output, PowerOfTwoMethod method)
    {
        Check(input, output);
        (int factor, int shift, int? leftShift) = Factor(input.Scale, 0);
        return leftShift is not null && method == PowerOfTwoMethod.FixedPoint16
            ? CodeTable.Of(context, code => FixedPoint16.Logistic((short)code, 3))
            : CodeTable.Of(context, code =>
            {
                int scaled = Scaled(code, factor, shift);
                uint distance = (uint)Math.Abs((long)scaled), index = distance >> 9;
                uint result = index >= 255 ? 0x7FFF << 10
                    : unchecked((uint)(Sigmoids[(int)index] << 9) + (distance & 0x1FF) * (uint)(Sigmoids[(int)index + 1] - Sigmoids[(int)index]));
                return (int)((scaled >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1) >> 10);
            });
    }

    public static PreparedTable Tanh(OperatorContext context, Quantization input, Quantization output, PowerOfTwoMethod method)
    {
        Check(input, output);
        (int factor, int shift, int? leftShift) = Factor(input.Scale, 1);
        return leftShift is { } left && method == PowerOfTwoMethod.FixedPoint16
            ? CodeTable.Of(context, code => FixedPoint16.Tanh(FixedPoint.SaturatingShiftLeft16((short)code, left), 3))
            : CodeTable.Of(context, code =>
            {
                int scaled = Scaled(code, factor, shift);
                uint distance = (uint)Math.Abs((long)scaled), index = distance >> 8;
                int result = index >= 255 ? 0xFFFF << 8
                    : (Sigmoids[(int)index] << 8) + (int)(distance & 0xFF) * (Sigmoids[(int)index + 1] - Sigmoids[(int)index]);
                return (scaled >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1) >> 8;
            });
    }

    /// <summary>
    /// The factor and right shift that bring a code to 1/24 of the table's steps; for a scale of 2^-12 (TANH: 2^-11 too) the left shift to it, and its factor without
    /// right shift.
    /// </summary>
    private static (int Factor, int Shift, int? LeftShift) Factor(float scale, int largestLeftShift)
    {
        if (PowerOfTwo.Exponent(scale) is { } exponent && exponent + 12 >= 0 && exponent + 12 <= largestLeftShift)
            return (3 << (exponent + 12), 0, exponent + 12);
        double factor = (double)scale * 4096.0 * 3.0;
        int shift = 0;
        for (; factor <= 32767.0 / 2 && shift <= 30; shift++)
            factor *= 2;
        return ((int)Math.Min(factor, int.MaxValue), shift, null);
    }

    private static int Scaled(int code, int factor, int shift) =>
        unchecked(code * factor + (shift > 0 ? 1 << (shift - 1) : 0)) >> shift;

    private static double Sigmoid(double step) => 65536 / (1 + Math.Exp(-step / 24));

    private static void Check(Quantization input, Quantization output)
    {
        if (input.ZeroPoint != 0 || output.ZeroPoint != 0 || PowerOfTwo.Exponent(output.Scale) != -15)
            throw new NotComputableException($"int16 needs zero points of 0 and an output scale of 1/32768, found {input.ZeroPoint}, {output.ZeroPoint} and {output.Scale}");
    }
}
