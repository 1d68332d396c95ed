using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using Named = (string Name, OffByN.Kernels.KernelArgument Value);

namespace OffByN.Kernels.Operators;

/// <summary>Named arguments and definitions that several families share.</summary>
internal static class Arguments
{
    private const int LargestPosition = 1 << 30;

    public static ImmutableSortedDictionary<string, KernelArgument> Of(params IEnumerable<Named> named) =>
        named.ToImmutableSortedDictionary(argument => argument.Name, argument => argument.Value, StringComparer.Ordinal);

    /// <summary>The definitions that codes.h asks for.</summary>
    /// <exception cref="NotComputableException">The kernels have no such codes.</exception>
    public static ImmutableArray<string> Codes(TensorType type, int width) => type is TensorType.UInt8 or TensorType.Int8 or TensorType.Int16
        ? [type.Lower().ToUpperInvariant(), $"WIDTH={width}"]
        : throw new NotComputableException($"no OpenCL kernel of this operator takes {type.Lower()}");

    public static Constant Ints(Func<IEnumerable<int>> values, int padTo = 1) => new("int", () => Bytes(values(), padTo));

    public static Constant Longs(Func<IEnumerable<long>> values) => new("long", () => Bytes(values(), 1));

    public static Constant Floats(Func<IEnumerable<float>> values, int padTo = 1) => new("float", () => Bytes(values(), padTo));

    /// <summary>The definitions that numbers.h asks for.</summary>
    public static ImmutableArray<string> Numbers(TensorType type) =>
        [$"NUMBER={ScalarTypes.Of(type)}", $"BITS={(type == TensorType.Float32 ? "float" : ScalarTypes.PatternOf(type))}"];

    /// <summary>A buffer that an operator needs beside its tensors, within a launch or between two: a tensor of no graph, whose index is negative, and no other operator's.</summary>
    /// <param name="number">0, 1 or 2.</param>
    public static Activation Between(PreparedOperator prepared, int number, TensorType type, int elements) => new(new TensorInfo
    {
        Index = new(-2 - (prepared.Outputs[0].Index.Value * 3) - number), Name = "of no graph", Type = type, Shape = [elements],
    });

    /// <summary>The two numbers between which a kernel clamps, saturated to the type.</summary>
    public static Constant Bounds(TensorType type, double low, double high)
    {
        return new(ScalarTypes.Of(type), () => type switch
        {
            TensorType.Float32 => Of<float>(),
            TensorType.Int64 => Of<long>(),
            TensorType.Int32 => Of<int>(),
            TensorType.Int16 => Of<short>(),
            TensorType.Int8 => Of<sbyte>(),
            _ => Of<byte>(),
        });

        byte[] Of<T>()
            where T : unmanaged, INumber<T> =>
            MemoryMarshal.AsBytes<T>([T.CreateSaturating(low), T.CreateSaturating(high)]).ToArray();
    }

    /// <summary>The arguments that broadcast.h asks for.</summary>
    public static IEnumerable<Named> Axes(Broadcast broadcast) =>
    [
        ("axes", Ints(() => broadcast.Axes.Reverse().SelectMany(axis => axis.Strides.Prepend(axis.Count)))),
        ("rank", new Number(broadcast.Axes.Length)),
    ];

    /// <exception cref="NotComputableException">Positions of taps do not fit the kernels' int32 arithmetic.</exception>
    public static IEnumerable<Named> Geometry(Window window) =>
    [
        .. Fitting(window.Height), .. Fitting(window.Width),
        ("input_height", new Number(window.Height.Input)), ("input_width", new Number(window.Width.Input)),
        ("output_height", new Number(window.Height.Output)), ("output_width", new Number(window.Width.Output)),
        ("kernel_height", new Number(window.Height.Kernel)), ("kernel_width", new Number(window.Width.Kernel)),
        ("stride_height", new Number(window.Height.Stride)), ("stride_width", new Number(window.Width.Stride)),
        ("dilation_height", new Number(window.Height.Dilation)), ("dilation_width", new Number(window.Width.Dilation)),
        ("pad_top", new Number(window.Height.Before)), ("pad_left", new Number(window.Width.Before)),
        ("batches", new Number(window.Batches)),
    ];

