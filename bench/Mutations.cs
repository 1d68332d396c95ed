using System.Collections.Immutable;

namespace OffByN.Bench;

/// <summary>The mistakes that the mutation benchmark plants, and its controls.</summary>
internal static class Mutations
{
    private const string Conv = "conv_2d.cl", Depthwise = "depthwise_conv_2d.cl", FullyConnected = "fully_connected.cl", Pool = "average_pool_2d.cl", Requantize = "requantize.h";

    private const string Rounded = "    return multiply_rounding_twice(accumulator, s.multiplier, s.exponent, s.away);\n";
    private const string Returned = "return min(max(wrapping_add(rescale(accumulator, s), s.zero_point), (ints)s.low), (ints)s.high);";
    private const string Written = "requantize((int)accumulator, scaling_of(channel, REQUANTIZATION_ARGUMENTS))";

    private const string TotalHeight = "max((output_height - 1) * stride_height + (kernel_height - 1) * dilation_height + 1 - input_height, 0)";
    private const string TotalWidth = "max((output_width - 1) * stride_width + (kernel_width - 1) * dilation_width + 1 - input_width, 0)";

    /// <summary>The real factor in float32 and in float64.</summary>
    private const string Factor = "ldexp((float)s.multiplier, s.exponent - 31)", DoubleFactor = "ldexp((double)s.multiplier, s.exponent - 31)";

