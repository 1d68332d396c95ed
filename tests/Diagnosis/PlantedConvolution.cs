using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Diagnosis;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Tests.Diagnosis;

/// <summary>What is wrong in a <see cref="PlantedConvolution"/>. Everything that is not set is right.</summary>
internal sealed record Plant
{
    /// <summary>From accumulator, mantissa and right shift to units of the output.</summary>
    public Func<long, long, int, long> Rounding { get; init; } = PlantedConvolution.RoundedTwice;

    public Func<int, int> Code { get; init; } = code => code;

    public int? PaddingCode { get; init; }

    public int InputZeroPoint { get; init; } = PlantedConvolution.InputZeroPoint;

    public int OutputZeroPoint { get; init; } = PlantedConvolution.OutputZeroPoint;

    public Func<int, int> Bias { get; init; } = bias => bias;

    public Func<long, long> Accumulator { get; init; } = accumulator => accumulator;

    public Func<long, long> Stored { get; init; } = code => Math.Clamp(code, 0, 255);

    /// <summary>Position of a weight among the file's bytes: output channel, row, column, input channel.</summary>
    public Func<int, int, int, int, int> Weight { get; init; } = (o, y, x, i) => ((o * 3 + y) * 3 + x) * PlantedConvolution.Depth + i;

    public int PadBefore { get; init; }
}

/// <summary>
/// A uint8 CONV_2D of 3x3, stride 2, SAME, in plain loops that know nothing of the code under test, with a mistake planted in it: 1x16x16x8 codes to 1x8x8x24.
/// </summary>
internal sealed class PlantedConvolution
{
    public const int InputZeroPoint = 117, WeightZeroPoint = 131, OutputZeroPoint = 9, Depth = 8, Channels = 24, Size = 16;

    private const float InputScale = 0.0213f, WeightScale = 0.0071f, OutputScale = 0.0497f;

    private readonly byte[] input = Random(1, Size * Size * Depth);
    private readonly byte[] weights = Random(2, Channels * 9 * Depth);
    private readonly int[] bias = [.. Random(3, Channels).Select((code, i) => (code - 128) * 31 + i)];

    public Graph Graph => new()
    {
        Path = "planted",
        Sha256 = "",
        Tensors =
        [
            Tensor(0, TensorType.UInt8, [1, Size, Size, Depth], InputScale, InputZeroPoint, []),
            Tensor(1, TensorType.UInt8, [Channels, 3, 3, Depth], WeightScale, WeightZeroPoint, weights),
            Tensor(2, TensorType.Int32, [Channels], InputScale * WeightScale, 0, MemoryMarshal.AsBytes(bias.AsSpan()).ToArray()),
            Tensor(3, TensorType.UInt8, [1, Size / 2, Size / 2, Channels], OutputScale, OutputZeroPoint, []),
        ],
        Operators =
        [
            new()
            {
                Index = new(0), Code = BuiltinOperator.Conv2D, Inputs = [new(0), new(1), new(2)], Outputs = [new(3)],
                Options = new Conv2DOptions(Padding.Same, 2, 2, Activation.None),
            },
        ],
        Inputs = [new(0)],
        Outputs = [new(3)],
    };

    /// <summary>The operator with the plant's output as the candidate's.</summary>
    public OperatorCase Case(Plant plant)
    {
        Graph graph = Graph;
        PreparedOperator expected = Preparation.Of(graph, graph.Operators[0], LiteRt.Ref, delegated: false);
        return new(graph, expected, [input], Run(new()), Run(plant));
    }

    /// <summary>TFLite's: the high multiply half up, the shift half away.</summary>
    public static long RoundedTwice(long accumulator, long mantissa, int shift)
    {
        long high = (accumulator * mantissa + (1L << 30)) >> 31;
        long half = 1L << (shift - 1);
        return high >= 0 ? (high + half) >> shift : -((-high + half) >> shift);
    }

    public byte[] Run(Plant plant)
    {
        double factor = (double)(float)(InputScale * WeightScale) / OutputScale;
        int shift = (int)-Math.Floor(Math.Log2(factor)) - 1;
        long mantissa = (long)Math.Round(factor * Math.Pow(2, 31 + shift));
        byte[] output = new byte[Size / 2 * (Size / 2) * Channels];
        for (int element = 0; element < output.Length; element++)
        {
            (int channel, int column, int row) = (element % Channels, element / Channels % (Size / 2), element / Channels / (Size / 2));
            long sum = plant.Bias(bias[channel]);
            for (int tap = 0; tap < 9 * Depth; tap++)
            {
                (int ky, int kx, int i) = (tap / Depth / 3, tap / Depth % 3, tap % Depth);
                (int y, int x) = (row * 2 + ky - plant.PadBefore, column * 2 + kx - plant.PadBefore);
                bool isInside = y is >= 0 and < Size && x is >= 0 and < Size;
                if (!isInside && plant.PaddingCode is null)
                    continue;
                int code = isInside ? plant.Code(input[(y * Size + x) * Depth + i]) : plant.PaddingCode!.Value;
                sum += (code - plant.InputZeroPoint) * (weights[plant.Weight(channel, ky, kx, i)] - WeightZeroPoint);
            }
            output[element] = (byte)plant.Stored(plant.Rounding(plant.Accumulator(sum), mantissa, shift) + plant.OutputZeroPoint);
        }
        return output;
    }

    private static TensorInfo Tensor(int index, TensorType type, Shape shape, float scale, int zeroPoint, byte[] data) => new()
    {
        Index = new(index),
        Name = $"t{index}",
        Type = type,
        Shape = shape,
        Quantization = new([scale], [zeroPoint], 0),
        Data = data,
        IsConstant = data.Length > 0,
    };

    private static byte[] Random(int seed, int count)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
