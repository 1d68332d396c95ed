using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Convolutions for processors with wide vectors: weights widened to 16 or 32 bits, minus their zero point, in the order of use.</summary>
internal static class PackedConvolution
{
    private const int Panel = 32;
    private const int Lanes = 16;
    private const int TileRows = 7;

    /// <summary>Tiles that share one pass over a panel: enough to hide its way from memory, few enough for their rows to stay near.</summary>
    private const int MostTiles = 4;

    /// <summary>Work-items for each compute unit, so that none waits long for the last.</summary>
    private const int ItemsPerUnit = 16;

    /// <summary>The launch; null where only the natural kernels fit: groups, a depth multiplier, a double or wrapping product, rows too long for local memory.</summary>
    public static KernelPlan? Plan(PreparedConvolution convolution, DeviceFacts device) =>
        convolution.Requantizer is { WrapsBelow: true } or { Body.Product: Product.Float64 or Product.Mantissa16 } ? null
        : convolution.IsDepthwise ? (convolution.Groups == convolution.OutputChannels ? Depthwise(convolution, device) : null)
        : convolution.Groups == 1 && RowBytes(convolution) * TileRows <= device.LocalMemoryBytes
            && RowBytes(convolution) * Ceiling(convolution.OutputChannels, Panel) * Panel <= int.MaxValue ? Matrix(convolution, device)
        : null;

    private static KernelPlan Matrix(PreparedConvolution convolution, DeviceFacts device)
    {
        int positions = convolution.Window.Positions, panels = Ceiling(convolution.OutputChannels, Panel);
        int tiles = Ceiling(positions, TileRows);
        int mostTiles = (int)Math.Clamp(device.LocalMemoryBytes / 4 / (RowBytes(convolution) * TileRows), 1, MostTiles);
        int blockTiles = Ceiling(tiles, Ceiling(tiles, mostTiles));
        int blocks = Ceiling(tiles, blockTiles);
        int panelsPerItem = Ceiling(panels, Math.Clamp(Ceiling(ItemsPerUnit * device.ComputeUnits, blocks), 1, panels));
        return new(
            "conv_2d_packed",
            [.. Arguments.Codes(convolution.Output.Type, Lanes), .. Arguments.RoundingOf(convolution.Requantizer, device), $"TILE_ROWS={TileRows}"],
            Arguments.Of(
            [
                .. Shared(convolution, Panel),
                ("panels", new Constant("int", () => Panels(convolution))),
                ("positions", new Number(positions)), ("pairs", new Number(PairsOf(convolution))),
                ("block_rows", new Number(blockTiles * TileRows)), ("panels_per_item", new Number(panelsPerItem)),
                ("rows", new Scratch((int)(blockTiles * TileRows * RowBytes(convolution)))),
            ]),
            [blocks, Ceiling(panels, panelsPerItem)], [1, 1]);
    }

    private static KernelPlan Depthwise(PreparedConvolution convolution, DeviceFacts device) => new(
        "depthwise_conv_2d_packed",
        [.. Arguments.Codes(convolution.Output.Type, Lanes), .. Arguments.RoundingOf(convolution.Requantizer, device)],
        Arguments.Of([.. Shared(convolution, Lanes), ("taps", new Constant("int", () => Taps(convolution)))]),
        [Ceiling(convolution.OutputChannels, Lanes), convolution.Window.Batches * convolution.Window.Height.Output], [1, 1]);

    private static IEnumerable<(string Name, KernelArgument Value)> Shared(PreparedConvolution convolution, int padTo) =>
    [
        ("input", new Activation(convolution.Input)), ("output", new Activation(convolution.Output)),
        ("bias", Arguments.Ints(() => convolution.Bias, padTo)),
        ("input_zero_point", new Number(convolution.InputZeroPoint)),
        ("input_channels", new Number(convolution.InputChannels)), ("output_channels", new Number(convolution.OutputChannels)),
        .. Arguments.Geometry(convolution.Window),
        .. Arguments.Requantization(convolution.Requantizer, padTo),
    ];

    private static int Ceiling(int dividend, int divisor) => (dividend + divisor - 1) / divisor;

    private static int RowLength(PreparedConvolution convolution) => convolution.Window.Taps * convolution.InputChannels;

    private static int PairsOf(PreparedConvolution convolution) => Ceiling(RowLength(convolution), 2);

    private static long RowBytes(PreparedConvolution convolution) => PairsOf(convolution) * 2L * sizeof(short);

    /// <summary>[panel][pair][column of the panel][2].</summary>
    private static byte[] Panels(PreparedConvolution convolution)
    {
        int length = RowLength(convolution), pairs = PairsOf(convolution);
        int[] weights = Weights(convolution);
        short[] panels = new short[Ceiling(convolution.OutputChannels, Panel) * pairs * Panel * 2];
        for (int channel = 0; channel < convolution.OutputChannels; channel++)
        {
            int start = channel / Panel * pairs * Panel * 2 + channel % Panel * 2;
            for (int k = 0; k < length; k++)
                panels[start + k / 2 * Panel * 2 + k % 2] = (short)weights[channel * length + k];
        }
        return MemoryMarshal.AsBytes(panels.AsSpan()).ToArray();
    }

    /// <summary>[tap][channel, padded].</summary>
    private static byte[] Taps(PreparedConvolution convolution)
    {
        int channels = convolution.OutputChannels, padded = Ceiling(channels, Lanes) * Lanes;
        int[] weights = Weights(convolution);
        int[] taps = new int[convolution.Window.Taps * padded];
        for (int tap = 0; tap < convolution.Window.Taps; tap++)
            weights.AsSpan(tap * channels, channels).CopyTo(taps.AsSpan(tap * padded));
        return MemoryMarshal.AsBytes(taps.AsSpan()).ToArray();
    }

    /// <summary>The filter's codes minus their zero point.</summary>
    private static int[] Weights(PreparedConvolution convolution)
    {
        ReadOnlySpan<byte> codes = convolution.Weights.Data.Span;
        bool isUnsigned = convolution.Weights.Type == TensorType.UInt8;
        int[] weights = new int[codes.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = (isUnsigned ? codes[i] : (sbyte)codes[i]) - convolution.WeightZeroPoint;
        return weights;
    }
}