    public static readonly ImmutableArray<Mutation> All =
    [
        // Multiplier
        Rounding("float factor", "float-factor", $"int rounded = (int)round((float)accumulator * {Factor});"),
        Rounding("multiplier through float", "float-mantissa", "long m = (long)(float)s.multiplier; int high = (int)(((long)(accumulator << max(s.exponent, 0)) * m + (1L << 30)) >> 31); int rounded = shift_right(high, max(-s.exponent, 0), s.away);"),
        Rounding("shift one more", "shift-off-by-one", "int high = high_multiply(accumulator << max(s.exponent, 0), s.multiplier); int rounded = shift_right(high, max(-s.exponent, 0) + 1, s.away);"),
        Rounding("shift one less", "shift-off-by-one", "int high = high_multiply(accumulator << max(1 + s.exponent, 0), s.multiplier); int rounded = shift_right(high, max(-s.exponent - 1, 0), s.away);"),
        Rounding("shift sign swapped", "shift-sign", "int high = high_multiply(accumulator << max(-s.exponent, 0), s.multiplier); int rounded = shift_right(high, max(s.exponent, 0), s.away);"),
        Rounding("mul_hi", "not-doubled", "int high = mul_hi(accumulator << max(s.exponent, 0), s.multiplier); int rounded = shift_right(high, max(-s.exponent, 0), s.away);"),
        Rounding("16-bit multiplier", "multiplier-16-bit", "int m = s.multiplier < 0x7fff0000 ? (s.multiplier + 0x8000) >> 16 : 0x7fff; int t = 15 - s.exponent; int rounded = (int)(((long)accumulator * m + (1L << (t - 1))) >> t);"),
        Rounding("8 fraction bits", "fixed-precision", $"int k = convert_int_rte(ldexp({DoubleFactor}, 8)); int rounded = (int)(((long)accumulator * k + 128) >> 8);"),
        Rounding("16 fraction bits", "fixed-precision", $"int k = convert_int_rte(ldexp({DoubleFactor}, 16)); int rounded = (int)(((long)accumulator * k + 32768) >> 16);"),
        Rounding("power of two", "power-of-two", $"int shift = convert_int_rte(-log2({DoubleFactor})); int rounded = shift > 0 ? (accumulator + (1 << (shift - 1))) >> shift : accumulator << -shift;"),
        Rounding("left shift dropped", "left-shift-dropped", "int high = high_multiply(accumulator, s.multiplier); int rounded = shift_right(high, max(-s.exponent, 0), s.away);"),
        new("one factor for all channels", "one-factor-for-all", Everywhere(Written, "requantize((int)accumulator, scaling_of(0, REQUANTIZATION_ARGUMENTS))")),
        new("factor of the next channel", "factor-of-other-channel", Everywhere(Written, "requantize((int)accumulator, scaling_of((channel + 1) % output_channels, REQUANTIZATION_ARGUMENTS))")),

        // Rounding
        Rounding("float product truncated", "float-truncated", $"int rounded = (int)((float)accumulator * {Factor});"),
        Rounding("float product floored", "float-floored", $"int rounded = (int)floor((float)accumulator * {Factor});"),
        Rounding("float high multiply", "float-high-multiply", "int high = (int)((float)(accumulator << max(s.exponent, 0)) * (s.multiplier / 2147483648.0f)); int rounded = shift_right(high, max(-s.exponent, 0), 1);"),
        Rounding("float high multiply, plain shift", "float-high-multiply", "int high = (int)((float)(accumulator << max(s.exponent, 0)) * (s.multiplier / 2147483648.0f)); int rounded = high >> max(-s.exponent, 0);"),
        Rounding("half to even", "half-even", $"int rounded = convert_int_rte((double)accumulator * {DoubleFactor});"),
        Rounding("half up in double", "half-up", $"int rounded = (int)floor((double)accumulator * {DoubleFactor} + 0.5);"),
        Rounding("half added, then cast", "half-then-truncated", $"int rounded = (int)((float)accumulator * {Factor} + 0.5f);"),
        Rounding("no nudge", "high-multiply-floored", "int high = (int)(((long)(accumulator << max(s.exponent, 0)) * s.multiplier) >> 31); int rounded = shift_right(high, max(-s.exponent, 0), 1);"),
        Rounding("divided without nudge", "high-multiply-truncated", "int high = (int)((long)(accumulator << max(s.exponent, 0)) * s.multiplier / (1L << 31)); int rounded = shift_right(high, max(-s.exponent, 0), 1);"),
        Rounding("nudge of one sign", "nudge-without-sign", "int high = (int)(((long)(accumulator << max(s.exponent, 0)) * s.multiplier + (1L << 30)) / (1L << 31)); int rounded = shift_right(high, max(-s.exponent, 0), 1);"),
        Rounding("plain shift", "plain-shift", "int high = high_multiply(accumulator << max(s.exponent, 0), s.multiplier); int rounded = high >> max(-s.exponent, 0);"),
        Rounding("truncating division", "truncating-division", "int high = high_multiply(accumulator << max(s.exponent, 0), s.multiplier); int rounded = (int)((long)high / (1L << max(-s.exponent, 0)));"),
        Rounding("threshold with >=", "threshold", "int high = high_multiply(accumulator << max(s.exponent, 0), s.multiplier); int n = max(-s.exponent, 0); int mask = (int)((1u << n) - 1); int rounded = (high >> n) + (n > 0 && (high & mask) >= (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0);"),
        Rounding("no rounding", "no-rounding", "int high = (int)(((long)(accumulator << max(s.exponent, 0)) * s.multiplier) >> 31); int rounded = high >> max(-s.exponent, 0);"),
        Rounding("divided, then shifted", "truncated-then-shifted", "int high = (int)((long)(accumulator << max(s.exponent, 0)) * s.multiplier / (1L << 31)); int rounded = high >> max(-s.exponent, 0);"),
        Rounding("one rounding, half away", "single-half-away", "long p = (long)accumulator * s.multiplier; long h = 1L << (30 - s.exponent); int rounded = (int)(p >= 0 ? (p + h) >> (31 - s.exponent) : -((-p + h) >> (31 - s.exponent)));"),
        Rounding("zero point before the shift", "zero-point-before-rounding", "int high = high_multiply(accumulator << max(s.exponent, 0), s.multiplier); int n = max(-s.exponent, 0); int rounded = shift_right(high + (s.zero_point << n), n, 1) - s.zero_point;"),
        Rounding("product in 32 bits", "product-in-32-bits", "int high = (int)(((long)(int)((uint)(accumulator << max(s.exponent, 0)) * (uint)s.multiplier) + (1L << 30)) >> 31); int rounded = shift_right(high, max(-s.exponent, 0), 1);"),

        // Zero points and padding
        new("output zero point missing", "output-zero-point-missing", [new(Requantize, Returned, "return min(max(rescale(accumulator, s), s.low), s.high);")]),
        Rounding("zero point before the scaling", "zero-point-before-scaling", "int high = high_multiply((accumulator + s.zero_point) << max(s.exponent, 0), s.multiplier); int rounded = shift_right(high, max(-s.exponent, 0), s.away) - s.zero_point;"),
        new("input offset added", "input-offset-sign", Input("+ input_zero_point")),
        new("input zero point ignored", "input-zero-point-missing", Input("")),
        new("input zero point 3 lower", "input-zero-point", Input("- (input_zero_point - 3)")),
        new("weight zero point ignored", "weight-zero-point", Weight("")),
        new("weight zero point 128", "weight-zero-point|off-by-128", Weight("- 128")),
        new("input zero point 128 off", "off-by-128", Input("- (input_zero_point - 128)")),
        Padded("padded with 0", "padding-zero", "0"),
        Padded("padded with -128", "padding-extreme", "-128"),
        Padded("padded with 17", "padding-code", "17"),
        new("cross term missing", "cross-term-missing", [
            new(Conv, Written, "requantize((int)(accumulator - (uint)(kernel_height * kernel_width * depth * input_zero_point * weight_zero_point)), scaling_of(channel, REQUANTIZATION_ARGUMENTS))"),
            new(Depthwise, Written, "requantize((int)(accumulator - (uint)(kernel_height * kernel_width * input_zero_point * weight_zero_point)), scaling_of(channel, REQUANTIZATION_ARGUMENTS))")]),
        new("centred code in 8 bits", "centred-in-8-bits", [
            new(Conv, "(pixel[i] - input_zero_point)", "(char)(pixel[i] - input_zero_point)"), new(Depthwise, "(pixel - input_zero_point)", "(char)(pixel - input_zero_point)"),
            new(FullyConnected, "(row[i] - input_zero_point)", "(char)(row[i] - input_zero_point)")]),

        // Bias and accumulator
        new("bias missing", "bias-missing", Bias("0u")),
        new("bias as int16", "bias-narrow", Bias("(uint)(int)(short)bias[channel]")),
        new("bias as int8", "bias-narrow", Bias("(uint)(int)(char)bias[channel]")),
        new("bias of the next channel", "bias-order", Bias("(uint)bias[(channel + 1) % output_channels]")),
        new("bias shifted by 1", "bias-shifted", Bias("(uint)bias[channel] << 1")),
        new("bias after the requantization", "bias-after", [.. Bias("0u"), .. Everywhere("    output[element] = CONVERT_CODES()(requantize((int)accumulator, scaling_of(channel, REQUANTIZATION_ARGUMENTS)));",
            "    scaling s = scaling_of(channel, REQUANTIZATION_ARGUMENTS), b = s;\n    b.zero_point = 0; b.low = -1000000; b.high = 1000000;\n    s.zero_point += requantize(bias[channel], b);\n    output[element] = CONVERT_CODES()(requantize((int)accumulator, s));")]),
        new("accumulator of 16 bits", "accumulator-16-bit", Everywhere("requantize((int)accumulator,", "requantize((int)(short)accumulator,")),
        new("accumulator saturating", "accumulator-saturating", [.. Accumulated("accumulator = (uint)clamp((int)accumulator + ", ", -32768, 32767)"), .. Bias("(uint)clamp(bias[channel], -32768, 32767)")]),
        new("products of 16 bits", "product-narrow", Accumulated("accumulator += (uint)(int)(short)", "")),
        new("products of 8 bits", "product-narrow", Accumulated("accumulator += (uint)(int)(char)", "")),

        // Clamp
        new("activation missing", "activation-missing", [new(Requantize, Returned, "return clamp(wrapping_add(rescale(accumulator, s), s.zero_point), LOWEST_CODE, LOWEST_CODE + 255);")]),
        new("clamped to 0 and 6", "clamp-in-real", [new(Requantize, Returned, "return clamp(wrapping_add(rescale(accumulator, s), s.zero_point), 0, 6);")]),
        new("clamped before the zero point", "clamp-before-zero-point", [new(Requantize, Returned, "return min(max(rescale(accumulator, s), s.low), s.high) + s.zero_point;")]),
        new("wrapped", "wrapping", [new(Requantize, Returned, "return wrapping_add(rescale(accumulator, s), s.zero_point);")]),
        new("never the lowest code", "limits-of-other-type", [new(Requantize, Returned, "return min(max(wrapping_add(rescale(accumulator, s), s.zero_point), max(s.low, LOWEST_CODE + 1)), s.high);")]),

        // Geometry
        Window("odd padding in front", "padding-other-side", $"({TotalHeight} - pad_top)", $"({TotalWidth} - pad_left)"),
        Window("symmetric padding", "padding-symmetric", $"({TotalHeight} > 0 ? (kernel_height - 1) * dilation_height / 2 : pad_top)", $"({TotalWidth} > 0 ? (kernel_width - 1) * dilation_width / 2 : pad_left)"),
        Window("no padding in front", "padding-missing", "0", "0"),
        new("weights as HWIO", "weights-layout", [
            new(Conv, "tap[i]", "weights[((tap_y * kernel_width + tap_x) * depth + i) * output_channels + channel]"),
            new(FullyConnected, "column[i]", "weights[i * output_channels + channel]"),
            new(Depthwise, "weights[(tap_y * kernel_width + tap_x) * output_channels + channel]", "weights[(channel * kernel_height + tap_y) * kernel_width + tap_x]")]),
        new("weights as OIHW", "weights-layout", [new(Conv, "tap[i]", "weights[((channel * depth + i) * kernel_height + tap_y) * kernel_width + tap_x]")]),
        new("kernel flipped", "kernel-flipped", [
            new(Conv, "(channel * kernel_height + tap_y) * kernel_width + tap_x)", "(channel * kernel_height + kernel_height - 1 - tap_y) * kernel_width + kernel_width - 1 - tap_x)"),
            new(Depthwise, "weights[(tap_y * kernel_width + tap_x)", "weights[((kernel_height - 1 - tap_y) * kernel_width + kernel_width - 1 - tap_x)")]),
        new("channels of a depthwise convolution modulo", "depthwise-channel-order", [new(Depthwise, "channel / depth_multiplier", "channel % input_channels")]),
        new("last channels left out", "channel-tail", Everywhere("output[element] = CONVERT_CODES()(", "output[element] = channel >= output_channels / 4 * 4 ? 0 : CONVERT_CODES()(")),

        // Average pool
        new("average truncated", "average-truncated", [new(Pool, "(sum < 0 ? sum - count / 2 : sum + count / 2) / count", "sum / count")]),
        new("average half up", "average-half-up", [new(Pool, "(sum < 0 ? sum - count / 2 : sum + count / 2) / count", "(int)floor(((float)sum + (float)(count / 2)) / (float)count)")]),
        new("average counts padding", "average-counts-padding", [new(Pool, "COUNT_INSIDE_ONLY ?", "0 ?")]),

        // Pairs
        new("plain shift, padded with 0", "plain-shift+padding-zero|plain-shift|padding-zero", [.. Padded("", null, "0").Edits, .. Rounding("", null, "int rounded = high_multiply(accumulator << max(s.exponent, 0), s.multiplier) >> max(-s.exponent, 0);").Edits]),
        new("float product truncated, bias missing", "float-truncated+bias-missing|float-truncated|bias-missing", [.. Bias("0u"), .. Rounding("", null, $"int rounded = (int)((float)accumulator * {Factor});").Edits]),

        // Controls
        new("codes above 200 cut", null, [new(Conv, "(pixel[i] - input_zero_point)", "(min((int)pixel[i], LOWEST_CODE + 200) - input_zero_point)"), new(Depthwise, "(pixel - input_zero_point)", "(min(pixel, LOWEST_CODE + 200) - input_zero_point)"), new(FullyConnected, "(row[i] - input_zero_point)", "(min((int)row[i], LOWEST_CODE + 200) - input_zero_point)")]),
        new("lowest bit of the weights lost", null, [new(Conv, "(tap[i] -", "((tap[i] & ~1) -"), new(Depthwise, "(tap -", "((tap & ~1) -"), new(FullyConnected, "(column[i] -", "((column[i] & ~1) -")]),
        new("last tap left out", null, [new(Conv, "tap_x < kernel_width;", "tap_x < kernel_width - (kernel_width > 1 && tap_y == kernel_height - 1);"), new(Depthwise, "tap_x < kernel_width;", "tap_x < kernel_width - (kernel_width > 1 && tap_y == kernel_height - 1);")]),
        new("last input channel left out", null, [new(Conv, "i < depth;", "i < depth - 1;"), new(FullyConnected, "i < input_channels;", "i < input_channels - 1;")]),
        new("low bits of the accumulator cleared", null, Everywhere("requantize((int)accumulator,", "requantize((int)accumulator & ~255,")),
        new("bias halved", null, Bias("(uint)(bias[channel] / 2)")),
        new("every 13th element one up", null, Everywhere("output[element] = CONVERT_CODES()(", "output[element] = CONVERT_CODES()((element % 13 == 0) + ")),
        new("odd columns round down", null, Everywhere("requantize((int)accumulator,", "requantize((int)accumulator - (element / output_channels % 2) * 40,")),
        Rounding("stochastic rounding", null, "int high = high_multiply(accumulator << max(s.exponent, 0), s.multiplier); int n = max(-s.exponent, 0); int rounded = (high + (int)(((uint)accumulator * 2654435761u) & ((1u << n) - 1))) >> n;"),
        new("absolute weights", null, [new(Conv, "(tap[i] - weight_zero_point)", "abs((int)tap[i] - weight_zero_point)"), new(Depthwise, "(tap - weight_zero_point)", "abs(tap - weight_zero_point)"), new(FullyConnected, "(column[i] - weight_zero_point)", "abs((int)column[i] - weight_zero_point)")]),
    ];

