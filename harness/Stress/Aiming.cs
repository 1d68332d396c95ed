using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Arithmetic.Profiles;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Stress;

/// <summary>
/// Solves for values at which arithmetics part. Random accumulators come near a tie once in a thousand elements; here the bias, or the codes, are chosen so that the
/// scaled number lands beside a half, a clamp or the end of int32, and among those the ones that known arithmetics take to different codes.
/// </summary>
public static partial class Aiming
{
    private const int Attempts = 24;
    private const int ScaleAttempts = 1 << 14;
    private const int RowsOfTwo = 128;

    /// <summary>The case with such values; the case itself where nothing is solved for its operator.</summary>
    public static OperatorCase At(OperatorCase one) => At(one, Ways(one));

    /// <summary>As above, with the ways to tell apart.</summary>
    /// <param name="ways">The case's operator in the arithmetics between which it is to decide.</param>
    /// <param name="thorough">Seeks long where such values are rare, in shapes that hold many of them, whatever else a case should be good for.</param>
    public static OperatorCase At(OperatorCase one, ImmutableArray<PreparedOperator> ways, bool thorough = false)
    {
        if (ways.IsEmpty)
            return one;
        OperatorCase given = one.Materialized();
        Random random = new(one.Number ^ 0x71E5);
        return ways[0] switch
        {
            PreparedConvolution => Biased(given, 2, random, [.. ways.OfType<PreparedConvolution>().Select(way => way.Requantizer)], SumsOf(given, (PreparedConvolution)ways[0], random)),
            PreparedWideConvolution => Biased(Silenced(given, 0), 2, random, [.. ways.OfType<PreparedWideConvolution>().Select(way => way.Requantizer)], _ => 0),
            PreparedTransposeConvolution => Biased(
                Silenced(given, 2), 3, random, [.. ways.OfType<PreparedTransposeConvolution>().SelectMany(way => new[] { way.Requantizer, way.Tail })], _ => 0),
            PreparedCombination => Paired(given, random, [.. ways.OfType<PreparedCombination>()], thorough),
            PreparedTable => Coded(given, random, [.. ways.OfType<PreparedTable>()], thorough),
            PreparedQuantize => Halved(given, random, [.. ways.OfType<PreparedQuantize>()]),
            PreparedBatchMatrix => Multiplied(thorough ? Lengthened(given) : given, random, [.. ways.OfType<PreparedBatchMatrix>()]),
            PreparedCodeSum => Summed(given, random, [.. ways.OfType<PreparedCodeSum>()]),
            PreparedFloatConvolution when AreClampedApart(ways.OfType<PreparedFloatConvolution>().Select(way => way.High)) && (thorough || random.Next(16) == 0) =>
                Infinite(given, 2, random),
            PreparedFloatPool when AreClampedApart(ways.OfType<PreparedFloatPool>().Select(way => way.High)) && (thorough || random.Next(16) == 0) => Infinite(given, 0, random),
            PreparedMaxPool { Input.Type: TensorType.Float32 } when AreClampedApart(ways.OfType<PreparedMaxPool>().Select(way => (float)way.High)) && (thorough || random.Next(16) == 0) =>
                Infinite(given, 0, random),
            PreparedFloatTransposeConvolution when thorough && AreClampedApart(ways.OfType<PreparedFloatTransposeConvolution>().Select(way => way.High)) => Infinite(given, 3, random),
            PreparedNumbers { Output.Type: TensorType.Float32 } when thorough && AreClampedApart(ways.OfType<PreparedNumbers>().Select(way => (float)way.High)) => Infinite(given, 0, random),
            PreparedCast { Input.Type: TensorType.Float32 } when ways.OfType<PreparedCast>().DistinctBy(way => way.Floats).Count() > 1 && (thorough || random.Next(2) == 0) =>
                Overflowing(given, random),
            _ => one,
        };
    }

