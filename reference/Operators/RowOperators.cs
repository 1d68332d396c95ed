using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>SOFTMAX on int16 codes.</summary>
public sealed class WideSoftmax(PreparedWideSoftmax softmax) : IReferenceOperator<PreparedWideSoftmax>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<short> input = MemoryMarshal.Cast<byte, short>(inputs[0].Span);
        Span<short> output = MemoryMarshal.Cast<byte, short>(outputs[0].Span);
        for (int row = 0; row < softmax.Rows; row++)
        {
            ReadOnlySpan<short> codes = input.Slice(row * softmax.Depth, softmax.Depth);
            int largest = short.MinValue, sum = 0;
            foreach (short code in codes)
                largest = Math.Max(largest, code);
            foreach (short code in codes)
                sum = unchecked(sum + softmax.Exponentials[largest - code]);
            // The sum, of 15 fraction bits, is at least about 1: scaled to [1, 2) its fraction is the index.
            int zeros = BitOperations.LeadingZeroCount((uint)sum);
            int fraction = (int)FixedPoint.ShiftRight((long)sum << (zeros - 1), 14, Rounding.HalfUp) - (1 << 16);
            int reciprocal = softmax.Reciprocals[Math.Clamp(fraction, 0, ushort.MaxValue)];
            for (int i = 0; i < codes.Length; i++)
            {
                long product = (long)softmax.Exponentials[largest - codes[i]] * reciprocal;
                output[row * softmax.Depth + i] = (short)Math.Clamp(FixedPoint.ShiftRight(product, 31 - zeros, Rounding.HalfUp), 0, short.MaxValue);
            }
        }
    }
}

/// <summary>SOFTMAX on float32, in the order of the reference kernel.</summary>
public sealed class FloatSoftmax(PreparedFloatSoftmax softmax) : IReferenceOperator<PreparedFloatSoftmax>, IBoundedOperator
{
    /// <remarks>
    /// An exponential of d = (x - largest) * beta is off by its own error and by 2 |d| roundoffs of its argument; the sum by the mean of these and a rounding a term; the
    /// quotient by 2 more. Where the reference is exact, arguments are equal, and the exponentials of two C libraries an ulp apart.
    /// </remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (softmax.IsExact && !ownFunctions)
            return null;
        (double ofArgument, double ofExponential) = (softmax.IsExact ? 0 : 2, softmax.ExponentialUnits + (ownFunctions ? 1 : 0));
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        double[] slack = new double[input.Length];
        for (int row = 0; row < softmax.Rows; row++)
        {
            double[] terms = new double[softmax.Depth], distances = new double[softmax.Depth];
            ReadOnlySpan<float> numbers = input.Slice(row * softmax.Depth, softmax.Depth);
            float largest = float.NegativeInfinity;
            foreach (float x in numbers)
                largest = Math.Max(largest, x);
            for (int i = 0; i < terms.Length; i++)
            {
                double argument = ((double)numbers[i] - largest) * softmax.Beta;
                terms[i] = Math.Exp(argument);
                // The exponential of -infinity is 0, without error.
                distances[i] = double.IsNegativeInfinity(argument) ? 0 : ofArgument * Math.Abs(argument) + ofExponential;
            }
            double sum = terms.Sum(), mean = terms.Zip(distances, (term, distance) => term * distance).Sum() / sum;
            for (int i = 0; i < terms.Length; i++)
                slack[row * softmax.Depth + i] = 2 * ErrorBound.Roundoff * terms[i] / sum * (distances[i] + mean + softmax.Depth + 2) + ErrorBound.LeastNormal;
        }
        string each = softmax.IsExact ? $"e = {ofExponential}" : $"e = 2 |d| + {ofExponential}, d = (x - max) beta";
        return new($"2 u y (e + mean e + n + 2), {each}, n = {softmax.Depth}, u = 2^-24", [.. slack]);
    }

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int row = 0; row < softmax.Rows; row++)
        {
            ReadOnlySpan<float> numbers = input.Slice(row * softmax.Depth, softmax.Depth);
            Span<float> results = output.Slice(row * softmax.Depth, softmax.Depth);
            float largest = float.MinValue, sum = 0;
            foreach (float x in numbers)
                largest = largest < x ? x : largest;
            for (int i = 0; i < numbers.Length; i++)
            {
                results[i] = MathF.Exp((float)((float)(numbers[i] - largest) * softmax.Beta));
                sum += results[i];
            }
            for (int i = 0; i < results.Length; i++)
                results[i] /= sum;
        }
    }
}