    /// <summary>Another way from accumulator to rounded result, for the integer forms.</summary>
    private static Mutation Rounding(string name, string? slug, string statements) => new(name, slug, [new(Requantize, Rounded, "    " + statements + " return rounded;\n")]);

    private static ImmutableArray<Edit> Everywhere(string find, string replace) => [new(Conv, find, replace), new(Depthwise, find, replace), new(FullyConnected, find, replace)];

    private static ImmutableArray<Edit> Bias(string value) => Everywhere("(uint)bias[channel]", value);

    private static ImmutableArray<Edit> Input(string offset) =>
        [new(Conv, "pixel[i] - input_zero_point", "pixel[i] " + offset), new(Depthwise, "pixel - input_zero_point", "pixel " + offset), new(FullyConnected, "row[i] - input_zero_point", "row[i] " + offset)];

    private static ImmutableArray<Edit> Weight(string offset) =>
        [new(Conv, "tap[i] - weight_zero_point", "tap[i] " + offset), new(Depthwise, "tap - weight_zero_point", "tap " + offset), new(FullyConnected, "column[i] - weight_zero_point", "column[i] " + offset)];

    private static ImmutableArray<Edit> Accumulated(string before, string after) =>
    [
        new(Conv, "accumulator += (uint)((tap[i] - weight_zero_point) * (pixel[i] - input_zero_point))", $"{before}((tap[i] - weight_zero_point) * (pixel[i] - input_zero_point)){after}"),
        new(Depthwise, "accumulator += (uint)((tap - weight_zero_point) * (pixel - input_zero_point))", $"{before}((tap - weight_zero_point) * (pixel - input_zero_point)){after}"),
        new(FullyConnected, "accumulator += (uint)((column[i] - weight_zero_point) * (row[i] - input_zero_point))", $"{before}((column[i] - weight_zero_point) * (row[i] - input_zero_point)){after}"),
    ];

    private static Mutation Window(string name, string slug, string top, string left) =>
        new(name, slug, [.. new[] { Conv, Depthwise }.SelectMany(file => new[] { new Edit(file, "- pad_top", $"- {top}"), new Edit(file, "- pad_left", $"- {left}") })]);

    private static Mutation Padded(string name, string? slug, string code) => new(name, slug,
    [
        .. new[] { Conv, Depthwise }.SelectMany(file => new[]
        {
            new Edit(file, "        if (row < 0 || row >= input_height)\n            continue;\n", ""),
            new Edit(file, "            if (column < 0 || column >= input_width)\n                continue;\n", "            bool inside = row >= 0 && row < input_height && column >= 0 && column < input_width;\n"),
        }),
        new(Conv, "(pixel[i] - input_zero_point)", $"((inside ? pixel[i] : {code}) - input_zero_point)"),
        new(Depthwise, "int pixel = input[", $"int pixel = !inside ? {code} : input["),
    ]);
}
