using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>CONV_2D and DEPTHWISE_CONV_2D of float32 with int8 weights.</summary>
public sealed class HybridConvolution(PreparedHybridConvolution convolution) : IReferenceOperator<PreparedHybridConvolution>
{
    /// <summary>Channels of one step of a vector body.</summary>
    private const int Block = 4;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        Window window = convolution.Window;
        sbyte[] image = new sbyte[input.Length / window.Batches];
        int positions = window.Height.Output * window.Width.Output, channels = convolution.OutputChannels;
        for (int batch = 0; batch < window.Batches; batch++)
        {
            DynamicCodes codes = DynamicCodes.Of(input.Slice(batch * image.Length, image.Length), isAsymmetric: true, image);
            for (int position = 0; position < positions; position++)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    int sum = Sum(image, codes.ZeroPoint, position, channel);
                    float result = Scaled(sum, channel, codes.Scale) + convolution.Bias[channel];
                    output[(batch * positions + position) * channels + channel] =
                        result < convolution.Low ? convolution.Low : result > convolution.High ? convolution.High : result;
                }
            }
        }
    }

    private float Scaled(int sum, int channel, float input)
    {
        float weights = convolution.Scales[channel];
        return convolution.Scaling switch
        {
            HybridScaling.Together => (float)(sum * (float)(weights * input)),
            HybridScaling.OneByOneInBlocks when channel >= convolution.OutputChannels / Block * Block => (float)((float)(sum * input) * weights),
            _ => (float)((float)(sum * weights) * input),
        };
    }

    private int Sum(ReadOnlySpan<sbyte> image, int zeroPoint, int position, int outputChannel)
    {
        (Window window, int channels) = (convolution.Window, convolution.ChannelsPerGroup);
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(convolution.Weights.Data.Span);
        int firstChannel = outputChannel / (convolution.OutputChannels / convolution.Groups) * channels, sum = 0;
        (int row, int column) = Math.DivRem(position, window.Width.Output);
        for (int tap = 0; tap < window.Taps; tap++)
        {
            int y = window.Height.Position(row, tap / window.Width.Kernel), x = window.Width.Position(column, tap % window.Width.Kernel);
            if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                continue;
            ReadOnlySpan<sbyte> pixel = image.Slice((y * window.Width.Input + x) * convolution.InputChannels + firstChannel, channels);
            ReadOnlySpan<sbyte> filter = weights.Slice(convolution.WeightIndex(outputChannel, tap), channels);
            for (int channel = 0; channel < channels; channel++)
                sum += filter[channel] * (pixel[channel] - zeroPoint);
        }
        return sum;
    }
}