/// <summary>LOG_SOFTMAX on float32, in the order of the reference kernel.</summary>
public sealed class FloatLogSoftmax(PreparedFloatLogSoftmax softmax) : IReferenceOperator<PreparedFloatLogSoftmax>, IBoundedOperator
{
    /// <remarks>
    /// A term of the sum is off by the error of an exponential and by n roundings at most. The logarithm takes that share of the sum as it is, and has an error of its own; the last
    /// difference is rounded once more.
    /// </remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (softmax.IsExact && !ownFunctions)
            return null;
        double units = softmax.FunctionUnits + (ownFunctions ? 1 : 0);
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        double[] slack = new double[input.Length];
        for (int row = 0; row < softmax.Rows; row++)
        {
            ReadOnlySpan<float> numbers = input.Slice(row * softmax.Depth, softmax.Depth);
            double largest = float.NegativeInfinity, sum = 0;
            foreach (float x in numbers)
                largest = Math.Max(largest, x);
            foreach (float x in numbers)
                sum += Math.Exp(x - largest);
            for (int i = 0; i < numbers.Length; i++)
            {
                double distance = numbers[i] - largest;
                slack[row * softmax.Depth + i] = double.IsNegativeInfinity(distance) ? 0
                    : 2 * ErrorBound.Roundoff * (units * (1 + Math.Log(sum)) + softmax.Depth + Math.Abs(distance - Math.Log(sum))) + float.Epsilon;
            }
        }
        return new($"2 u (e (1 + ln s) + n + |y|), e = {units}, s = sum exp(x - max), n = {softmax.Depth}, u = 2^-24", [.. slack]);
    }

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        for (int row = 0; row < softmax.Rows; row++)
        {
            ReadOnlySpan<float> numbers = input.Slice(row * softmax.Depth, softmax.Depth);
            Span<float> results = output.Slice(row * softmax.Depth, softmax.Depth);
            float largest = float.MinValue, sum = 0;
            foreach (float x in numbers)
                largest = largest < x ? x : largest;
            foreach (float x in numbers)
                sum += MathF.Exp(x - largest);
            float logarithm = MathF.Log(sum);
            for (int i = 0; i < numbers.Length; i++)
                results[i] = (float)(numbers[i] - largest) - logarithm;
        }
    }
}

