using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress;

/// <summary>Codes and numbers of one input.</summary>
public static partial class Aiming
{
    private const int NumberAttempts = 32;

    /// <summary>Codes of which the ways have different results: in half of the elements, or in all.</summary>
    private static OperatorCase Coded(OperatorCase one, Random random, ImmutableArray<PreparedTable> ways, bool all)
    {
        CaseTensor input = one.Inputs[0];
        (int least, int most) = input.Type.CodeRange()!.Value;
        (int low, int high) = input.Range is var (from, to) ? ((int)from, (int)to) : (least, most);
        int bytes = ways[0].Tail.Length / (most - least + 1);
        int[] everywhere = CodesOf([.. ways.SelectMany(way => new[] { way.Body, way.Tail }).Distinct()]);
        int[] inBody = CodesOf([.. ways.Select(way => way.Body)]), inTail = CodesOf([.. ways.Select(way => way.Tail)]);
        if (everywhere.Length == 0)
            return one;
        byte[] values = [.. input.Value!];
        for (int i = 0; i < input.Shape.Elements; i++)
        {
            int[] here = ways.Any(way => i < way.TailStart) ? inBody : inTail;
            if (here.Length == 0)
                here = everywhere;
            if (all || random.Next(2) == 0)
                Store(values, i, here[random.Next(here.Length)], input.Type);
        }
        return one with { Inputs = one.Inputs.SetItem(0, input with { Value = values }) };

        int[] CodesOf(ImmutableArray<ImmutableArray<byte>> tables) =>
        [
            .. Enumerable.Range(low, high - low + 1).Where(code => tables.Any(table =>
                !table.AsSpan((code & (most - least)) * bytes, bytes).SequenceEqual(tables[0].AsSpan((code & (most - least)) * bytes, bytes)))),
        ];
    }

    /// <summary>Numbers beside the middle between two codes, the clamps, and the end of int32, that the ways make different codes of where such are found.</summary>
    private static OperatorCase Halved(OperatorCase one, Random random, ImmutableArray<PreparedQuantize> ways)
    {
        PreparedQuantize quantize = ways[0];
        float[] values = MemoryMarshal.Cast<byte, float>(one.Inputs[0].Value).ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            int element = i;
            for (int attempt = 0; attempt < NumberAttempts; attempt++)
            {
                values[i] = Next();
                if (Differ(ways, way => way.Code(values[element], element < way.TailStart ? way.Body : way.Tail)))
                    break;
            }
        }
        return one with { Inputs = one.Inputs.SetItem(0, one.Inputs[0].With<float>(values)) };

