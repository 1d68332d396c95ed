using System.Runtime.CompilerServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>One product of an accumulator. Outside the image <see cref="Code"/> is what stands there.</summary>
/// <param name="Product">What is added.</param>
public readonly record struct Tap(int KernelRow, int KernelColumn, int InputChannel, bool IsInside, int Code, int Weight, int Product);

/// <summary>Accumulators one by one, in plain loops, by every rule that the record can name: for sums that depart from TFLite's, and for single elements.</summary>
public sealed class ScalarSums(PreparedConvolution convolution) : ConvolutionSums
{
    private readonly bool signedInput = convolution.Input.Type == TensorType.Int8;
    private readonly bool signedWeights = convolution.Weights.Type == TensorType.Int8;

    public override int Stride => convolution.OutputChannels;

    public override int BlockPositions => convolution.Window.Width.Output;

    public override void Compute(ReadOnlySpan<byte> input, int first, int count, Span<int> sums)
    {
        for (int position = 0; position < count; position++)
        {
            for (int channel = 0; channel < convolution.OutputChannels; channel++)
                sums[position * convolution.OutputChannels + channel] = At(input, first + position, channel);
        }
    }

    /// <summary>The accumulator of one element, bias included.</summary>
    /// <param name="position">Flat output position, over batch, row and column.</param>
    /// <param name="taps">Receives every product in the order of the sum; null for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int At(ReadOnlySpan<byte> input, int position, int channel, ICollection<Tap>? taps = null)
    {
        Window window = convolution.Window;
        (int batch, int row, int column) = At(window, position);
        int depth = convolution.ChannelsPerGroup;
        int group = convolution.InterleavesGroups ? channel % convolution.Groups : channel / (convolution.OutputChannels / convolution.Groups);
        int weightStep = convolution.IsDepthwise ? convolution.OutputChannels : depth;
        int weightBase = convolution.IsDepthwise ? channel : channel * window.Taps * depth;
        ReadOnlySpan<byte> weights = convolution.Weights.Data.Span;
        Sum sum = new(convolution.Accumulator, convolution.Bias[channel]);
        bool isPlain = convolution.SumsArePlain && taps is null;
        for (int ky = 0; ky < window.Height.Kernel; ky++)
        {
            int y = window.Height.Position(row, ky);
            for (int kx = 0; kx < window.Width.Kernel; kx++)
            {
                int x = window.Width.Position(column, kx);
                bool isInside = (uint)y < (uint)window.Height.Input && (uint)x < (uint)window.Width.Input;
                if (!isInside && isPlain)
                    continue;
                int pixel = isInside ? ((batch * window.Height.Input + y) * window.Width.Input + x) * convolution.InputChannels + group * depth : 0;
                int weight = weightBase + (ky * window.Width.Kernel + kx) * weightStep;
                if (isPlain)
                {
                    sum.Add(Dot(input.Slice(pixel, depth), weights.Slice(weight, depth)));
                    continue;
                }
                for (int i = 0; i < depth; i++)
                {
                    int code = isInside ? Codes.At(input, pixel + i, signedInput) : convolution.PaddingCode ?? convolution.InputZeroPoint;
                    int tap = Codes.At(weights, weight + i, signedWeights);
                    int product = Wrapped(
                        unchecked((tap - convolution.WeightZeroPoint) * Wrapped(code - convolution.InputZeroPoint, convolution.CentredBits)), convolution.ProductBits);
                    product += isInside ? 0 : convolution.PaddingConstant;
                    sum.Add(product);
                    taps?.Add(new(ky, kx, group * depth + i, isInside, code, tap, product));
                }
            }
        }
        return sum.Value;
    }

    private int Dot(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> weights)
    {
        int sum = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int code = signedInput ? (sbyte)codes[i] : codes[i], weight = signedWeights ? (sbyte)weights[i] : weights[i];
            sum = unchecked(sum + (code - convolution.InputZeroPoint) * (weight - convolution.WeightZeroPoint));
        }
        return sum;
    }

    private static int Wrapped(int value, int bits) => bits switch
    {
        8 => (sbyte)value,
        16 => (short)value,
        _ => value,
    };

    private struct Sum(AccumulatorKind kind, int bias)
    {
        private int integer = kind == AccumulatorKind.Int16Saturating ? Math.Clamp(bias, short.MinValue, short.MaxValue) : bias;
        private float real = bias;

        public readonly int Value => kind switch
        {
            AccumulatorKind.Int16Wrapping => (short)integer,
            AccumulatorKind.Float32 => FixedPoint.Round(real, Rounding.Truncate),
            _ => integer,
        };

        public void Add(int product)
        {
            if (kind == AccumulatorKind.Float32)
                real += product;
            else
                integer = kind == AccumulatorKind.Int16Saturating
                    ? Math.Clamp(integer + product, short.MinValue, short.MaxValue)
                    : unchecked(integer + product);
        }
    }
}