    /// <summary>
    /// A case of a function of real numbers with scales at which one of its results lies on the middle between two codes, as exactly as float32 has it. Other cases stay as
    /// they are.
    /// </summary>
    public static OperatorCase Sharpened(OperatorCase one)
    {
        Random random = new(one.Number ^ 0x5CA1E);
        CaseTensor input = one.Inputs[0];
        if (one is { Code: BuiltinOperator.Softmax, Output.Type: TensorType.Int16 } && input.Type != TensorType.Int16)
            return Rowed((random.Next(1 << 15, 1 << 16) + 0.5) / (1 << 16), random.Next(1, 128));
        if (one.Output.Type == TensorType.Int16)
            return Bounded(one, random);
        if (one.Output.Type is not (TensorType.UInt8 or TensorType.Int8) || one.Output.Scale == 0)
            return one;
        int code = random.Next(1, 128);
        switch (one.Code)
        {
            case BuiltinOperator.Logistic:
                return WithScale(Logit((random.Next(256) + 0.5) / 256) / code);
            case BuiltinOperator.Tanh:
                return WithScale(Math.Atanh((random.Next(128) + 0.5) / 128) / code);
            case BuiltinOperator.Elu:
                return one with { Output = one.Output with { Scale = (float)(-double.ExpM1(-code * (double)input.Scale) / (random.Next(128) + 0.5)) } };
            case BuiltinOperator.Softmax:
                return Rowed((random.Next(128, 256) + 0.5) / 256, code);
            case BuiltinOperator.LogSoftmax:
                // -log(1 + exp(-scale * code)) is half a code of 1/16 off one; down to -log 2 there are 11.
                return InRows(WithScale(Math.Log(Math.Exp((random.Next(11) + 0.5) / 16) - 1) / code), code, random);
            case BuiltinOperator.Conv2D or BuiltinOperator.DepthwiseConv2D or BuiltinOperator.FullyConnected or BuiltinOperator.TransposeConv when random.Next(2) == 0:
                return Fine(one, random);
            default:
                return Bounded(one, random);
        }

        OperatorCase Rowed(double probability, int below) => InRows(WithScale(Logit(probability) / below), below, random) with { Options = new SoftmaxOptions(1) };

        OperatorCase WithScale(double scale) => Math.Abs(scale) is > 1e-4 and < 1 ? one with { Inputs = [input with { Scale = (float)Math.Abs(scale) }] } : one;

        // In half of the rows the smaller of two codes lies as far below the other as the scale was made for.
        static OperatorCase InRows(OperatorCase one, int below, Random random)
        {
            Shape shape = [RowsOfTwo, 2];
            (int low, int high) = one.Inputs[0].Type.CodeRange()!.Value;
            byte[] rows = [.. Enumerable.Range(0, RowsOfTwo).SelectMany(row =>
            {
                int top = random.Next(low + below, high + 1), other = top - (row % 2 == 0 ? below : random.Next(below + 1));
                return random.Next(2) == 0 ? new[] { (byte)top, (byte)other } : [(byte)other, (byte)top];
            })];
            return one with { Inputs = [one.Inputs[0] with { Shape = shape, Value = rows }], Output = one.Output with { Shape = shape } };
        }

        static double Logit(double probability) => Math.Log(probability / (1 - probability));
    }

    /// <summary>
    /// An output scale so coarse that the accumulators of a code are millions: they come close enough to a tie to tell factors apart that differ in their last bits.
    /// </summary>
    private static OperatorCase Fine(OperatorCase one, Random random)
    {
        CaseTensor filter = one.Inputs[1];
        float factor = (one.Code == BuiltinOperator.TransposeConv ? one.Inputs[2] : one.Inputs[0]).Scale * (filter.Channels?.Scales.Max() ?? filter.Scale);
        return one with { Output = one.Output with { Scale = factor * (float)Math.ScaleB(1 + random.NextDouble(), random.Next(15, 23)) } };
    }

    /// <summary>
    /// A convolution whose output scale makes two formations of its factor different numbers in the form that a requantization takes: of int16, which keeps 16 bits of it, few
    /// scales do. Where the accumulators of 8 bits must be large to show it, the scale is coarse.
    /// </summary>
    public static OperatorCase Scaled(OperatorCase one, ConvolutionArithmetic own, ConvolutionArithmetic other)
    {
        Random random = new(one.Number ^ 0x5CA1E);
        if (own.Scale == other.Scale || one.Output.Scale == 0 || one.Inputs.Length < 2 || one.Output.Type.CodeRange() is null)
            return Sharpened(one);
        CaseTensor input = one.Inputs[one.Code == BuiltinOperator.TransposeConv ? 2 : 0], filter = one.Inputs[1];
        int channel = filter.Channels is { } channels ? random.Next(channels.Scales.Length) : 0;
        float weight = filter.Channels?.Scales[channel] ?? filter.Scale;
        for (int attempt = 0; attempt < ScaleAttempts; attempt++)
        {
            int bits = one.Output.Type == TensorType.Int16 ? random.Next(3, 16) : random.Next(15, 23);
            float scale = input.Scale * weight * (float)Math.ScaleB(1 + random.NextDouble(), bits);
            if (Form(own.Requantization, own.Scale.Of(input.Scale, weight, scale)) != Form(own.Requantization, other.Scale.Of(input.Scale, weight, scale)))
                return one with { Output = one.Output with { Scale = scale } };
        }
        return one;

        static double Form(Requantization requantization, double factor) => requantization.Product switch
        {
            Product.Float32 => (float)factor,
            Product.Mantissa16 => (Multiplier.From(factor).Mantissa + 0x8000) >> 16,
            _ => factor,
        };
    }