        float Next()
        {
            if (random.Next(16) == 0)
                return (float)Math.ScaleB(quantize.Scale * (random.NextDouble() - 0.5), random.Next(31, 35));
            int code = random.Next(8) == 0 ? (random.Next(2) == 0 ? quantize.Low - 1 : quantize.High) : random.Next(quantize.Low - 1, quantize.High + 1);
            float middle = (float)((code - quantize.ZeroPoint + 0.5) * quantize.Scale);
            return random.Next(4) switch
            {
                0 => MathF.BitIncrement(middle),
                1 => MathF.BitDecrement(middle),
                _ => middle,
            };
        }
    }

    /// <summary>Codes whose sums the ways scale to different codes; where there are no such sums, the case as it is.</summary>
    private static OperatorCase Summed(OperatorCase one, Random random, ImmutableArray<PreparedCodeSum> ways)
    {
        PreparedCodeSum way = ways[0];
        int count = way.Axes.Count, channels = way.Requantizer.Scales.Length;
        (int low, int high) = way.Input.Type.CodeRange()!.Value;
        if (ways.Any(other => other.ReadAs != way.Input.Type) || (long)count * (high - low) > int.MaxValue / 2 || way.Output.Shape!.Elements == 0)
            return one;
        int[] inBody = SumsOf(0), inTail = SumsOf(channels - 1);
        byte[] values = [.. one.Inputs[0].Value!];
        int[] offsets = Offsets(way.Axes.Reduced), starts = Offsets(way.Axes.Kept);
        for (int output = 0; output < starts.Length; output++)
        {
            int[] sums = ways.Any(other => output % channels >= other.Requantizer.TailStart) ? inTail : inBody;
            if (sums.Length > 0)
                Spread(sums[random.Next(sums.Length)], starts[output]);
        }
        return one with { Inputs = one.Inputs.SetItem(0, one.Inputs[0] with { Value = values }) };

        int[] SumsOf(int channel)
        {
            int span = count * (high - low), step = Math.Max(1, span >> 16);
            return [.. Enumerable.Range(0, span / step + 1).Select(at => count * low + Math.Min(span, at * step + (step == 1 ? 0 : random.Next(step))))
                .Where(sum => Differ(ways, each => CodeOf(each, sum, channel)))];
        }

        // Equal shares, and what one element gets more another gets less.
        void Spread(int sum, int start)
        {
            int[] codes = new int[count];
            (int share, int rest) = Math.DivRem(sum - count * low, count);
            for (int i = 0; i < count; i++)
                codes[i] = low + share + (i < rest ? 1 : 0);
            random.Shuffle(codes);
            for (int i = 0; i + 1 < count; i += 2)
            {
                int move = random.Next(Math.Min(high - codes[i], codes[i + 1] - low) + 1);
                (codes[i], codes[i + 1]) = (codes[i] + move, codes[i + 1] - move);
            }
            for (int i = 0; i < count; i++)
                Store(values, start + offsets[i], codes[i], way.Input.Type);
        }
    }

    private static int CodeOf(PreparedCodeSum way, int sum, int channel)
    {
        int centred = unchecked(sum - way.Subtracted);
        return way.Line is { } line ? line.Code(centred, way.Requantizer.Low, way.Requantizer.High) : way.Requantizer.Code(centred, channel);
    }

    private static int[] Offsets(ImmutableArray<ViewAxis> axes) =>
        axes.Aggregate(new[] { 0 }, (offsets, axis) => [.. offsets.SelectMany(offset => Enumerable.Range(0, axis.Size).Select(step => offset + step * axis.Stride))]);

    /// <summary>A long product of a row with many columns, in which every sum of products can be had.</summary>
    private static OperatorCase Lengthened(OperatorCase one)
    {
        const int Depth = 512, Columns = 48;
        BatchMatMulOptions options = (BatchMatMulOptions)one.Options!;
        OperatorCase longer = one with
        {
            Inputs =
            [
                one.Inputs[0] with { Shape = options.AdjX ? [Depth, 1] : [1, Depth], Value = null },
                one.Inputs[1] with { Shape = options.AdjY ? [Columns, Depth] : [Depth, Columns], Value = null },
            ],
            Output = one.Output with { Shape = [1, Columns] },
        };
        return longer.Materialized();
    }

    /// <summary>
    /// Codes for the first row and all columns of the first batch whose sums of products lie beside a tie: the row is one large number throughout but for a 1 at its end, so that
    /// a column is a number in that base.
    /// </summary>
    private static OperatorCase Multiplied(OperatorCase one, Random random, ImmutableArray<PreparedBatchMatrix> ways)
    {
        // The prepared operators may be of another shape.
        BatchMatMulOptions options = (BatchMatMulOptions)one.Options!;
        CaseTensor left = one.Inputs[0], right = one.Inputs[1];
        int rows = left.Shape[^(options.AdjX ? 1 : 2)], depth = left.Shape[^(options.AdjX ? 2 : 1)], columns = right.Shape[^(options.AdjY ? 2 : 1)];
        (int low, int high) = left.Type.CodeRange()!.Value;
        (int rightLow, int rightHigh) = right.Type.CodeRange()!.Value;
        if (depth < 2 || one.Output.Shape.Elements == 0)
            return one;
        int most = high - left.ZeroPoint >= left.ZeroPoint - low ? high - left.ZeroPoint : low - left.ZeroPoint, unit = left.ZeroPoint < high ? 1 : -1;
        (int least, int largest) = (rightLow - right.ZeroPoint, rightHigh - right.ZeroPoint);
        byte[] rowCodes = [.. left.Value!], columnCodes = [.. right.Value!];
        for (int k = 0; k < depth; k++)
            Store(rowCodes, options.AdjX ? k * rows : k, left.ZeroPoint + (k == depth - 1 ? unit : most), left.Type);
        ImmutableArray<Requantizer> requantizers = [.. ways.Select(way => way.Requantizer)];
        for (int column = 0; column < columns; column++)
        {
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                if (Digits(Accumulator(random, requantizers, 0, left.Type == TensorType.Int8)) is not { } digits)
                    continue;
                for (int k = 0; k < depth; k++)
                    Store(columnCodes, options.AdjY ? column * depth + k : k * columns + column, right.ZeroPoint + digits[k], right.Type);
                break;
            }
        }
        return one with { Inputs = [left with { Value = rowCodes }, right with { Value = columnCodes }] };

        int[]? Digits(long sum)
        {
            (long quotient, long rest) = Math.DivRem(sum, most);
            rest *= unit;
            if (rest < least || rest > largest)
            {
                // One more or one less of the large number changes the sign of what is left.
                int change = Math.Sign(sum) * Math.Sign(most);
                (quotient, rest) = (quotient + change, rest - (long)unit * change * most);
            }
            int[] digits = new int[depth];
            for (int k = 0; k < depth - 1; k++)
            {
                digits[k] = (int)Math.Clamp((long)Math.Round((double)quotient / (depth - 1 - k)), least, largest);
                quotient -= digits[k];
            }
            digits[^1] = (int)Math.Clamp(rest, least, largest);
            return quotient == 0 && digits[^1] == rest ? digits : null;
        }
    }

    private static bool AreClampedApart(IEnumerable<float> bounds) => bounds.Distinct().Count() > 1;

    /// <summary>An input in which every second number is infinite, all of one sign.</summary>
    private static OperatorCase Infinite(OperatorCase one, int input, Random random)
    {
        if (one.Inputs.Length <= input)
            return one;
        float infinity = random.Next(2) == 0 ? float.PositiveInfinity : float.NegativeInfinity;
        float[] values = MemoryMarshal.Cast<byte, float>(one.Inputs[input].Value).ToArray();
        for (int i = 0; i < values.Length; i++)
            values[i] = random.Next(2) == 0 ? infinity : values[i];
        return one with { Inputs = one.Inputs.SetItem(input, one.Inputs[input].With<float>(values)) };
    }
}
