using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

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
