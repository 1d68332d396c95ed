using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OffByN.Arithmetic;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>
/// <see cref="Requantizer"/> over rows of accumulators: the vector forms of TFLite's own three requantizations, and the scalar form for every other.
/// Equal to <see cref="Requantizer.Code"/> for all accumulators.
/// </summary>
public sealed class RowRequantizer
{
    private readonly Requantizer requantizer;
    private readonly bool signed;
    private readonly bool isVector;
    private readonly int[] mantissas;
    private readonly int[] leftShifts;
    private readonly int[] rightShifts;
    private readonly float[] factors;

    public RowRequantizer(Requantizer requantizer, TensorType type)
    {
        this.requantizer = requantizer;
        signed = type == TensorType.Int8;
        (int low, int high) = type.CodeRange()!.Value;
        isVector = Avx2.IsSupported && requantizer.IsPlain && requantizer.Low >= low && requantizer.High <= high;
        mantissas = [.. requantizer.Scales.Select(scale => scale.Multiplier.Mantissa)];
        leftShifts = [.. requantizer.Scales.Select(scale => scale.Multiplier.LeftShift)];
        rightShifts = [.. requantizer.Scales.Select(scale => scale.Multiplier.RightShift)];
        factors = [.. requantizer.Scales.Select(scale => scale.Single)];
    }

    /// <summary>One code for each accumulator; the first belongs to channel <paramref name="channel"/>, the next to the next.</summary>
    public void Apply(ReadOnlySpan<int> accumulators, int channel, Span<byte> codes)
    {
        int body = Math.Clamp(requantizer.TailStart - channel, 0, accumulators.Length);
        Apply(accumulators[..body], channel, codes[..body], requantizer.Body);
        Apply(accumulators[body..], channel + body, codes[body..], requantizer.Tail);
    }

    private void Apply(ReadOnlySpan<int> accumulators, int channel, Span<byte> codes, Requantization requantization)
    {
        int i = 0;
        if (isVector && requantization is { Product: Product.HighMultiply, Rounding: Rounding.HalfAway or Rounding.HalfUp })
            i = HighMultiply(accumulators, channel, codes, requantization.Rounding == Rounding.HalfAway);
        else if (isVector && requantization is { Product: Product.Float32, Rounding: Rounding.HalfEven })
            i = FloatHalfEven(accumulators, channel, codes);
        for (; i < accumulators.Length; i++)
            codes[i] = (byte)requantizer.Code(accumulators[i], channel + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int HighMultiply(ReadOnlySpan<int> accumulators, int channel, Span<byte> codes, bool halfAway)
    {
        Vector256<long> nudge = Vector256.Create(1L << 30);
        Vector256<int> one = Vector256<int>.One;
        int i = 0;
        for (; i <= accumulators.Length - 8; i += 8)
        {
            int c = channel + i;
            Vector256<int> mantissa = Vector256.Create(mantissas.AsSpan(c, 8));
            Vector256<uint> right = Vector256.Create(rightShifts.AsSpan(c, 8)).AsUInt32();
            Vector256<int> shifted = Avx2.ShiftLeftLogicalVariable(
                Vector256.Create(accumulators[i..]), Vector256.Create(leftShifts.AsSpan(c, 8)).AsUInt32());
            Vector256<long> even = Avx2.Multiply(shifted, mantissa) + nudge;
            Vector256<long> odd = Avx2.Multiply((shifted.AsInt64() >>> 32).AsInt32(), (mantissa.AsInt64() >>> 32).AsInt32()) + nudge;
            // Bits 31 to 62 of each product are the result; the odd ones are wanted in the upper half.
            Vector256<int> high = Avx2.Blend((even >>> 31).AsInt32(), (odd << 1).AsInt32(), 0b10101010);
            Vector256<int> floor = Avx2.ShiftRightArithmeticVariable(high, right);
            Vector256<int> rounded;
            if (halfAway)
            {
                Vector256<int> mask = Avx2.ShiftLeftLogicalVariable(one, right) - one;
                Vector256<int> threshold = (mask >>> 1) + (high >>> 31);
                rounded = floor - Vector256.GreaterThan(high & mask, threshold);
            }
            else
            {
                Vector256<int> half = Avx2.ShiftLeftLogicalVariable(one, right) >>> 1;
                rounded = floor - Vector256.GreaterThan(high & half, Vector256<int>.Zero);
            }
            Write(rounded + Vector256.Create(requantizer.ZeroPoint), codes[i..]);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int FloatHalfEven(ReadOnlySpan<int> accumulators, int channel, Span<byte> codes)
    {
        Vector256<float> low = Vector256.Create((float)(requantizer.Low - requantizer.ZeroPoint));
        Vector256<float> high = Vector256.Create((float)(requantizer.High - requantizer.ZeroPoint));
        int i = 0;
        for (; i <= accumulators.Length - 8; i += 8)
        {
            Vector256<float> product = Avx.ConvertToVector256Single(Vector256.Create(accumulators[i..])) * Vector256.Create(factors.AsSpan(channel + i, 8));
            Vector256<int> rounded = Avx.ConvertToVector256Int32(Avx.Max(Avx.Min(product, high), low));
            Write(rounded + Vector256.Create(requantizer.ZeroPoint), codes[i..]);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Write(Vector256<int> unclamped, Span<byte> codes)
    {
        Vector256<int> clamped = Vector256.Min(Vector256.Max(unclamped, Vector256.Create(requantizer.Low)), Vector256.Create(requantizer.High));
        Vector128<short> words = Sse2.PackSignedSaturate(clamped.GetLower(), clamped.GetUpper());
        Vector128<byte> bytes = signed ? Sse2.PackSignedSaturate(words, words).AsByte() : Sse2.PackUnsignedSaturate(words, words);
        Unsafe.WriteUnaligned(ref codes[0], bytes.AsUInt64().ToScalar());
    }
}
