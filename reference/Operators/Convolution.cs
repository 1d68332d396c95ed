using System.Buffers;
using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on 8-bit codes: accumulators block by block, each requantized while it is in the cache.</summary>
public sealed class Convolution(PreparedConvolution convolution) : IReferenceOperator<PreparedConvolution>
{
    private readonly ConvolutionSums sums = ConvolutionSums.Of(convolution);
    private readonly RowRequantizer requantizer = new(convolution.Requantizer, convolution.Output.Type);

    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> input = inputs[0].Span;
        Span<byte> output = outputs[0].Span;
        (int block, int stride, int channels) = (sums.BlockPositions, sums.Stride, convolution.OutputChannels);
        int[] accumulators = ArrayPool<int>.Shared.Rent(block * stride);
        for (int first = 0; first < convolution.Window.Positions; first += block)
        {
            int count = Math.Min(block, convolution.Window.Positions - first);
            sums.Compute(input, first, count, accumulators);
            for (int row = 0; row < count; row++)
                requantizer.Apply(accumulators.AsSpan(row * stride, channels), 0, output.Slice((first + row) * channels, channels));
        }
        ArrayPool<int>.Shared.Return(accumulators);
    }
}
