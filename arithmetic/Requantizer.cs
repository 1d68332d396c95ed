using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>Where the output's zero point is added. TFLite adds it after the rounding; the other places are mistakes.</summary>
public enum ZeroPointPlace
{
    AfterRounding,

    /// <summary>Before the last rounding, which then breaks ties by another sign.</summary>
    BeforeRounding,

    /// <summary>To the accumulator.</summary>
    BeforeScaling,
}

/// <summary>When a code is clamped. TFLite clamps at the end; the others are mistakes, and what they leave outside the type wraps when it is stored.</summary>
public enum Clamping
{
    AfterZeroPoint,
    BeforeZeroPoint,
    Never,
}

/// <summary>Every intermediate from an accumulator to a code.</summary>
/// <param name="Accumulator">What is scaled.</param>
/// <param name="Shifted">After the zero point, before the clamp; for <see cref="Clamping.BeforeZeroPoint"/> after both.</param>
/// <param name="Code">Before it is stored.</param>
public readonly record struct RequantizerTrace(long Accumulator, RequantizationSteps Steps, int Shifted, int Code);

/// <summary>
/// A requantization prepared for one operator: everything between an accumulator and a code. Channels below <paramref name="TailStart"/> use
/// <paramref name="Body"/>, the others <paramref name="Tail"/>: vector body and scalar tail of one tensor may round differently.
/// </summary>
/// <param name="Scales">One factor for each output channel.</param>
/// <param name="ZeroPoint">Zero point of the output, in codes.</param>
/// <param name="Low">Smallest code that the clamp lets through.</param>
/// <param name="High">Largest code that the clamp lets through.</param>
public sealed record Requantizer(
    ImmutableArray<ChannelScale> Scales, int ZeroPoint, int Low, int High, Requantization Body, Requantization Tail, int TailStart)
{
    public ZeroPointPlace ZeroPointPlace { get; init; }

    public Clamping Clamping { get; init; }

    /// <summary>Added to the rounded result, one value a channel; empty for none. TFLite's bias is in the accumulator.</summary>
    public ImmutableArray<int> LateBias { get; init; } = [];

    /// <summary>Channels from here on are not computed: they hold <see cref="UnwrittenCode"/>.</summary>
    public int UnwrittenFrom { get; init; } = int.MaxValue;

    public int UnwrittenCode { get; init; }

    /// <summary>
    /// A product below INT_MIN, whose conversion gives INT_MIN, wraps around as the zero point, a negative one, is added, and becomes the highest int8 code past any upper bound:
    /// XNNPACK's matrix products with AVX-512 (<c>qs8-qc8w-gemm</c>).
    /// </summary>
    public bool WrapsBelow { get; init; }

    /// <summary>True when the order of steps is TFLite's, whatever the numbers are.</summary>
    public bool IsPlain => !WrapsBelow && ZeroPointPlace == ZeroPointPlace.AfterRounding && Clamping == Clamping.AfterZeroPoint && LateBias.IsEmpty && UnwrittenFrom == int.MaxValue;

    /// <summary>How the accumulators of a channel are scaled.</summary>
    public Requantization Of(int channel) => channel < TailStart ? Body : Tail;

    /// <summary>The code of an accumulator in a channel. Adding the zero point wraps as int32 does; then low clamp, then high clamp.</summary>
    public int Code(long accumulator, int channel)
    {
        if (!IsPlain)
            return Trace(accumulator, channel).Code;
        Requantization requantization = channel < TailStart ? Body : Tail;
        int rounded = requantization.Apply(accumulator, Scales[channel]);
        int shifted = requantization.Product == Product.Float32
            ? (int)Math.Clamp((long)rounded + ZeroPoint, int.MinValue, int.MaxValue)
            : unchecked(rounded + ZeroPoint);
        return Math.Min(Math.Max(shifted, Low), High);
    }

    /// <summary>As <see cref="Code"/>, with every intermediate.</summary>
    public RequantizerTrace Trace(long accumulator, int channel)
    {
        if (channel >= UnwrittenFrom)
            return new(accumulator, default, UnwrittenCode, UnwrittenCode);
        Requantization requantization = Of(channel);
        long scaled = ZeroPointPlace == ZeroPointPlace.BeforeScaling ? unchecked((int)accumulator + ZeroPoint) : accumulator;
        RequantizationSteps steps = requantization.Steps(scaled, Scales[channel], ZeroPointPlace == ZeroPointPlace.BeforeRounding ? ZeroPoint : 0);
        if (WrapsBelow && steps.Rounded == int.MinValue)
            return new(scaled, steps, int.MaxValue + ZeroPoint + 1, sbyte.MaxValue);
        int late = LateBias.IsEmpty ? 0 : LateBias[channel];
        int zeroPoint = ZeroPointPlace == ZeroPointPlace.AfterRounding ? ZeroPoint : 0;
        int rounded = Clamping == Clamping.BeforeZeroPoint ? Math.Min(Math.Max(steps.Rounded, Low), High) : steps.Rounded;
        int shifted = requantization.Product == Product.Float32
            ? (int)Math.Clamp((long)rounded + late + zeroPoint, int.MinValue, int.MaxValue)
            : unchecked(rounded + late + zeroPoint);
        return new(scaled, steps, shifted, Clamping == Clamping.AfterZeroPoint ? Math.Min(Math.Max(shifted, Low), High) : shifted);
    }
}

