using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Arithmetic.Operators;

/// <summary>How RESIZE_BILINEAR weighs the four codes around a position (spec, section 2.15).</summary>
public enum BilinearMethod
{
    /// <summary>Integer weights of 10 bits, one rounding half away: TFLite's int8 and int16.</summary>
    Integer10,

    /// <summary>float32, each product left to right, rounded half up by truncation: TFLite's uint8 in the reference kernel.</summary>
    FloatProducts,

    /// <summary>float32 with the four weights computed first: TFLite's uint8 in the optimized kernel.</summary>
    FloatWeights,

    /// <summary>Integer weights of 11 bits, along the row first, one rounding half up: XNNPACK.</summary>
    Integer11,

    /// <summary>On float32: along both rows first, then between them, each from the first on by a fraction of the difference: XNNPACK.</summary>
    FloatDifferences,

    /// <summary>On float32: half sums of neighbours, and half sums of those: TFLite's optimized kernel where it doubles height and width.</summary>
    FloatHalves,
}

/// <summary>How RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR are computed.</summary>
public sealed record ResizeArithmetic(BilinearMethod Method) : OperatorArithmetic;

/// <summary>Where each output position of one axis lies in the input: between <paramref name="Low"/> and <paramref name="High"/>, at a fraction of the way.</summary>
/// <param name="Weights">The fraction in units of 2^-10 or 2^-11; empty in the float methods.</param>
/// <param name="Fractions">The fraction; empty in the integer methods.</param>
public sealed record ResizeAxis(ImmutableArray<int> Low, ImmutableArray<int> High, ImmutableArray<int> Weights, ImmutableArray<float> Fractions);

/// <summary>RESIZE_BILINEAR of codes, NHWC. The quantizations are taken to be equal and play no part.</summary>
public sealed record PreparedResizeBilinear(Operator Operator, TensorInfo Input, TensorInfo Output, ResizeAxis Rows, ResizeAxis Columns, BilinearMethod Method)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>RESIZE_BILINEAR of float32, NHWC.</summary>
public sealed record PreparedFloatResize(Operator Operator, TensorInfo Input, TensorInfo Output, ResizeAxis Rows, ResizeAxis Columns, BilinearMethod Method)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>RESIZE_NEAREST_NEIGHBOR, NHWC: output row y is input row Rows[y], and so for columns.</summary>
public sealed record PreparedResizeNearest(
    Operator Operator, TensorInfo Input, TensorInfo Output, int ElementBytes, ImmutableArray<int> Rows, ImmutableArray<int> Columns)
    : PreparedOperator(Operator, [Input], [Output]);

/// <summary>Preparing RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.</summary>
public static class Resize
{
    [Prepares(BuiltinOperator.ResizeBilinear)]
    public static PreparedOperator Bilinear(OperatorContext context, ResizeArithmetic arithmetic)
    {
        ResizeBilinearOptions options = context.Options<ResizeBilinearOptions>();
        (TensorInfo input, TensorInfo output) = Tensors(context);
        OperatorContext.Typed(output, TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Float32);
        if (output.Type == TensorType.Float32)
            return Floats(context, options, arithmetic.Method, input, output);
        Func<int, int, ResizeAxis> axis = arithmetic.Method switch
        {
            BilinearMethod.Integer10 => (from, to) => Integer10(from, to, options.AlignCorners, options.HalfPixelCenters),
            BilinearMethod.Integer11 => (from, to) => Integer11(from, to, options.AlignCorners, options.HalfPixelCenters),
            _ => (from, to) => Float(from, to, options.AlignCorners, options.HalfPixelCenters),
        };
        return new PreparedResizeBilinear(
            context.Operator, input, output, axis(input.Shape![1], output.Shape![1]), axis(input.Shape[2], output.Shape[2]), arithmetic.Method);
    }

    [Prepares(BuiltinOperator.ResizeNearestNeighbor)]
    public static PreparedOperator Nearest(OperatorContext context, CopyArithmetic arithmetic)
    {
        ResizeNearestNeighborOptions options = context.Options<ResizeNearestNeighborOptions>();
        (TensorInfo input, TensorInfo output) = Tensors(context);
        return new PreparedResizeNearest(
            context.Operator, input, output, Copies.ElementBytes(output.Type), Positions(input.Shape![1], output.Shape![1]), Positions(input.Shape[2], output.Shape[2]));

        ImmutableArray<int> Positions(int from, int to)
        {
            float scale = Scale(from, to, options.AlignCorners);
            float offset = options.HalfPixelCenters ? 0.5f : 0;
            return [.. Enumerable.Range(0, to).Select(position => Math.Clamp(
                FixedPoint.Round((float)((float)(position + offset) * scale), options.AlignCorners ? Rounding.HalfAway : Rounding.Floor), 0, from - 1))];
        }
    }