/// <summary>LOG_SOFTMAX on 8-bit codes.</summary>
public sealed class LogSoftmax(PreparedLogSoftmax softmax)
    : RowsOfCodes(softmax.Input.Type, softmax.Rows, softmax.Depth), IReferenceOperator<PreparedLogSoftmax>
{
    private const int SumBits = 12;

    /// <summary>From 26 fraction bits to the 4 of the output's scale.</summary>
    private const int OutputShift = 22;

    protected override void Row(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        if (softmax.Method == SoftmaxMethod.FixedPoint)
            FixedPointRow(codes, largest, results);
        else
            FloatRow(codes, largest, results);
    }

    private void FixedPointRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        (int low, int high) = softmax.Input.Type.CodeRange()!.Value;
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum = unchecked(sum + softmax.Exponentials[largest - Codes.At(codes, i, Signed)]);
        int logarithm = FixedPoint.LogAtLeastOne(sum, SumBits);
        int smallest = Math.Max(-softmax.LargestDifference - 1, Requantization.Reference.Apply(unchecked(logarithm + int.MinValue), softmax.Reverse));
        for (int i = 0; i < codes.Length; i++)
        {
            int difference = largest - Codes.At(codes, i, Signed);
            results[i] = (byte)(-difference <= smallest ? low
                : Math.Clamp(FixedPoint.RoundingDivideByPowerOfTwo(unchecked(softmax.Differences[difference] - logarithm), OutputShift) + high, low, high));
        }
    }

    private void FloatRow(ReadOnlySpan<byte> codes, int largest, Span<byte> results)
    {
        (int low, int high) = softmax.Input.Type.CodeRange()!.Value;
        (float inputScale, float outputScale) = (softmax.Input.Quantization!.Scale, softmax.Output.Quantization!.Scale);
        float sum = 0;
        for (int i = 0; i < codes.Length; i++)
            sum += softmax.FloatExponentials[largest - Codes.At(codes, i, Signed)];
        float scale = inputScale / outputScale;
        float constant = (float)((float)(inputScale * largest) + MathF.Log(sum)) / outputScale;
        for (int i = 0; i < codes.Length; i++)
        {
            float logarithm = (float)(scale * Codes.At(codes, i, Signed)) - constant;
            results[i] = (byte)Math.Clamp(FixedPoint.Round(logarithm, Rounding.HalfEven) + high, low, high);
        }
    }
}

/// <summary>L2_NORMALIZATION.</summary>
public sealed class L2Normalization(PreparedL2Normalization norm) : IReferenceOperator<PreparedL2Normalization>
{
    private const int FractionBits = 7;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        for (int row = 0; row < norm.Rows; row++)
        {
            if (norm.Input.Type == TensorType.Float32)
            {
                Numbers(
                    MemoryMarshal.Cast<byte, float>(inputs[0].Span).Slice(row * norm.Depth, norm.Depth),
                    MemoryMarshal.Cast<byte, float>(outputs[0].Span).Slice(row * norm.Depth, norm.Depth));
            }
            else
            {
                Coded(inputs[0].Span.Slice(row * norm.Depth, norm.Depth), outputs[0].Span.Slice(row * norm.Depth, norm.Depth), norm.Input.Type == TensorType.Int8);
            }
        }
    }

    private static void Numbers(ReadOnlySpan<float> numbers, Span<float> results)
    {
        float sum = 0;
        foreach (float x in numbers)
            sum += (float)(x * x);
        float length = MathF.Max(MathF.Sqrt(sum), 1e-6f);
        for (int i = 0; i < numbers.Length; i++)
            results[i] = numbers[i] / length;
    }

    /// <remarks>The 7 bits are part of the exponent in int8, and shifted in beforehand in uint8.</remarks>
    private void Coded(ReadOnlySpan<byte> codes, Span<byte> results, bool signed)
    {
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int centred = Codes.At(codes, i, signed) - norm.ZeroPoint;
            sum = unchecked(sum + centred * centred);
        }
        if (norm.FloatRounding is { } rounding)
        {
            for (int i = 0; i < codes.Length; i++)
            {
                float real = (float)(128f * (Codes.At(codes, i, signed) - norm.ZeroPoint)) / MathF.Sqrt(sum);
                int code = FixedPoint.Round(real, rounding) + (signed ? 0 : 128);
                results[i] = (byte)Math.Clamp(code, signed ? -128 : 0, signed ? 127 : 255);
            }
            return;
        }
        Multiplier root = FixedPoint.ReciprocalSquareRoot(sum);
        ChannelScale scale = ChannelScale.From(signed ? root with { Exponent = root.Exponent + FractionBits } : root);
        for (int i = 0; i < codes.Length; i++)
        {
            int centred = Codes.At(codes, i, signed) - norm.ZeroPoint;
            results[i] = (byte)(signed
                ? Math.Clamp(Requantization.Reference.Apply(centred, scale), sbyte.MinValue, sbyte.MaxValue)
                : Math.Clamp(Requantization.Reference.Apply(centred << FractionBits, scale) + 128, byte.MinValue, byte.MaxValue));
        }
    }
}