/// <summary>In which precision scale_in * scale_weight / scale_out is formed (spec, section 2.1).</summary>
public enum ScaleFormation
{
    /// <summary>f64{in * weight / out}, left to right: int8 convolutions.</summary>
    Double,

    /// <summary>f64{(double)f32{in * weight} / out}: uint8 convolutions, FULLY_CONNECTED.</summary>
    FloatProduct,

    /// <summary>f32{f32{in * weight} / out}: XNNPACK, MUL.</summary>
    FloatQuotient,

    /// <summary>0, whatever the scales: what a runtime makes of a filter with several scales where it knows only one, so that every output is its zero point.</summary>
    Zero,
}

/// <summary>The real factors of an operator.</summary>
public static class ScaleFormations
{
    public static double Of(this ScaleFormation formation, float input, float weight, float output) => formation switch
    {
        ScaleFormation.Zero => 0,
        ScaleFormation.Double => (double)input * weight / output,
        ScaleFormation.FloatProduct => (double)(float)(input * weight) / output,
        _ => (float)((float)(input * weight) / output),
    };
}

/// <summary>The codes between which a fused activation clamps (spec, section 1.5).</summary>
public static class ActivationRange
{
    /// <summary>
    /// Bounds in codes, both inclusive. A real bound f becomes zero point + round(f32{f / scale}); <see cref="Rounding.HalfEven"/> rounds after
    /// adding the zero point, as XNNPACK does.
    /// </summary>
    /// <exception cref="NotComputableException">The activation is none that quantized kernels fuse, or the type has no codes.</exception>
    public static (int Low, int High) Of(Activation activation, TensorType type, Quantization output, Rounding rounding)
    {
        (int low, int high) = type.CodeRange()
            ?? throw new NotComputableException($"an activation range needs a quantized type, found {type.Lower()}");
        return activation switch
        {
            Activation.None => (low, high),
            Activation.Relu => (Math.Max(low, Code(0)), high),
            Activation.Relu6 => (Math.Max(low, Code(0)), Math.Min(high, Code(6))),
            Activation.ReluN1To1 => (Math.Max(low, Code(-1)), Math.Min(high, Code(1))),
            _ => throw new NotComputableException($"fused activation {activation} is not one of NONE, RELU, RELU6, RELU_N1_TO_1"),
        };

        int Code(float bound) => rounding == Rounding.HalfEven
            ? FixedPoint.Round(Math.Clamp((float)((float)(bound / output.Scale) + output.ZeroPoint), low, high), rounding)
            : (int)Math.Clamp(output.ZeroPoint + (long)FixedPoint.Round((float)(bound / output.Scale), rounding), int.MinValue, int.MaxValue);
    }
}
