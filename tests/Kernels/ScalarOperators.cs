using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Tests.Kernels;

/// <summary>The operators as the specification writes them (spec, sections 2.1 to 2.5), one element at a time.</summary>
internal static class ScalarOperators
{
    public static byte[] Run(PreparedOperator prepared, byte[] input) => prepared switch
    {
        PreparedConvolution convolution => Convolve(convolution, input),
        PreparedAveragePool pool => AveragePool(pool, input),
        PreparedSoftmax softmax => Softmax(softmax, input),
        PreparedReshape => input,
        _ => throw new ArgumentException($"no scalar form of {prepared.GetType().Name}", nameof(prepared)),
    };

    private static byte[] Convolve(PreparedConvolution convolution, byte[] input)
    {
        (Window window, int depth) = (convolution.Window, convolution.InputChannels / convolution.Groups);
        byte[] output = new byte[window.Positions * convolution.OutputChannels];
        for (int element = 0; element < output.Length; element++)
        {
            int channel = element % convolution.OutputChannels, position = element / convolution.OutputChannels;
            (int x, int y, int batch) = Split(position, window);
            int group = channel / (convolution.OutputChannels / convolution.Groups);
            int accumulator = convolution.Bias[channel];
            for (int tapY = 0; tapY < window.Height.Kernel; tapY++)
            {
                for (int tapX = 0; tapX < window.Width.Kernel; tapX++)
                {
                    (int row, int column) = (window.Height.Position(y, tapY), window.Width.Position(x, tapX));
                    if (row < 0 || row >= window.Height.Input || column < 0 || column >= window.Width.Input)
                        continue;
                    for (int i = 0; i < depth; i++)
                    {
                        int from = ((batch * window.Height.Input + row) * window.Width.Input + column) * convolution.InputChannels + group * depth + i;
                        int tap = tapY * window.Width.Kernel + tapX;
                        int weight = convolution.IsDepthwise
                            ? tap * convolution.OutputChannels + channel
                            : (channel * window.Taps + tap) * depth + i;
                        accumulator = unchecked(accumulator
                            + (Code(convolution.Weights.Type, convolution.Weights.Data.Span[weight]) - convolution.WeightZeroPoint)
                            * (Code(convolution.Input.Type, input[from]) - convolution.InputZeroPoint));
                    }
                }
            }
            output[element] = (byte)convolution.Requantizer.Code(accumulator, channel);
        }
        return output;
    }

    private static byte[] AveragePool(PreparedAveragePool pool, byte[] input)
    {
        Window window = pool.Window;
        byte[] output = new byte[window.Positions * pool.Channels];
        for (int element = 0; element < output.Length; element++)
        {
            (int x, int y, int batch) = Split(element / pool.Channels, window);
            int sum = 0, inside = 0;
            for (int tapY = 0; tapY < window.Height.Kernel; tapY++)
            {
                for (int tapX = 0; tapX < window.Width.Kernel; tapX++)
                {
                    (int row, int column) = (window.Height.Position(y, tapY), window.Width.Position(x, tapX));
                    if (row < 0 || row >= window.Height.Input || column < 0 || column >= window.Width.Input)
                        continue;
                    inside++;
                    sum += Code(pool.Input.Type, input[((batch * window.Height.Input + row) * window.Width.Input + column) * pool.Channels + element % pool.Channels]);
                }
            }
            decimal average = (decimal)sum / (pool.Arithmetic.CountInsideOnly ? inside : window.Taps);
            output[element] = (byte)(int)Math.Clamp(Math.Round(average, MidpointRounding.AwayFromZero), pool.Low, pool.High);
        }
        return output;
    }

    private static byte[] Softmax(PreparedSoftmax softmax, byte[] input)
    {
        byte[] output = new byte[input.Length];
        (int low, int high) = softmax.Output.Type.CodeRange()!.Value;
        for (int row = 0; row < softmax.Rows; row++)
        {
            int[] codes = [.. input.AsSpan(row * softmax.Depth, softmax.Depth).ToArray().Select(code => Code(softmax.Input.Type, code))];
            int[] differences = [.. codes.Select(code => codes.Max() - code)];
            Func<int, int> share = softmax.Method == SoftmaxMethod.FixedPoint ? FixedPointShare(softmax, differences) : FloatShare(softmax, differences);
            for (int i = 0; i < softmax.Depth; i++)
                output[row * softmax.Depth + i] = (byte)Math.Clamp(share(differences[i]) + low, low, high);
        }
        return output;
    }

    private static Func<int, int> FixedPointShare(PreparedSoftmax softmax, int[] differences)
    {
        int sum = differences.Where(d => d <= softmax.LargestDifference).Sum(d => FixedPoint.RoundingDivideByPowerOfTwo(softmax.Exponentials[d], 12));
        (int reciprocal, int bitsOverUnit) = FixedPoint.Reciprocal(sum, 12);
        return d => d > softmax.LargestDifference ? 0 : (int)FixedPoint.ShiftRight(
            FixedPoint.SaturatingRoundingDoublingHighMultiply(reciprocal, softmax.Exponentials[d]), bitsOverUnit + 31 - 8, Rounding.HalfAway);
    }

    private static Func<int, int> FloatShare(PreparedSoftmax softmax, int[] differences)
    {
        float sum = 0;
        foreach (int difference in differences)
            sum += softmax.FloatExponentials[difference];
        float inverse = 1f / (float)(sum * softmax.OutputScale);
        return d =>
        {
            float p = softmax.FloatExponentials[d] * inverse;
            return softmax.Output.Type == TensorType.UInt8 ? (int)(float)(p + 0.5f) : (int)MathF.Round(p, MidpointRounding.AwayFromZero);
        };
    }

    private static (int X, int Y, int Batch) Split(int position, Window window) =>
        (position % window.Width.Output, position / window.Width.Output % window.Height.Output, position / window.Width.Output / window.Height.Output);

    private static int Code(TensorType type, byte code) => type == TensorType.UInt8 ? code : (sbyte)code;
}
