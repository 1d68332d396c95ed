using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>RESIZE_BILINEAR on codes.</summary>
public sealed class ResizeBilinear(PreparedResizeBilinear resize) : CodeOperator(resize.Output.Type), IReferenceOperator<PreparedResizeBilinear>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> codes = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        Span<T> results = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        (Shape from, Shape to, ResizeAxis rows, ResizeAxis columns) = (resize.Input.Shape!, resize.Output.Shape!, resize.Rows, resize.Columns);
        int channels = to[3], at = 0;
        for (int batch = 0; batch < to[0]; batch++)
        {
            for (int y = 0; y < to[1]; y++)
            {
                for (int x = 0; x < to[2]; x++)
                {
                    ReadOnlySpan<T> topLeft = Pixel(codes, batch, rows.Low[y], columns.Low[x]), topRight = Pixel(codes, batch, rows.Low[y], columns.High[x]);
                    ReadOnlySpan<T> bottomLeft = Pixel(codes, batch, rows.High[y], columns.Low[x]), bottomRight = Pixel(codes, batch, rows.High[y], columns.High[x]);
                    for (int c = 0; c < channels; c++)
                    {
                        results[at++] = T.CreateTruncating(Code(
                            int.CreateTruncating(topLeft[c]), int.CreateTruncating(topRight[c]), int.CreateTruncating(bottomLeft[c]), int.CreateTruncating(bottomRight[c]), y, x));
                    }
                }
            }
        }

        ReadOnlySpan<T> Pixel(ReadOnlySpan<T> codes, int batch, int y, int x) => codes.Slice(((batch * from[1] + y) * from[2] + x) * channels, channels);
    }

    private long Code(int topLeft, int topRight, int bottomLeft, int bottomRight, int y, int x)
    {
        if (resize.Method == BilinearMethod.Integer10)
        {
            long wy = resize.Rows.Weights[y], wx = resize.Columns.Weights[x];
            long sum = topLeft * (1024 - wy) * (1024 - wx) + bottomLeft * wy * (1024 - wx) + topRight * (1024 - wy) * wx + bottomRight * wy * wx;
            return (sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20);
        }
        if (resize.Method == BilinearMethod.Integer11)
        {
            long wy = resize.Rows.Weights[y], wx = resize.Columns.Weights[x];
            long top = ((long)topLeft << 11) + (topRight - topLeft) * wx, bottom = ((long)bottomLeft << 11) + (bottomRight - bottomLeft) * wx;
            return ((top << 11) + (bottom - top) * wy + (1 << 21)) >> 22;
        }
        float dy = resize.Rows.Fractions[y], dx = resize.Columns.Fractions[x];
        float sum32 = resize.Method == BilinearMethod.FloatProducts
            ? (topLeft * (1 - dy) * (1 - dx)) + (bottomLeft * dy * (1 - dx)) + (topRight * (1 - dy) * dx) + (bottomRight * dy * dx)
            : (topLeft * ((1 - dy) * (1 - dx))) + (topRight * ((1 - dy) * dx)) + (bottomLeft * (dy * (1 - dx))) + (bottomRight * (dy * dx));
        return (long)(sum32 + 0.5f);
    }
}

/// <summary>RESIZE_BILINEAR on float32.</summary>
public sealed class FloatResize(PreparedFloatResize resize) : IReferenceOperator<PreparedFloatResize>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        (Shape from, Shape to, ResizeAxis rows, ResizeAxis columns) = (resize.Input.Shape!, resize.Output.Shape!, resize.Rows, resize.Columns);
        int channels = to[3];
        for (int i = 0; i < output.Length; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, channels);
            (int line, int x) = Math.DivRem(pixel, to[2]);
            (int batch, int y) = Math.DivRem(line, to[1]);
            int top = (batch * from[1] + rows.Low[y]) * from[2], bottom = (batch * from[1] + rows.High[y]) * from[2];
            output[i] = Between(
                input[(top + columns.Low[x]) * channels + channel], input[(top + columns.High[x]) * channels + channel],
                input[(bottom + columns.Low[x]) * channels + channel], input[(bottom + columns.High[x]) * channels + channel], rows.Fractions[y], columns.Fractions[x]);
        }
    }

    private float Between(float topLeft, float topRight, float bottomLeft, float bottomRight, float dy, float dx)
    {
        switch (resize.Method)
        {
            case BilinearMethod.FloatDifferences:
                float top = topLeft + (float)((topRight - topLeft) * dx), bottom = bottomLeft + (float)((bottomRight - bottomLeft) * dx);
                return top + (float)((bottom - top) * dy);
            case BilinearMethod.FloatHalves:
                float left = dy == 0 ? topLeft : (topLeft + bottomLeft) / 2, right = dy == 0 ? topRight : (topRight + bottomRight) / 2;
                return dx == 0 ? left : (left + right) / 2;
            case BilinearMethod.FloatProducts:
                return (topLeft * (1 - dy) * (1 - dx)) + (bottomLeft * dy * (1 - dx)) + (topRight * (1 - dy) * dx) + (bottomRight * dy * dx);
            default:
                return (topLeft * ((1 - dy) * (1 - dx))) + (topRight * ((1 - dy) * dx)) + (bottomLeft * (dy * (1 - dx))) + (bottomRight * (dy * dx));
        }
    }
}

/// <summary>RESIZE_NEAREST_NEIGHBOR.</summary>
public sealed class ResizeNearest(PreparedResizeNearest resize) : IReferenceOperator<PreparedResizeNearest>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> input = inputs[0].Span;
        Span<byte> output = outputs[0].Span;
        (Shape from, Shape to) = (resize.Input.Shape!, resize.Output.Shape!);
        int bytes = to[3] * resize.ElementBytes, at = 0;
        for (int batch = 0; batch < to[0]; batch++)
        {
            foreach (int y in resize.Rows)
            {
                foreach (int x in resize.Columns)
                {
                    input.Slice(((batch * from[1] + y) * from[2] + x) * bytes, bytes).CopyTo(output[at..]);
                    at += bytes;
                }
            }
        }
    }
}
