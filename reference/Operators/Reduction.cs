using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>What a reduction does with each element; a struct, so that the loop is compiled for it.</summary>
internal interface IReducer<T, TSum>
{
    TSum First(T element);

    TSum Next(TSum sum, T element);

    /// <summary>The output's element; the position is that in its last axis.</summary>
    T Last(TSum sum, int channel);
}

/// <summary>The loop of every reduction.</summary>
internal static class Reducing
{
    public static void Run<T, TSum, TReducer>(ReductionAxes axes, int channels, ReadOnlySpan<T> input, Span<T> output, TReducer reducer, TSum empty)
        where T : unmanaged
        where TReducer : struct, IReducer<T, TSum>
    {
        int[] offsets = Offsets(axes.Reduced);
        for (int i = 0; i < output.Length; i++)
        {
            int start = 0, rest = i;
            for (int axis = axes.Kept.Length - 1; axis >= 0; axis--)
            {
                (rest, int index) = Math.DivRem(rest, axes.Kept[axis].Size);
                start += index * axes.Kept[axis].Stride;
            }
            TSum sum = empty;
            for (int k = 0; k < offsets.Length; k++)
                sum = k == 0 ? reducer.First(input[start + offsets[k]]) : reducer.Next(sum, input[start + offsets[k]]);
            output[i] = reducer.Last(sum, i % channels);
        }
    }

    private static int[] Offsets(ImmutableArray<ViewAxis> axes)
    {
        int[] offsets = [0];
        foreach (ViewAxis axis in axes)
            offsets = [.. offsets.SelectMany(offset => Enumerable.Range(0, axis.Size).Select(step => offset + step * axis.Stride))];
        return offsets;
    }
}

/// <summary>Reductions of plain numbers. Those of 8 and 16 bits are added up in int32, as TFLite does for MEAN; a SUM wraps alike in either.</summary>
public sealed class Reduction(PreparedReduction reduction) : NumberOperator(reduction.Output.Type), IReferenceOperator<PreparedReduction>, IBoundedOperator
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (reduction.Order == SumOrder.VectorRows)
            RunRows(MemoryMarshal.Cast<byte, float>(inputs[0].Span), MemoryMarshal.Cast<byte, float>(outputs[0].Span));
        else if (reduction.Output.Type.CodeRange() is null)
            Run<T, T>(inputs, outputs);
        else
            Run<T, int>(inputs, outputs);
    }

    private void RunRows(ReadOnlySpan<float> input, Span<float> output)
    {
        int count = reduction.Axes.Count;
        for (int row = 0; row < output.Length; row++)
            output[row] = VectorRows.Sum(input.Slice(row * count, count), (long)row * count) / reduction.Divisor;
    }

    private void Run<T, TSum>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
        where T : unmanaged, INumber<T>
        where TSum : unmanaged, INumber<TSum> =>
        Reducing.Run<T, TSum, Reducer<T, TSum>>(
            reduction.Axes, 1, MemoryMarshal.Cast<byte, T>(inputs[0].Span), MemoryMarshal.Cast<byte, T>(outputs[0].Span), new(reduction.Function, reduction.Divisor),
            reduction.Function == ReductionFunction.Product ? TSum.One : TSum.Zero);

    private readonly struct Reducer<T, TSum>(ReductionFunction function, long divisor) : IReducer<T, TSum>
        where T : unmanaged, INumber<T>
        where TSum : unmanaged, INumber<TSum>
    {
        public TSum First(T element) => TSum.CreateTruncating(element);

        public TSum Next(TSum sum, T element)
        {
            TSum next = First(element);
            return unchecked(function switch
            {
                ReductionFunction.Sum => sum + next,
                ReductionFunction.Product => sum * next,
                ReductionFunction.Maximum => next > sum ? next : sum,
                _ => next < sum ? next : sum,
            });
        }

        public T Last(TSum sum, int channel) => divisor <= 1 ? T.CreateTruncating(sum)
            : typeof(T) == typeof(float) ? T.CreateTruncating(sum / TSum.CreateTruncating(divisor))
            : T.CreateTruncating(long.CreateTruncating(sum) / divisor);
    }

    /// <remarks>The quotient may be a product with a reciprocal: two roundings more.</remarks>
    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (reduction.IsExact)
            return null;
        float[] sizes = new float[reduction.Output.Shape!.Elements];
        Reducing.Run<float, double, Magnitude>(reduction.Axes, 1, MemoryMarshal.Cast<byte, float>(inputs[0].Span), sizes, new(reduction.Divisor), 0);
        return ErrorBound.OfSums(reduction.Axes.Count + 2, "|x|", sizes, reduction.FlushesSubnormals);
    }

    private readonly struct Magnitude(long divisor) : IReducer<float, double>
    {
        public double First(float element) => Math.Abs((double)element);

        public double Next(double sum, float element) => sum + Math.Abs((double)element);

        public float Last(double sum, int channel) => MathF.BitIncrement((float)(sum / divisor));
    }
}

/// <summary>MEAN and SUM of codes.</summary>
public sealed class CodeSum(PreparedCodeSum reduction) : CodeOperator(reduction.ReadAs), IReferenceOperator<PreparedCodeSum>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) =>
        Reducing.Run<T, int, Reducer<T>>(
            reduction.Axes, reduction.Requantizer.Scales.Length, MemoryMarshal.Cast<byte, T>(inputs[0].Span), MemoryMarshal.Cast<byte, T>(outputs[0].Span), new(reduction), 0);

    private readonly struct Reducer<T>(PreparedCodeSum reduction) : IReducer<T, int>
        where T : unmanaged, IBinaryInteger<T>
    {
        public int First(T element) => int.CreateTruncating(element);

        public int Next(int sum, T element) => unchecked(sum + int.CreateTruncating(element));

        public T Last(int sum, int channel)
        {
            int centred = reduction.DividedFirst is { } rounding
                ? FixedPoint.Divide(sum, reduction.Axes.Count, rounding) - reduction.Input.Quantization!.ZeroPoint
                : unchecked(sum - reduction.Subtracted);
            int code = reduction.Line is { } line
                ? line.Code(centred, reduction.Requantizer.Low, reduction.Requantizer.High)
                : reduction.Requantizer.Code(centred, channel);
            return T.CreateTruncating(reduction.Last?.Code(code) ?? code);
        }
    }
}

/// <summary>REDUCE_PROD of codes.</summary>
public sealed class CodeProduct(PreparedCodeProduct reduction) : CodeOperator(reduction.Output.Type), IReferenceOperator<PreparedCodeProduct>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) =>
        Reducing.Run<T, int, Reducer<T>>(
            reduction.Axes, 1, MemoryMarshal.Cast<byte, T>(inputs[0].Span), MemoryMarshal.Cast<byte, T>(outputs[0].Span), new(reduction), 0);

    private readonly struct Reducer<T>(PreparedCodeProduct reduction) : IReducer<T, int>
        where T : unmanaged, IBinaryInteger<T>
    {
        public int First(T element) => int.CreateTruncating(element) - reduction.InputZeroPoint;

        public int Next(int sum, T element) => reduction.Requantizer.Body.Apply((long)sum * First(element), reduction.Requantizer.Scales[0]);

        public T Last(int sum, int channel) => T.CreateTruncating(reduction.Requantizer.Code(sum, 0));
    }
}
