using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Explanation;

/// <summary>The steps of operators on codes that have no sum of products: pairs of codes, maxima, tables, rows.</summary>
internal static class CodeTraces
{
    /// <summary>ADD, SUB, MUL and SQUARED_DIFFERENCE: what is made of each input alone, then of both.</summary>
    public static ElementTrace OfCombination(PreparedCombination combination, ImmutableArray<ReadOnlyMemory<byte>> inputs, int flat)
    {
        (int row, int at) = Math.DivRem(flat, combination.Broadcast.Row.Count);
        bool isBody = at < combination.Broadcast.Row.Count / combination.Block * combination.Block;
        Terms terms = isBody ? combination.Body : combination.Tail;
        (int first, int second) = (CodeOf(combination.First, 0), CodeOf(combination.Second, 1));
        (int a, int b) = (TermOf(terms.First, first), TermOf(terms.Second, second));
        int code = combination.Code(a, b, terms.Narrowing);
        return new(
        [
            new("first code", "", Text(first)),
            new("second code", "", Text(second)),
            new("first term", HowTerm(combination.First), Text(a)),
            new("second term", HowTerm(combination.Second), Text(b)),
            .. Combined(combination, terms.Narrowing, a, b),
            new("code", combination.Block == 1 ? "as it is stored" : $"as it is stored; element {at} of a row, in {(isBody ? "whole blocks" : "what is left after blocks")} of {combination.Block}", Text(code)),
        ], []);

        int CodeOf(TensorInfo input, int position) => ElementTrace.CodeAt(
            inputs[position].Span, input.Type, combination.Broadcast.Start(position, row) + at * combination.Broadcast.Row.Strides[position]);

        string HowTerm(TensorInfo input) => input.Quantization is not { } quantization ? "" : combination switch
        {
            { Combination: Combination.Product } or { InFloat: not null } => $"code - {quantization.ZeroPoint}",
            _ => $"(code - {quantization.ZeroPoint}), brought to the scale of the sum",
        };
    }

    private static IEnumerable<TraceStep> Combined(PreparedCombination combination, Narrowing narrowing, int first, int second)
    {
        if (combination.InFloat is { } sum)
        {
            yield return new("rounded", "first * scale + second * scale, over the output's, in float32", Text(sum.Rounded(first, second)));
            yield break;
        }
        int combined = combination.Combined(first, second);
        yield return new("combined", combination.Combination switch
        {
            Combination.Sum => "first + second",
            Combination.Product => "first * second",
            _ => "(first + second)^2",
        }, Text(combined));
        Requantizer requantizer = combination.Requantizer;
        if (narrowing == Narrowing.None || !requantizer.IsPlain)
        {
            foreach (TraceStep step in ElementTrace.OfRequantization(requantizer, combined, 0, "combined to output units"))
                yield return step;
            yield break;
        }
        int rounded = requantizer.Body.Apply(combined, requantizer.Scales[0].InVectors());
        yield return new("factor M", "combined to output units", requantizer.Scales[0].Real.ToString("R", CultureInfo.InvariantCulture));
        yield return new("rounded", "combined * M", Text(rounded));
        yield return new("narrowed", narrowing == Narrowing.Saturate16 ? "to 16 bits, saturating" : "to 16 bits, wrapping", Text(
            narrowing == Narrowing.Saturate16 ? Math.Clamp(rounded, short.MinValue, short.MaxValue) : unchecked((short)rounded)));
        yield return new("clamp", $"zero point {requantizer.ZeroPoint} added in 16 bits, then to {requantizer.Low}..{requantizer.High}", Text(combination.Code(first, second, narrowing)));
    }

    /// <summary>MAX_POOL_2D on codes: the codes under the window, and the largest.</summary>
    public static ElementTrace OfMaxPool(PreparedMaxPool pool, ReadOnlySpan<byte> input, int flat)
    {
        ImmutableArray<Tap> taps = TapsOf(pool.Window, pool.Channels, pool.Input.Type, input, flat);
        bool isOutside = pool.PaddingCode is not null && taps.Length < pool.Window.Taps;
        int largest = taps.Select(tap => tap.Code).Concat(isOutside ? [pool.PaddingCode!.Value] : []).DefaultIfEmpty((int)pool.Low).Max();
        int clamped = Math.Min(Math.Max(largest, (int)pool.Low), (int)pool.High);
        return new(
        [
            new("taps", "codes inside the image", Text(taps.Length)),
            new("largest", isOutside ? $"of them, and of {pool.PaddingCode} outside" : "of them", Text(largest)),
            new("clamp", $"to {pool.Low.ToString(CultureInfo.InvariantCulture)}..{pool.High.ToString(CultureInfo.InvariantCulture)}", Text(clamped)),
            new("code", "as it is stored", Text(clamped)),
        ], taps);
    }

