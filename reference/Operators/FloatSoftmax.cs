using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

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
