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
    /// <summary>Share of the accumulators that the upper clamp cuts.</summary>
    private const double Cut = 0.01;

    private const float ReluScale = 6f / 255;

    /// <summary>Real value of a logit's code.</summary>
    private const float LogitScale = 0.07f;

    private const int LogitZeroPoint = 128;

    public static Calibration Of(Graph graph, Operator op, ReadOnlyMemory<byte> input, bool isLogits, ref SplitMix64 random)
    {
        PreparedConvolution convolution = (PreparedConvolution)Preparation.Of(graph, op, LiteRt.Ref, delegated: false);
        int[] sums = Sums(convolution, input.Span);
        double deviation = Math.Sqrt(sums.Average(sum => (double)sum * sum));
        int[] bias = new int[convolution.OutputChannels];
        double codesPerUnit;
        if (isLogits)
        {
            double unitsPerCode = 6 * deviation / 255;
            codesPerUnit = 1 / unitsPerCode;
            foreach ((int rank, int channel) in Shuffled(bias.Length, ref random).Index())
                bias[channel] = (int)((LogitCode(rank, bias.Length) - LogitZeroPoint) * unitsPerCode) - sums[channel];
        }
        else
        {
            for (int channel = 0; channel < bias.Length; channel++)
                bias[channel] = (int)(2 * random.NextUnit() * deviation);
            int[] ordered = [.. sums.Select((sum, i) => sum + bias[i % bias.Length]).Order()];
            codesPerUnit = 255.0 / ordered[(int)((ordered.Length - 1) * (1 - Cut))];
        }
        (float outputScale, int zeroPoint) = isLogits ? (LogitScale, LogitZeroPoint) : (ReluScale, 0);
        float weightScale = (float)(codesPerUnit * outputScale / convolution.Input.Quantization!.Scale);
        MakeTies(sums, bias, Multiplier.From(ScaleFormation.FloatProduct.Of(convolution.Input.Quantization.Scale, weightScale, outputScale)));
        return new(weightScale, bias, new([outputScale], [zeroPoint], 0));
    }

    /// <summary>The first ranks a few codes apart, so that a softmax gives many different codes; the others evenly over the rest of the range.</summary>
    private static double LogitCode(int rank, int classes)
    {
        const int likely = 24;
        return rank < likely ? 240 - 2.3 * rank : 180 - 175.0 * (rank - likely) / classes;
    }

    private static IEnumerable<int> Shuffled(int count, ref SplitMix64 random)
    {
        double[] keys = new double[count];
        for (int i = 0; i < count; i++)
            keys[i] = random.NextUnit();
        return Enumerable.Range(0, count).OrderBy(i => keys[i]);
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