    /// <summary>The codes of a channel that lie under the window of an element.</summary>
    public static ImmutableArray<Tap> TapsOf(Window window, int channels, TensorType type, ReadOnlySpan<byte> input, int flat)
    {
        (int position, int channel) = Math.DivRem(flat, channels);
        (int line, int column) = Math.DivRem(position, window.Width.Output);
        (int batch, int row) = Math.DivRem(line, window.Height.Output);
        ImmutableArray<Tap>.Builder taps = ImmutableArray.CreateBuilder<Tap>();
        for (int tap = 0; tap < window.Taps; tap++)
        {
            (int ky, int kx) = Math.DivRem(tap, window.Width.Kernel);
            (int y, int x) = (window.Height.Position(row, ky), window.Width.Position(column, kx));
            if ((uint)y >= (uint)window.Height.Input || (uint)x >= (uint)window.Width.Input)
                continue;
            int code = ElementTrace.CodeAt(input, type, ((batch * window.Height.Input + y) * window.Width.Input + x) * channels + channel);
            taps.Add(new(ky, kx, channel, true, code, 1, code));
        }
        return taps.ToImmutable();
    }

    /// <summary>An operator that is a table of its results.</summary>
    public static ElementTrace OfTable(PreparedTable table, ReadOnlySpan<byte> input, int flat)
    {
        int code = ElementTrace.CodeAt(input, table.Input.Type, flat);
        bool isBody = flat < table.TailStart;
        ImmutableArray<byte> results = isBody ? table.Body : table.Tail;
        int entries = results.Length / (int)table.Output.Type.Bytes(1);
        return new(
        [
            new("input code", "", Text(code)),
            new("code", $"entry {code & (entries - 1)} of the table of results{(table.TailStart == 0 || table.Body.SequenceEqual(table.Tail) ? "" : isBody ? ", of whole blocks" : ", of what is left after blocks")}",
                Text(ElementTrace.CodeAt(results.AsSpan(), table.Output.Type, code & (entries - 1)))),
        ], []);
    }

    /// <summary>SOFTMAX on 8-bit codes up to the sum over the row; <paramref name="code"/> is what it becomes.</summary>
    public static ElementTrace OfSoftmax(PreparedSoftmax softmax, ReadOnlySpan<byte> input, int flat, int code)
    {
        int start = flat / softmax.Depth * softmax.Depth, largest = int.MinValue;
        for (int i = start; i < start + softmax.Depth; i++)
            largest = Math.Max(largest, ElementTrace.CodeAt(input, softmax.Input.Type, i));
        int own = ElementTrace.CodeAt(input, softmax.Input.Type, flat), difference = largest - own;
        bool isFloat = softmax.Method == SoftmaxMethod.FloatTable;
        float floatSum = 0;
        int sum = 0, counted = 0;
        for (int i = start; i < start + softmax.Depth; i++)
        {
            int distance = largest - ElementTrace.CodeAt(input, softmax.Input.Type, i);
            if (isFloat)
                floatSum += softmax.FloatExponentials[distance];
            else if (distance <= softmax.LargestDifference)
                sum = unchecked(sum + FixedPoint.RoundingDivideByPowerOfTwo(softmax.Exponentials[distance], Reference.Operators.Softmax.SumBits));
            counted += isFloat || distance <= softmax.LargestDifference ? 1 : 0;
        }
        return new(
        [
            new("input code", "", Text(own)),
            new("row maximum", $"of {softmax.Depth} codes", Text(largest)),
            new("difference", "row maximum - code", Text(difference)),
            new("exponential", isFloat ? "expf(-scale * beta * difference), from a table" : "exp(-scale * beta * difference), 31 fractional bits",
                isFloat ? softmax.FloatExponentials[difference].ToString("R", CultureInfo.InvariantCulture) : Text(softmax.Exponentials[difference])),
            new("sum", isFloat ? $"of {counted} exponentials, in order" : $"of {counted} exponentials, each >> {Reference.Operators.Softmax.SumBits}, ties away from zero",
                isFloat ? floatSum.ToString("R", CultureInfo.InvariantCulture) : Text(sum)),
            new("code", isFloat ? $"exponential * (1 / (sum * {softmax.OutputScale.ToString("R", CultureInfo.InvariantCulture)})), rounded"
                : $"exponential * reciprocal of the sum, in fixed point, to {softmax.Output.Type.Bits()} bits", Text(code)),
        ], []);
    }

    private static int TermOf(ImmutableArray<int> terms, int code) => terms[code & (terms.Length - 1)];

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
