using System.Collections.Concurrent;
using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Reference;

/// <summary>
/// One output of one operator, computed again and again from the same inputs by prepared records that differ in a field. Safe for use by several threads.
/// </summary>
public abstract class Recomputation
{
    /// <param name="expected">What the others differ from.</param>
    /// <param name="inputs">The bytes of its inputs.</param>
    public static Recomputation Of(PreparedOperator expected, ImmutableArray<ReadOnlyMemory<byte>> inputs) =>
        expected switch
        {
            PreparedConvolution convolution => new ConvolutionRecomputation(convolution, inputs[0]),
            PreparedWideConvolution or PreparedTransposeConvolution or PreparedBatchMatrix => new SumRecomputation(expected, inputs),
            _ => new WholeRecomputation(inputs),
        };

    /// <summary>All bytes of the first output.</summary>
    public abstract byte[] Run(PreparedOperator changed);

    /// <summary>A function that computes the elements at some flat positions of the first output alone, in that order.</summary>
    public abstract Func<PreparedOperator, byte[]> At(ImmutableArray<int> elements);
}

/// <summary>Operators that are cheap: always computed whole.</summary>
internal sealed class WholeRecomputation(ImmutableArray<ReadOnlyMemory<byte>> inputs) : Recomputation
{
    public override byte[] Run(PreparedOperator changed)
    {
        ImmutableArray<byte[]> outputs = [.. changed.Results.Select(output => new byte[output.Type.Bytes(output.Shape!.Elements)])];
        ReferenceOperators.Create(changed).Run(inputs, [.. outputs.Select(output => output.AsMemory())]);
        return outputs[0];
    }

    public override Func<PreparedOperator, byte[]> At(ImmutableArray<int> elements) => changed =>
    {
        byte[] whole = Run(changed);
        int bytes = (int)changed.Outputs[0].Type.Bytes(1);
        byte[] some = new byte[elements.Length * bytes];
        for (int i = 0; i < elements.Length; i++)
            whole.AsSpan(elements[i] * bytes, bytes).CopyTo(some.AsSpan(i * bytes));
        return some;
    };
}

/// <summary>Convolutions: accumulators are kept for every record that only requantizes differently.</summary>
internal sealed class ConvolutionRecomputation(PreparedConvolution expected, ReadOnlyMemory<byte> input) : Recomputation
{
    private readonly Lazy<int[]> sums = new(() => SumsOf(expected, input.Span));

    public override byte[] Run(PreparedOperator changed)
    {
        PreparedConvolution convolution = (PreparedConvolution)changed;
        int channels = convolution.OutputChannels;
        int[] accumulators = HasSumsOf(expected, convolution) ? sums.Value : SumsOf(convolution, input.Span);
        byte[] codes = new byte[convolution.Window.Positions * channels];
        RowRequantizer requantizer = new(convolution.Requantizer, convolution.Output.Type);
        for (int row = 0; row < codes.Length; row += channels)
            requantizer.Apply(accumulators.AsSpan(row, channels), 0, codes.AsSpan(row, channels));
        return codes;
    }

    public override Func<PreparedOperator, byte[]> At(ImmutableArray<int> elements)
    {
        ConcurrentDictionary<PreparedConvolution, int[]> known = new();
        return changed =>
        {
            PreparedConvolution convolution = (PreparedConvolution)changed;
            int[] accumulators = known.GetOrAdd(convolution with { Requantizer = expected.Requantizer }, one =>
            {
                ScalarSums scalar = new(one);
                return [.. elements.Select(element => scalar.At(input.Span, element / one.OutputChannels, element % one.OutputChannels))];
            });
            byte[] codes = new byte[elements.Length];
            for (int i = 0; i < codes.Length; i++)
                codes[i] = (byte)convolution.Requantizer.Code(accumulators[i], elements[i] % convolution.OutputChannels);
            return codes;
        };
    }

    private static bool HasSumsOf(PreparedConvolution one, PreparedConvolution other) => other with { Requantizer = one.Requantizer } == one;

    /// <summary>Every accumulator, position by position.</summary>
    private static int[] SumsOf(PreparedConvolution convolution, ReadOnlySpan<byte> input)
    {
        ConvolutionSums sums = ConvolutionSums.Of(convolution);
        int channels = convolution.OutputChannels, positions = convolution.Window.Positions;
        int[] all = new int[positions * channels], block = new int[sums.BlockPositions * sums.Stride];
        for (int first = 0; first < positions; first += sums.BlockPositions)
        {
            int count = Math.Min(sums.BlockPositions, positions - first);
            sums.Compute(input, first, count, block);
            for (int row = 0; row < count; row++)
                block.AsSpan(row * sums.Stride, channels).CopyTo(all.AsSpan((first + row) * channels));
        }
        return all;
    }
}

/// <summary>Other operators that are a sum and then a requantization: the sums are kept for every record that only requantizes differently.</summary>
internal sealed class SumRecomputation(PreparedOperator expected, ImmutableArray<ReadOnlyMemory<byte>> inputs) : Recomputation
{
    private readonly Lazy<long[]> sums = new(() => SumsOf(expected, inputs));

    public override byte[] Run(PreparedOperator changed) => At([.. Enumerable.Range(0, changed.Outputs[0].Shape!.Elements)])(changed);

    public override Func<PreparedOperator, byte[]> At(ImmutableArray<int> elements) => changed =>
    {
        long[] accumulators = HasSumsOf(changed) ? sums.Value : SumsOf(changed, inputs);
        (int bytes, int channels) = (changed.Outputs[0].Type == TensorType.Int16 ? 2 : 1, changed is PreparedBatchMatrix ? 1 : changed.Outputs[0].Shape!.Last);
        byte[] codes = new byte[elements.Length * bytes];
        for (int i = 0; i < elements.Length; i++)
        {
            int code = RequantizerOf(changed, elements[i]).Code(accumulators[elements[i]], elements[i] % channels);
            codes[i * bytes] = (byte)code;
            if (bytes == 2)
                codes[i * 2 + 1] = (byte)(code >> 8);
        }
        return codes;
    };

    private bool HasSumsOf(PreparedOperator changed) => (expected, changed) switch
    {
        (PreparedWideConvolution one, PreparedWideConvolution other) => other with { Requantizer = one.Requantizer } == one,
        (PreparedTransposeConvolution one, PreparedTransposeConvolution other) => other with { Requantizer = one.Requantizer, Tail = one.Tail } == one,
        (PreparedBatchMatrix one, PreparedBatchMatrix other) => other with { Requantizer = one.Requantizer } == one,
        _ => false,
    };

    private static Requantizer RequantizerOf(PreparedOperator prepared, int element) => prepared switch
    {
        PreparedWideConvolution convolution => convolution.Requantizer,
        PreparedTransposeConvolution convolution => element < convolution.TailElement ? convolution.Requantizer : convolution.Tail,
        _ => ((PreparedBatchMatrix)prepared).Requantizer,
    };

    private static long[] SumsOf(PreparedOperator prepared, ImmutableArray<ReadOnlyMemory<byte>> inputs) => prepared switch
    {
        PreparedWideConvolution convolution => new Operators.WideConvolution(convolution).Sums(inputs[0]),
        PreparedTransposeConvolution convolution => new Operators.TransposeConvolution(convolution).Sums(inputs[0]),
        _ => new Operators.BatchMatrix((PreparedBatchMatrix)prepared).Sums(inputs),
    };
}
