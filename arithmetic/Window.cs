using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>One axis of a sliding window: sizes and distances in elements of that axis.</summary>
/// <param name="Before">Padding in front of the first element; the odd one of SAME padding goes behind the last.</param>
public readonly record struct WindowAxis(int Input, int Output, int Kernel, int Stride, int Dilation, int Before)
{
    /// <summary>One element under one tap.</summary>
    public static readonly WindowAxis One = new(1, 1, 1, 1, 1, 0);

    /// <summary>Output size and padding as TFLite computes them (spec, section 1.5).</summary>
    /// <exception cref="NotComputableException">A size that no window fits.</exception>
    public static WindowAxis Of(int input, int kernel, int stride, int dilation, Padding padding)
    {
        if (input < 1 || kernel < 1 || stride < 1 || dilation < 1)
            throw new NotComputableException($"window with input {input}, kernel {kernel}, stride {stride}, dilation {dilation}: each must be at least 1");
        long effective = (long)(kernel - 1) * dilation + 1;
        long output = padding == Padding.Same ? ((long)input + stride - 1) / stride : ((long)input + stride - effective) / stride;
        if (output < 1)
            throw new NotComputableException($"a window of {effective} does not fit into {input}");
        long total = Math.Max(0, (output - 1) * stride + effective - input);
        return new(input, (int)output, kernel, stride, dilation, (int)(total / 2));
    }

    /// <summary>Whether the first or the last window reaches outside.</summary>
    public bool HasPadding => Position(0, 0) < 0 || Position(Output - 1, Kernel - 1) >= Input;

    /// <summary>The input position under a tap of the window at <paramref name="output"/>; outside [0, Input) it is padding.</summary>
    public int Position(int output, int tap) => output * Stride - Before + tap * Dilation;
}

/// <summary>A two-dimensional sliding window over an NHWC tensor.</summary>
public sealed record Window(int Batches, WindowAxis Height, WindowAxis Width)
{
    /// <summary>Output positions, over all batches.</summary>
    public int Positions => Batches * Height.Output * Width.Output;

    /// <summary>The input pixels under the window at an output position.</summary>
    public WindowPixels PixelsUnder(int position) => new(this, position);

    /// <summary>Whether any window reaches outside the image.</summary>
    public bool HasPadding => Height.HasPadding || Width.HasPadding;

    public int Taps => Height.Kernel * Width.Kernel;
}
