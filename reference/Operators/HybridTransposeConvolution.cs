using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>TRANSPOSE_CONV of float32 with int8 weights: one output element after the other reads the input positions that write to it.</summary>
public sealed class HybridTransposeConvolution(PreparedHybridTransposeConvolution convolution) : IReferenceOperator<PreparedHybridTransposeConvolution>, IBoundedOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        Window window = convolution.Window;
        (sbyte[] images, DynamicCodes[] codes) = HybridImages.Quantized(MemoryMarshal.Cast<byte, float>(inputs[0].Span), window.Batches, convolution.Range);
        int length = HybridImages.LengthOf(images.Length, window.Batches);
        Parallel.For(0, window.Batches * window.Height.Input, at =>
        {
            (int batch, int y) = Math.DivRem(at, window.Height.Input);
            Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span)[(at * window.Width.Input * convolution.OutputChannels)..];
            for (int x = 0; x < window.Width.Input; x++)
            {
                for (int channel = 0; channel < convolution.OutputChannels; channel++)
                {
                    float result = Result(images.AsSpan(batch * length, length), codes[batch], y, x, channel);
                    output[x * convolution.OutputChannels + channel] = HybridImages.Clamped(result, convolution.Low, convolution.High, convolution.Scaling);
                }
            }
        });
    }

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions) =>
        DynamicBound.Of(inputs[0], convolution.Output, convolution.Window.Batches, convolution.Range);

    private float Result(ReadOnlySpan<sbyte> image, DynamicCodes codes, int y, int x, int channel)
    {
        (WindowAxis height, WindowAxis width, int depth) = (convolution.Window.Height, convolution.Window.Width, convolution.InputChannels);
        ReadOnlySpan<sbyte> weights = MemoryMarshal.Cast<byte, sbyte>(convolution.Weights.Data.Span).Slice(channel * convolution.Window.Taps * depth, convolution.Window.Taps * depth);
        float scale = convolution.Scales[channel], terms = 0;
        int sum = 0;
        for (int row = 0; row < height.Output; row++)
        {
            int tapY = y - height.Position(row, 0);
            for (int column = 0; column < width.Output && (uint)tapY < (uint)height.Kernel; column++)
            {
                int tapX = x - width.Position(column, 0);
                if ((uint)tapX >= (uint)width.Kernel)
                    continue;
                ReadOnlySpan<sbyte> pixel = image.Slice((row * width.Output + column) * depth, depth), filter = weights.Slice((tapY * width.Kernel + tapX) * depth, depth);
                for (int k = 0; k < depth; k++)
                {
                    int product = filter[k] * (pixel[k] - codes.ZeroPoint);
                    sum += product;
                    terms += (float)((float)(product * scale) * codes.Scale);
                }
            }
        }
        return convolution.Scaling == HybridScaling.Fused
            ? Subnormal.Flushed(MathF.FusedMultiplyAdd(Subnormal.Flushed(sum * codes.Scale), scale, Subnormal.Flushed(convolution.Bias[channel])))
            : terms + convolution.Bias[channel];
    }
}
