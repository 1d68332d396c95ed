using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of float32 with int8 weights.</summary>
public sealed class HybridConvolution(PreparedHybridConvolution convolution) : IReferenceOperator<PreparedHybridConvolution>, IBoundedOperator
{
    /// <summary>Channels of one step of a vector body.</summary>
    private const int Block = 4;

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        Window window = convolution.Window;
        int positions = window.Height.Output * window.Width.Output, channels = convolution.OutputChannels;
        (sbyte[] images, DynamicCodes[] codes) = HybridImages.Quantized(MemoryMarshal.Cast<byte, float>(inputs[0].Span), window.Batches, convolution.Range);
        int length = HybridImages.LengthOf(images.Length, window.Batches);
        Parallel.For(0, window.Positions, at =>
        {
            (int batch, int position) = Math.DivRem(at, positions);
            Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span).Slice(at * channels, channels);
            for (int channel = 0; channel < channels; channel++)
            {
                float result = Scaled(Sum(images.AsSpan(batch * length, length), codes[batch].ZeroPoint, position, channel), channel, codes[batch].Scale);
                output[channel] = HybridImages.Clamped(result, convolution.Low, convolution.High, convolution.Scaling);
            }
        });
    }

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions) =>
        DynamicBound.Of(inputs[0], convolution.Output, convolution.Window.Batches, convolution.Range);

    private float Scaled(int sum, int channel, float input)
    {
        (float weights, float bias) = (convolution.Scales[channel], convolution.Bias[channel]);
        return convolution.Scaling switch
        {
            HybridScaling.Fused => Subnormal.Flushed(MathF.FusedMultiplyAdd(Subnormal.Flushed(sum * input), weights, Subnormal.Flushed(bias))),
            HybridScaling.Together => (float)(sum * (float)(weights * input)) + bias,
            HybridScaling.OneByOneInBlocks when channel >= convolution.OutputChannels / Block * Block => (float)((float)(sum * input) * weights) + bias,
            _ => (float)((float)(sum * weights) * input) + bias,
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
            {
                bool isStuck = filter[channel] == sbyte.MinValue && pixel[channel] < 0 && tap * channels + channel < convolution.SignedProducts;
                sum += filter[channel] * ((isStuck ? -pixel[channel] : pixel[channel]) - zeroPoint);
            }
        }
        return sum;
    }
}