    /// <summary>
    /// The arguments between accumulator and code, in every form that a kernel may ask for. One value a channel, zeros up to a multiple of
    /// <paramref name="padTo"/> channels.
    /// </summary>
    public static IEnumerable<Named> Requantization(Requantizer requantizer, int padTo = 1) =>
    [
        ("multiplier", Ints(() => requantizer.Scales.Select(scale => scale.Multiplier.Mantissa), padTo)),
        ("shift", Ints(() => requantizer.Scales.Select(scale => scale.Multiplier.Exponent), padTo)),
        ("scale", Floats(() => requantizer.Scales.Select(scale => scale.Single), padTo)),
        ("factor_mantissa", new Constant("ulong", () => Bytes(requantizer.Scales.Select(scale => Significand(scale.Real).Mantissa), padTo))),
        ("factor_exponent", Ints(() => requantizer.Scales.Select(scale => Significand(scale.Real).Exponent), padTo)),
        ("output_zero_point", new Number(requantizer.ZeroPoint)),
        ("low", new Number(requantizer.Low)), ("high", new Number(requantizer.High)), ("tail_start", new Number(requantizer.TailStart)),
    ];

    /// <summary>The definitions that requantize.h asks for.</summary>
    /// <exception cref="NotComputableException">The kernels do not implement this requantization, or the device's float32 cannot do it.</exception>
    public static ImmutableArray<string> RoundingOf(Requantizer requantizer, DeviceFacts device)
    {
        Requantization body = requantizer.Body, tail = requantizer.TailStart < requantizer.Scales.Length ? requantizer.Tail : body;
        if (body.Product != tail.Product || !IsImplemented(body) || !IsImplemented(tail))
            throw new NotComputableException($"no OpenCL kernel requantizes with {body}{(body == tail ? "" : $" and a tail of {tail}")}");
        if (body.Product == Product.Float32)
            RequireRounding(device);
        return [$"PRODUCT={(requantizer.WrapsBelow ? "FLOAT32_WRAPPING" : NameOf(body.Product))}", $"ROUNDING={NameOf(body.Rounding)}", $"TAIL_ROUNDING={NameOf(tail.Rounding)}"];
    }

    /// <exception cref="NotComputableException">The device's float32 operations do not round to nearest.</exception>
    public static void RequireRounding(DeviceFacts device)
    {
        if (!device.RoundsToNearest)
            throw new NotComputableException($"{device.Name} does not round float32 to nearest");
    }

    /// <exception cref="NotComputableException">The device's float32 has no subnormals, infinities or NaN, or does not round quotients to nearest.</exception>
    public static void RequireIeee(DeviceFacts device)
    {
        if (!device.IsIeeeSingle)
            throw new NotComputableException($"{device.Name} does not compute float32 as IEEE 754 has it");
    }

    /// <summary>What functions.h needs.</summary>
    /// <exception cref="NotComputableException">The device has no float64, or its float32 does not keep to IEEE 754.</exception>
    public static void RequireFunctions(DeviceFacts device, string operatorName)
    {
        RequireIeee(device);
        if (!device.IsIeeeDouble)
            throw new NotComputableException($"{device.Name} has no float64, in which the kernels compute the exponentials and logarithms of {operatorName}");
    }

    private static IEnumerable<Named> Fitting(WindowAxis axis) =>
        (long)axis.Output * axis.Stride + (long)axis.Kernel * axis.Dilation <= LargestPosition ? []
            : throw new NotComputableException($"a window of {axis.Kernel} taps, dilation {axis.Dilation}, stride {axis.Stride} reaches beyond {LargestPosition}");

    private static bool IsImplemented(Requantization requantization) => requantization is
    { Product: Product.HighMultiply, Rounding: Rounding.HalfAway or Rounding.HalfUp }
        or { Product: Product.Whole, Rounding: Rounding.HalfUp }
        or { Product: Product.Mantissa16, Rounding: Rounding.HalfUp }
        or { Product: Product.Float32, Rounding: Rounding.HalfEven }
        or { Product: Product.Float64, Rounding: Rounding.HalfAway };

    private static string NameOf(Product product) => product switch
    {
        Product.HighMultiply => "HIGH_MULTIPLY",
        Product.Whole => "WHOLE",
        Product.Mantissa16 => "MANTISSA_16",
        Product.Float32 => "FLOAT32",
        _ => "FLOAT64",
    };

    private static string NameOf(Rounding rounding) => rounding switch
    {
        Rounding.HalfAway => "HALF_AWAY",
        Rounding.HalfUp => "HALF_UP",
        _ => "HALF_EVEN",
    };

    /// <summary>A positive double as mantissa * 2^exponent, mantissa below 2^53.</summary>
    private static (ulong Mantissa, int Exponent) Significand(double value)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        ulong fraction = bits & ((1UL << 52) - 1);
        int exponent = (int)(bits >> 52) & 0x7FF;
        return exponent == 0 ? (fraction, -1074) : (fraction | (1UL << 52), exponent - 1075);
    }

    private static byte[] Bytes<T>(IEnumerable<T> values, int padTo)
        where T : unmanaged
    {
        T[] array = [.. values];
        Array.Resize(ref array, (array.Length + padTo - 1) / padTo * padTo);
        return MemoryMarshal.AsBytes(array.AsSpan()).ToArray();
    }
}
