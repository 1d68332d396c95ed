using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Demo;

/// <summary>The scales and biases that make a generated layer use its codes, from the accumulators that it has on sample input.</summary>
internal sealed record Calibration(float WeightScale, int[] Bias, Quantization Output)
{
    /// <summary>Share of the accumulators that the clamp at either end may cut.</summary>
    private const double Cut = 0.01;

    private const float ReluScale = 6f / 255;

    /// <summary>Real value of a logit's code, so that a softmax over many classes has several probabilities worth a code.</summary>
    private const float LogitScale = 0.07f;

    public static Calibration Of(Graph graph, Operator op, ReadOnlyMemory<byte> input, bool isLogits, ref SplitMix64 random)
    {
        PreparedConvolution convolution = (PreparedConvolution)Preparation.Of(graph, op, LiteRt.Ref, delegated: false);
        int[] sums = Sums(convolution, input.Span);
        int channels = convolution.OutputChannels;
        double deviation = Math.Sqrt(sums.Average(sum => (double)sum * sum));
        int[] bias = new int[channels];
        for (int channel = 0; channel < channels; channel++)
            bias[channel] = (int)((isLogits ? random.NextUnit() - 0.5 : 2 * random.NextUnit()) * deviation);
        int[] ordered = [.. sums.Select((sum, i) => sum + bias[i % channels]).Order()];
        int high = ordered[(int)((ordered.Length - 1) * (1 - Cut))], low = isLogits ? ordered[(int)((ordered.Length - 1) * Cut)] : 0;
        (float outputScale, int zeroPoint) = isLogits
            ? (LogitScale, (int)Math.Clamp(Math.Round(-255.0 * low / ((double)high - low)), 0, 255))
            : (ReluScale, 0);
        float weightScale = (float)(255.0 / ((double)high - low) * outputScale / convolution.Input.Quantization!.Scale);
        Multiplier multiplier = Multiplier.From(ScaleFormation.FloatProduct.Of(convolution.Input.Quantization.Scale, weightScale, outputScale));
        MakeTies(sums, bias, multiplier);
        return new(weightScale, bias, new([outputScale], [zeroPoint], 0));
    }

    /// <summary>Moves each channel's bias up to the next value that puts the channel's first accumulator on a tie of the last rounding.</summary>
    private static void MakeTies(int[] sums, int[] bias, Multiplier multiplier)
    {
        int shift = multiplier.RightShift;
        if (shift == 0)
            return;
        for (int channel = 0; channel < bias.Length; channel++)
        {
            for (int step = 0; step < 1 << (shift + 1); step++)
            {
                int high = FixedPoint.SaturatingRoundingDoublingHighMultiply(sums[channel] + bias[channel] + step, multiplier.Mantissa);
                if ((high & ((1 << shift) - 1)) != 1 << (shift - 1))
                    continue;
                bias[channel] += step;
                break;
            }
        }
    }

    private static int[] Sums(PreparedConvolution convolution, ReadOnlySpan<byte> input)
    {
        ConvolutionSums sums = ConvolutionSums.Of(convolution);
        int channels = convolution.OutputChannels, positions = convolution.Window.Positions;
        int[] block = new int[sums.BlockPositions * sums.Stride], all = new int[positions * channels];
        for (int first = 0; first < positions; first += sums.BlockPositions)
        {
            int count = Math.Min(sums.BlockPositions, positions - first);
            sums.Compute(input, first, count, block);
            for (int row = 0; row < count; row++)
                block.AsSpan(row * sums.Stride, channels).CopyTo(all.AsSpan((first + row) * channels));
        }
        return all;
    }
}
