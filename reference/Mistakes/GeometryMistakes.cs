using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>Group 6: where a window lies, and in which order weights and channels are read (spec, section 6.6).</summary>
internal static class GeometryMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Windowed("padding-other-side", "69", "odd padding in front instead of behind", "pad_before = total - total/2", axis => axis with { Before = Total(axis) - axis.Before }),
        Windowed("padding-symmetric", "70", "symmetric padding", "pad = k/2 on both sides", axis => Total(axis) == 0 ? axis : axis with { Before = (axis.Kernel - 1) * axis.Dilation / 2 }),
        Windowed("padding-missing", "70a", "no padding in front", "pad = 0", axis => axis with { Before = 0 }),
        Windowed("padding-without-dilation", "71", "padding computed without the dilation", "eff = k", axis =>
            axis with { Before = Total(axis) == 0 ? 0 : Math.Max(0, (axis.Output - 1) * axis.Stride + axis.Kernel - axis.Input) / 2 }),
        Many("dilation-ignored", "72", "dilation ignored", "tap at ky instead of ky*dilation", "Window", c => c.Window is { Height.Dilation: 1, Width.Dilation: 1 } ? [] :
        [
            ("padding kept", Axes(c, axis => axis with { Dilation = 1 })),
            ("padding without it", Axes(c, axis => axis with { Dilation = 1, Before = Total(axis) == 0 ? 0 : Math.Max(0, (axis.Output - 1) * axis.Stride + axis.Kernel - axis.Input) / 2 })),
        ]),
        Many("axes-swapped", "73", "height and width of stride, dilation or filter swapped", "schema order: width first", "Window", Swapped),
        Many("weights-layout", "74", "weights read in another layout", "OHWI read as HWIO, OIHW, ...", "Weights", Layouts),
        Mistake.In<PreparedConvolution>(MistakeGroup.Geometry, "input-flattened-nchw", "76", "input flattened in NCHW order", "x[c,y,x] instead of x[y,x,c]", "Weights", FlattenedOtherwise),
        Many("depthwise-channel-order", "77", "channels of a depthwise convolution in another order", "oc = m*C + ic", "InterleavesGroups", c =>
            c.IsDepthwise && c.OutputChannels != c.InputChannels && c.InputChannels > 1 ? [(null, c with { InterleavesGroups = true })] : []),
        Many("group-mapping", "79", "groups interleaved", "g = oc % groups", "InterleavesGroups", c =>
            !c.IsDepthwise && c.Groups > 1 && c.Groups < c.OutputChannels ? [(null, c with { InterleavesGroups = true })] : []),
        Many("kernel-flipped", "80", "kernel flipped", "w[k-1-ky, k-1-kx]", "Weights", c => c.Window.Taps == 1 ? [] :
        [
            ("both axes", Read(c, (o, y, x, i) => Address(c, o, c.Window.Height.Kernel - 1 - y, c.Window.Width.Kernel - 1 - x, i))),
            ("transposed", c.Window.Height.Kernel == c.Window.Width.Kernel ? Read(c, (o, y, x, i) => Address(c, o, x, y, i)) : c),
        ]),
        Many("channel-tail", "81", "last channels not computed", "channels past the last whole block", "Requantizer.UnwrittenFrom", Tails),
        Many("window-shifted", "", "window shifted", "origin off by some pixels", "Window", c => c.Window.Taps == 1 && c.Window is { Height.Stride: 1, Width.Stride: 1 } ? [] :
            from dy in Enumerable.Range(-2, 5) from dx in Enumerable.Range(-2, 5) where (dy, dx) != (0, 0)
            select ((string?)string.Create(CultureInfo.InvariantCulture, $"{dy} rows, {dx} columns"), c with
            {
                Window = c.Window with { Height = c.Window.Height with { Before = c.Window.Height.Before - dy }, Width = c.Window.Width with { Before = c.Window.Width.Before - dx } },
            })),
    ];

    /// <summary>All padding of an axis, before and behind.</summary>
    private static int Total(WindowAxis axis) => Math.Max(0, axis.Position(axis.Output - 1, axis.Kernel - 1) + 1 - axis.Input + axis.Before);

    private static PreparedConvolution Axes(PreparedConvolution convolution, Func<WindowAxis, WindowAxis> changed) =>
        convolution with { Window = convolution.Window with { Height = changed(convolution.Window.Height), Width = changed(convolution.Window.Width) } };

    private static Mistake Windowed(string slug, string catalogue, string name, string change, Func<WindowAxis, WindowAxis> changed) =>
        Many(slug, catalogue, name, change, "Window", c => Axes(c, changed) is var other && other.Window == c.Window ? [] : [(null, other)]);

    private static IEnumerable<(string?, PreparedConvolution)> Swapped(PreparedConvolution c)
    {
        (WindowAxis height, WindowAxis width) = (c.Window.Height, c.Window.Width);
        if (height.Stride != width.Stride)
            yield return ("stride", c with { Window = c.Window with { Height = height with { Stride = width.Stride }, Width = width with { Stride = height.Stride } } });
        if (height.Dilation != width.Dilation)
            yield return ("dilation", c with { Window = c.Window with { Height = height with { Dilation = width.Dilation }, Width = width with { Dilation = height.Dilation } } });
        if (height.Kernel != width.Kernel)
            yield return ("filter", c with { Window = c.Window with { Height = height with { Kernel = width.Kernel }, Width = width with { Kernel = height.Kernel } } });
        if (height.Before != width.Before)
            yield return ("padding", c with { Window = c.Window with { Height = height with { Before = width.Before }, Width = width with { Before = height.Before } } });
    }

    private static IEnumerable<(string?, PreparedConvolution)> Layouts(PreparedConvolution c)
    {
        // Axes of one element do not matter: two orders that differ in those alone read the same.
        (char Name, int Size)[] axes = c.IsDepthwise
            ? [('H', c.Window.Height.Kernel), ('W', c.Window.Width.Kernel), ('O', c.OutputChannels)]
            : [('O', c.OutputChannels), ('H', c.Window.Height.Kernel), ('W', c.Window.Width.Kernel), ('I', c.ChannelsPerGroup)];
        (char Name, int Size)[] real = [.. axes.Where(axis => axis.Size > 1)];
        foreach ((char Name, int Size)[] order in Orders(real).Skip(1))
        {
            Dictionary<char, int> strides = [];
            for (int axis = order.Length - 1, stride = 1; axis >= 0; stride *= order[axis--].Size)
                strides[order[axis].Name] = stride;
            (int O, int H, int W, int I) by = (strides.GetValueOrDefault('O'), strides.GetValueOrDefault('H'), strides.GetValueOrDefault('W'), strides.GetValueOrDefault('I'));
            yield return ("as " + string.Concat(order.Select(axis => axis.Name)), Read(c, (o, y, x, i) => o * by.O + y * by.H + x * by.W + i * by.I));
        }
    }

    private static IEnumerable<T[]> Orders<T>(T[] items) => items.Length <= 1 ? [items]
        : Enumerable.Range(0, items.Length).SelectMany(first => Orders<T>([.. items[..first], .. items[(first + 1)..]]).Select(rest => (T[])[items[first], .. rest]));

    private static IEnumerable<(string?, PreparedConvolution)> FlattenedOtherwise(PreparedConvolution c, Graph graph)
    {
        if (c.Operator.Code != BuiltinOperator.FullyConnected)
            yield break;
        TensorInfo input = c.Input;
        if (graph.Operators.FirstOrDefault(op => op.Outputs.Contains(input.Index)) is { Code: BuiltinOperator.Reshape } reshape)
            input = graph[reshape.Inputs[0]];
        if (input.Shape is not { Count: 4 } image || image[1] * image[2] == 1 || image[3] == 1 || image[1] * image[2] * image[3] != c.InputChannels)
            yield break;
        (int height, int width, int depth) = (image[1], image[2], image[3]);
        yield return (null, Read(c, (o, _, _, i) =>
        {
            (int pixel, int channel) = Math.DivRem(i, depth);
            return o * c.InputChannels + channel * height * width + pixel;
        }));
    }

    private static IEnumerable<(string?, PreparedConvolution)> Tails(PreparedConvolution c)
    {
        foreach (int block in (int[])[4, 8, 16, 32])
        {
            int whole = c.OutputChannels / block * block;
            if (whole == c.OutputChannels)
                continue;
            foreach (int code in new[] { 0, c.Requantizer.ZeroPoint, c.Requantizer.Low }.Distinct())
                yield return (string.Create(CultureInfo.InvariantCulture, $"blocks of {block}, the rest {code}"), c with { Requantizer = c.Requantizer with { UnwrittenFrom = whole, UnwrittenCode = code } });
        }
    }

    /// <summary>Where the file has the weight of an output channel, a tap and a channel of the group.</summary>
    private static int Address(PreparedConvolution c, int output, int row, int column, int input)
    {
        int tap = row * c.Window.Width.Kernel + column;
        return c.IsDepthwise ? tap * c.OutputChannels + output : (output * c.Window.Taps + tap) * c.ChannelsPerGroup + input;
    }

    /// <summary>The convolution with every weight read from another place.</summary>
    private static PreparedConvolution Read(PreparedConvolution c, Func<int, int, int, int, int> address)
    {
        byte[] weights = new byte[c.Weights.Data.Length];
        ReadOnlySpan<byte> data = c.Weights.Data.Span;
        for (int output = 0; output < c.OutputChannels; output++)
        {
            for (int row = 0; row < c.Window.Height.Kernel; row++)
            {
                for (int column = 0; column < c.Window.Width.Kernel; column++)
                {
                    for (int input = 0; input < (c.IsDepthwise ? 1 : c.ChannelsPerGroup); input++)
                        weights[Address(c, output, row, column, input)] = data[address(output, row, column, input)];
                }
            }
        }
        return c with { Weights = c.Weights with { Data = weights } };
    }

    private static Mistake Many(
        string slug, string catalogue, string name, string change, string field, Func<PreparedConvolution, IEnumerable<(string? Parameter, PreparedConvolution Changed)>> changed) =>
        Mistake.In<PreparedConvolution>(MistakeGroup.Geometry, slug, catalogue, name, change, field, (c, _) => changed(c));
}