    /// <summary>An output scale at which the upper bound of a fused activation lies on the middle between two codes.</summary>
    private static OperatorCase Bounded(OperatorCase one, Random random)
    {
        object? activation = one.Options?.GetType().GetProperty("Activation")?.GetValue(one.Options);
        if (one.Output.Scale == 0 || activation is not (Activation.Relu6 or Activation.ReluN1To1))
            return one;
        float scale = (float)((activation is Activation.Relu6 ? 6 : 1) / (random.Next(1, 100) + 0.5));
        bool sharesScale = one.Code is BuiltinOperator.AveragePool2D or BuiltinOperator.MaxPool2D;
        return one with { Output = one.Output with { Scale = scale }, Inputs = sharesScale ? one.Inputs.SetItem(0, one.Inputs[0] with { Scale = scale }) : one.Inputs };
    }

    /// <summary>The operator of a case in every arithmetic that a known profile has for it, each once.</summary>
    public static ImmutableArray<PreparedOperator> Ways(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        OperatorContext context = new(graph, graph.Operators[0]);
        HashSet<OperatorArithmetic> seen = [];
        List<PreparedOperator> ways = [];
        foreach (Profile profile in KnownProfiles.All)
        {
            foreach (bool delegated in new[] { false, true })
            {
                try
                {
                    if (seen.Add(profile.ArithmeticOf(context, delegated)))
                        ways.Add(Preparation.Of(graph, graph.Operators[0], profile, delegated));
                }
                catch (NotComputableException)
                {
                    // That profile does not compute it.
                }
            }
        }
        return [.. ways];
    }

    /// <summary>A bias with which one element of each channel has an accumulator beside a tie, a clamp or the end of its range.</summary>
    /// <param name="sums">The accumulator of that element without bias.</param>
    private static OperatorCase Biased(OperatorCase one, int bias, Random random, ImmutableArray<Requantizer> requantizers, Func<int, int> sums)
    {
        if (one.Inputs.Length <= bias)
            return one;
        CaseTensor tensor = one.Inputs[bias];
        long[] values = [.. Enumerable.Range(0, tensor.Shape.Elements).Select(channel => Accumulator(random, requantizers, channel, tensor.Type == TensorType.Int32) - sums(channel))];
        return one with
        {
            Inputs = one.Inputs.SetItem(bias, tensor.Type == TensorType.Int64
                ? tensor.With<long>(values)
                : tensor.With<int>([.. values.Select(value => unchecked((int)value))])),
        };
    }

    /// <summary>The accumulators of one position of the output, chosen at random, without their bias.</summary>
    private static Func<int, int> SumsOf(OperatorCase one, PreparedConvolution convolution, Random random)
    {
        if (convolution.Window.Positions == 0)
            return _ => 0;
        ScalarSums scalar = new(convolution);
        int position = random.Next(convolution.Window.Positions);
        return channel => unchecked(scalar.At(one.Inputs[0].Value, position, channel) - convolution.Bias[channel]);
    }

    /// <summary>An input of zero point alone, so that the bias is the accumulator.</summary>
    private static OperatorCase Silenced(OperatorCase one, int input)
    {
        CaseTensor silent = one.Inputs[input] with { Value = null, Code = one.Inputs[input].ZeroPoint };
        return one with { Inputs = one.Inputs.SetItem(input, silent with { Value = silent.Values(new Random(0)) }) };
    }

    private static long Accumulator(Random random, ImmutableArray<Requantizer> requantizers, int channel, bool isNarrow)
    {
        Requantizer first = requantizers[random.Next(requantizers.Length)];
        double factor = first.Scales[channel].Real;
        if (requantizers.Any(requantizer => requantizer.WrapsBelow) && random.Next(2) == 0)
            return int.MinValue + random.Next(1 << 24);
        // Beyond int32 once scaled, C++ leaves open what a number becomes.
        if (isNarrow && factor < 1 && random.Next(16) == 0)
            return random.Next(2) == 0 ? int.MaxValue - random.Next(3) : int.MinValue + random.Next(3);
        long found = random.Next(-1000, 1000);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int code = random.Next(8) switch
            {
                0 => first.Low - random.Next(2),
                1 => first.High + random.Next(2) - 1,
                _ => random.Next(first.Low, first.High + 1),
            };
            double centre = (code - first.ZeroPoint + 0.5) / factor;
            if (!(Math.Abs(centre) < (isNarrow ? int.MaxValue - 8.0 : 1L << 40)))
                continue;
            for (int step = -2; step <= 2; step++)
            {
                found = (long)Math.Round(centre) + step;
                if (Differ(requantizers, requantizer => requantizer.Code(found, channel)))
                    return found;
            }
            found = (long)Math.Round(centre) + random.Next(-1, 2);
        }
        return found;
    }

    private static bool Differ<T>(ImmutableArray<T> ways, Func<T, int> code)
    {
        int first = code(ways[0]);
        for (int i = 1; i < ways.Length; i++)
        {
            if (code(ways[i]) != first)
                return true;
        }
        return false;
    }

    private static void Store(byte[] data, int at, int code, TensorType type)
    {
        if (type == TensorType.Int16)
            MemoryMarshal.Cast<byte, short>(data.AsSpan())[at] = (short)code;
        else
            data[at] = unchecked((byte)code);
    }
}