    private static PreparedFloatResize Floats(OperatorContext context, ResizeBilinearOptions options, BilinearMethod method, TensorInfo input, TensorInfo output)
    {
        (Shape from, Shape to) = (input.Shape!, output.Shape!);
        bool doubles = !options.AlignCorners && !options.HalfPixelCenters && to[1] == 2 * from[1] && to[2] == 2 * from[2];
        return new(context.Operator, input, output, Axis(1), Axis(2), method == BilinearMethod.FloatWeights && doubles ? BilinearMethod.FloatHalves : method);

        ResizeAxis Axis(int axis) => method == BilinearMethod.FloatDifferences
            ? Clamped(from[axis], to[axis], options.AlignCorners, options.HalfPixelCenters)
            : Float(from[axis], to[axis], options.AlignCorners, options.HalfPixelCenters);
    }

    /// <summary>Input and output, NHWC, of which only height and width differ. The size comes from the output, which TFLite made from input 1.</summary>
    private static (TensorInfo Input, TensorInfo Output) Tensors(OperatorContext context)
    {
        TensorInfo input = context.Input(0), output = context.Output(0);
        OperatorContext.Typed(input, output.Type);
        Shape from = OperatorContext.Ranked(input, 4), to = OperatorContext.Ranked(output, 4);
        ImmutableArray<int> size = context.IntegersOf(1, 2);
        if (size.Any(length => length < 1) || from[1] < 1 || from[2] < 1)
            throw new NotComputableException($"{from} cannot be resized to {size[0]}x{size[1]}");
        OperatorContext.Shaped(output, [from[0], size[0], size[1], from[3]]);
        return (input, output);
    }

    private static float Scale(int from, int to, bool alignCorners) =>
        alignCorners && to > 1 ? (float)(from - 1) / (to - 1) : (float)from / to;

    private static ResizeAxis Integer10(int from, int to, bool alignCorners, bool halfPixel)
    {
        long scale = alignCorners && to > 1 ? (1024L * (from - 1) + (to - 1) / 2) / (to - 1) : (1024L * from + to / 2) / to;
        return Table(to, position =>
        {
            long at = halfPixel ? position * scale + scale / 2 - 512 : position * scale;
            int low = (int)Math.Max(at / 1024, 0), high = (int)Math.Min((at + 1023) / 1024, from - 1);
            return (low, high, (int)(at - 1024L * low), 0f);
        }, isFloat: false);
    }

    private static ResizeAxis Integer11(int from, int to, bool alignCorners, bool halfPixel)
    {
        ResizeAxis axis = Clamped(from, to, alignCorners, halfPixel);
        return axis with { Weights = [.. axis.Fractions.Select(fraction => FixedPoint.Round((float)(fraction * 2048f), Rounding.HalfEven))], Fractions = [] };
    }

    /// <summary>XNNPACK's: the position is clamped to the image before its fraction is taken.</summary>
    private static ResizeAxis Clamped(int from, int to, bool alignCorners, bool halfPixel)
    {
        float scale = Scale(from, to, alignCorners);
        float offset = (float)((float)(0.5f * scale) - 0.5f);
        return Table(to, position =>
        {
            float at = (float)(position * scale);
            at = Math.Clamp(halfPixel ? (float)(at + offset) : at, 0, from - 1);
            int low = (int)at;
            return (low, Math.Min(low + 1, from - 1), 0, (float)(at - low));
        }, isFloat: true);
    }

    private static ResizeAxis Float(int from, int to, bool alignCorners, bool halfPixel)
    {
        float scale = Scale(from, to, alignCorners);
        return Table(to, position =>
        {
            float at = halfPixel ? (float)((float)((position + 0.5f) * scale) - 0.5f) : (float)(position * scale);
            int low = Math.Max((int)MathF.Floor(at), 0), high = Math.Min((int)MathF.Ceiling(at), from - 1);
            return (low, high, 0, (float)(at - low));
        }, isFloat: true);
    }

    private static ResizeAxis Table(int to, Func<int, (int Low, int High, int Weight, float Fraction)> at, bool isFloat)
    {
        (int Low, int High, int Weight, float Fraction)[] table = [.. Enumerable.Range(0, to).Select(at)];
        return new(
            [.. table.Select(entry => entry.Low)], [.. table.Select(entry => entry.High)],
            isFloat ? [] : [.. table.Select(entry => entry.Weight)], isFloat ? [.. table.Select(entry => entry.Fraction)] : []);
    }
}
