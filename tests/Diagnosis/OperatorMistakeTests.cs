using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Diagnosis;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Reference.Operators;
using OffByN.Harness.Stress;
using Xunit;
using OperatorCase = OffByN.Harness.Stress.OperatorCase;

namespace OffByN.Tests.Diagnosis;

/// <summary>Mistakes of single operators, planted in plain loops that know nothing of the code under test.</summary>
public sealed class OperatorMistakeTests
{
    private sealed record Plant(string Slug, OperatorCase Case, Func<ImmutableArray<byte[]>, byte[]> Actual);

    private static readonly Dictionary<string, Plant> Plants = new()
    {
        ["ADD in float32, truncated"] = new("add-float", Pair(BuiltinOperator.Add, new AddOptions()), inputs =>
            Each(inputs[0].Length, i => Saturated((int)((((sbyte)inputs[0][i] - 3) * 0.05f + ((sbyte)inputs[1][i] + 7) * 0.02f) / 0.06f) - 11))),
        ["SUB the other way round"] = new("subtract-order", Pair(BuiltinOperator.Sub, new SubOptions()), inputs =>
            Each(inputs[0].Length, i => Saturated((int)RoundedTwice(
                RoundedTwice(((sbyte)inputs[1][i] + 7L) << 20, 0.02f / (2.0 * 0.05f)) - RoundedTwice(((sbyte)inputs[0][i] - 3L) << 20, 0.05f / (2.0 * 0.05f)),
                2.0 * 0.05f / ((1 << 20) * (double)0.06f)) - 11))),
        ["ADD without scales"] = new("add-scales-ignored", Pair(BuiltinOperator.Add, new AddOptions()), inputs =>
            Each(inputs[0].Length, i => Saturated((sbyte)inputs[0][i] - 3 + (sbyte)inputs[1][i] + 7 - 11))),
        ["BATCH_MATMUL that ignores the left zero point"] = new("matrix-zero-point", Matrices, inputs => Multiplied(inputs, 0, -4, RoundedTwice)),
        ["BATCH_MATMUL with a plain shift"] = new("plain-shift", Matrices, inputs => Multiplied(inputs, 9, -4, ShiftedPlainly)),
        ["TRANSPOSE_CONV that ignores its input's zero point"] = new("transposed-input-zero-point", Transposed, inputs => Scattered(inputs, 0, 0, RoundedTwice)),
        ["TRANSPOSE_CONV one pixel lower"] = new("transposed-shifted", Transposed, inputs => Scattered(inputs, 5, 1, RoundedTwice)),
        ["TRANSPOSE_CONV with a plain shift"] = new("plain-shift", Transposed, inputs => Scattered(inputs, 5, 0, ShiftedPlainly)),
        ["int16 CONV_2D without rounding"] = new("float-floored", Wide, inputs =>
        {
            short[] codes = MemoryMarshal.Cast<byte, short>(inputs[0]).ToArray();
            short[] output = new short[64 * 4];
            for (int i = 0; i < output.Length; i++)
            {
                long sum = MemoryMarshal.Cast<byte, long>(inputs[2])[i % 4] + Enumerable.Range(0, 8).Sum(c => (long)codes[i / 4 * 8 + c] * (sbyte)inputs[1][i % 4 * 8 + c]);
                output[i] = (short)Math.Clamp(Math.Floor(sum * ((double)0.001f * 0.02f / 0.01f)), short.MinValue, short.MaxValue);
            }
            return MemoryMarshal.AsBytes(output.AsSpan()).ToArray();
        }),
        ["MAX_POOL_2D from 0"] = new("maximum-from-zero", Pool(TensorType.Int8, 1), inputs => Largest(inputs[0], 0, null)),
        ["MAX_POOL_2D padded with 0"] = new("maximum-of-padding", Pool(TensorType.Int8, 1), inputs => Largest(inputs[0], -128, 0)),
        ["CONCATENATION that copies"] = new("concatenation-rescaling", new(
            BuiltinOperator.Concatenation, [new(TensorType.UInt8, [40, 3], 0.05f, 3), new(TensorType.UInt8, [40, 2], 0.02f, 7)], new(TensorType.UInt8, [40, 5], 0.06f, 11), new ConcatenationOptions(1)),
            inputs => Each(200, i => i % 5 < 3 ? inputs[0][i / 5 * 3 + i % 5] : inputs[1][i / 5 * 2 + i % 5 - 3])),
        ["SOFTMAX without beta"] = new("softmax-beta", Rows(BuiltinOperator.Softmax, new SoftmaxOptions(0.5f), new(TensorType.Int8, [60, 8], 0.06f, 0), 1 / 256f, -128), inputs =>
            Each(480, i => Saturated((int)Math.Round(256 / Enumerable.Range(0, 8).Sum(k => Math.Exp(0.06f * ((sbyte)inputs[0][i / 8 * 8 + k] - (sbyte)inputs[0][i])))) - 128))),
        ["LOGISTIC truncated"] = new("function-rounding", Unary(BuiltinOperator.Logistic, null, 0.05f, 3, 1 / 256f, -128), inputs =>
            Each(600, i => Saturated((int)(1f / (1f + MathF.Exp(-(0.05f * ((sbyte)inputs[0][i] - 3)))) * 256f) - 128))),
        ["TANH by a table that starts elsewhere"] = new("table-index", Unary(BuiltinOperator.Tanh, null, 0.03f, 3, 1 / 128f, 0), inputs =>
            Each(600, i => Saturated((int)MathF.Round(MathF.Tanh(0.03f * ((sbyte)(inputs[0][i] ^ 0x80) - 3)) * 128f, MidpointRounding.AwayFromZero)))),
        ["HARD_SWISH in float32"] = new("hard-swish-float", Unary(BuiltinOperator.HardSwish, new HardSwishOptions(), 0.05f, 3, 0.03f, -5), inputs => Each(600, i =>
        {
            float x = 0.05f * ((sbyte)inputs[0][i] - 3);
            return Saturated((int)MathF.Round(x * Math.Clamp(x + 3, 0, 6) / 6 / 0.03f, MidpointRounding.AwayFromZero) - 5);
        })),
        ["LEAKY_RELU by a shift"] = new("leaky-alpha", Unary(BuiltinOperator.LeakyRelu, new LeakyReluOptions(0.1f), 0.05f, 3, 0.05f, 3), inputs =>
            Each(600, i => (sbyte)inputs[0][i] - 3 is var x && x < 0 ? Saturated((x >> 3) + 3) : Saturated(x + 3))),
        ["RESIZE_BILINEAR without half a pixel"] = new("bilinear-coordinates", new(
            BuiltinOperator.ResizeBilinear, [new(TensorType.Int8, [1, 5, 5, 4], 0.05f, 3), CaseTensor.Integers(10, 10)], new(TensorType.Int8, [1, 10, 10, 4], 0.05f, 3), new ResizeBilinearOptions(false, true)),
            inputs => Each(400, i =>
            {
                (double y, double x, int c) = (i / 40 / 2.0, i / 4 % 10 / 2.0, i % 4);
                (int top, int left, int bottom, int right) = ((int)y, (int)x, Math.Min((int)y + 1, 4), Math.Min((int)x + 1, 4));
                double At(int row, int column) => (sbyte)inputs[0][(row * 5 + column) * 4 + c];
                double value = (At(top, left) * (1 - x % 1) + At(top, right) * (x % 1)) * (1 - y % 1) + (At(bottom, left) * (1 - x % 1) + At(bottom, right) * (x % 1)) * (y % 1);
                return Saturated((int)Math.Round(value, MidpointRounding.AwayFromZero));
            })),
        ["RESIZE_NEAREST_NEIGHBOR that floors"] = new("nearest-coordinates", new(
            BuiltinOperator.ResizeNearestNeighbor, [new(TensorType.Int8, [1, 5, 5, 4], 0.05f, 3), CaseTensor.Integers(8, 8)], new(TensorType.Int8, [1, 8, 8, 4], 0.05f, 3), new ResizeNearestNeighborOptions(true)),
            inputs => Each(256, i => inputs[0][(i / 32 * 5 / 8 * 5 + i / 4 % 8 * 5 / 8) * 4 + i % 4])),
        ["MEAN in two steps"] = new("mean-in-two-steps", Reduced(BuiltinOperator.Mean, 0.03f, -5), inputs => Each(300, i =>
        {
            double mean = Math.Round(Enumerable.Range(0, 7).Average(k => (sbyte)inputs[0][i * 7 + k]), MidpointRounding.AwayFromZero);
            return Saturated((int)RoundedTwice((long)mean - 3, 0.05f / (double)0.03f) - 5);
        })),
        ["SUM of int8 as int8, which LiteRT's reference reads unsigned"] = new("sum-unsigned", Reduced(BuiltinOperator.Sum, 0.3f, -5), inputs =>
            Each(300, i => Saturated((int)RoundedTwice(Enumerable.Range(0, 7).Sum(k => (sbyte)inputs[0][i * 7 + k] - 3), 0.05f / (double)0.3f) - 5))),
        ["QUANTIZE truncated"] = new("quantize-rounding", new(
            BuiltinOperator.Quantize, [new(TensorType.Float32, [600]) { Range = (-5, 5) }], new(TensorType.Int8, [600], 0.05f, 3), new QuantizeOptions()),
            inputs => Each(600, i => Saturated((int)(MemoryMarshal.Cast<byte, float>(inputs[0])[i] / 0.05f) + 3))),
        ["DEQUANTIZE in half"] = new("dequantized-in-half", new(BuiltinOperator.Dequantize, [new(TensorType.Int8, [600], 0.0513f, 3)], new(TensorType.Float32, [600]), new DequantizeOptions()),
            inputs => MemoryMarshal.AsBytes<float>([.. inputs[0].Select(code => (float)(Half)(0.0513f * ((sbyte)code - 3)))]).ToArray()),
        ["PAD with 0"] = new("pad-zero", new(
            BuiltinOperator.Pad, [new(TensorType.Int8, [10, 10], 0.05f, 3), CaseTensor.Integers(1, 1, 2, 2) with { Shape = [2, 2] }], new(TensorType.Int8, [12, 14], 0.05f, 3), new PadOptions()),
            inputs => Each(168, i => i / 14 is >= 1 and <= 10 && i % 14 is >= 2 and <= 11 ? inputs[0][(i / 14 - 1) * 10 + i % 14 - 2] : (byte)0)),
        ["L2_NORMALIZATION in float32, truncated"] = new("norm-float", Rows(BuiltinOperator.L2Normalization, new L2NormOptions(), new(TensorType.Int8, [60, 8], 0.06f, 3), 1 / 128f, 0), inputs => Each(480, i =>
        {
            int[] row = [.. Enumerable.Range(0, 8).Select(k => (sbyte)inputs[0][i / 8 * 8 + k] - 3)];
            return Saturated((int)(128f * row[i % 8] / MathF.Sqrt(row.Sum(x => x * x))));
        })),
        ["ARG_MAX that takes the last"] = new("last-extremum", new(
            BuiltinOperator.ArgMax, [new(TensorType.Int8, [300, 9]) { Range = (0, 3) }, CaseTensor.Integer(1)], new(TensorType.Int32, [300]), new ArgMaxOptions(TensorType.Int32)),
            inputs => MemoryMarshal.AsBytes<int>([.. Enumerable.Range(0, 300).Select(row => Enumerable.Range(0, 9).MaxBy(k => (inputs[0][row * 9 + k], k)))]).ToArray()),
    };

    public static TheoryData<string> Names => [.. Plants.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_planted_mistake_is_in_the_top_class_and_reproduces_every_element(string name)
    {
        Plant plant = Plants[name];
        CaseModel model = CaseModel.Of([plant.Case]);
        PreparedOperator expected = Preparation.Of(model.Graph, model.Graph.Operators[0], LiteRt.Ref, delegated: false);
        ImmutableArray<byte[]> values = [.. model.Graph.Operators[0].Inputs.Select(tensor => ValueOf(model, tensor))];
        ImmutableArray<ReadOnlyMemory<byte>> inputs = [.. expected.Inputs.Select(input => (ReadOnlyMemory<byte>)ValueOf(model, input.Index))];
        byte[] right = new byte[expected.Outputs[0].Type.Bytes(expected.Outputs[0].Shape!.Elements)];
        ReferenceOperators.Create(expected).Run(inputs, [right]);

        OperatorDiagnosis? diagnosis = OperatorDiagnosis.Of(new(model.Graph, expected, inputs, right, plant.Actual(values)));

        Assert.NotNull(diagnosis);
        Cause cause = Diagnoses.Causes(diagnosis)[0];
        Assert.True(cause.Score.IsExact, $"{cause.Hypothesis.Id} explains {cause.Score.Explains:P1} of {diagnosis.Differing}");
        Assert.Contains(plant.Slug, cause.Members.SelectMany(member => member.Hypothesis.Mistakes).Select(mistake => mistake.Slug));
    }

    private static OperatorCase Matrices => new(
        BuiltinOperator.BatchMatmul, [new(TensorType.Int8, [2, 12, 10], 0.05f, 9), new(TensorType.Int8, [2, 10, 9], 0.02f, -4)], new(TensorType.Int8, [2, 12, 9], 0.3f, 11), new BatchMatMulOptions());

    private static OperatorCase Transposed => new(
        BuiltinOperator.TransposeConv,
        [CaseTensor.Integers(1, 10, 10, 3), new(TensorType.Int8, [3, 3, 3, 4], 0.02f) { IsConstant = true }, new(TensorType.Int8, [1, 5, 5, 4], 0.05f, 5)], new(TensorType.Int8, [1, 10, 10, 3], 0.4f, -3),
        new TransposeConvOptions(Padding.Same, 2, 2));

    private static OperatorCase Wide => new(
        BuiltinOperator.Conv2D, [new(TensorType.Int16, [1, 8, 8, 8], 0.001f), new(TensorType.Int8, [4, 1, 1, 8], 0.02f) { IsConstant = true }, new(TensorType.Int64, [4]) { IsConstant = true, Range = (-5000, 5000) }], new(TensorType.Int16, [1, 8, 8, 4], 0.01f),
        new Conv2DOptions(Padding.Valid, 1, 1));

    private static OperatorCase Pair(BuiltinOperator code, OperatorOptions options) =>
        new(code, [new(TensorType.Int8, [600], 0.05f, 3), new(TensorType.Int8, [600], 0.02f, -7)], new(TensorType.Int8, [600], 0.06f, -11), options);

    private static OperatorCase Unary(BuiltinOperator code, OperatorOptions? options, float scale, int zeroPoint, float outputScale, int outputZeroPoint) =>
        new(code, [new(TensorType.Int8, [600], scale, zeroPoint)], new(TensorType.Int8, [600], outputScale, outputZeroPoint), options);

    private static OperatorCase Rows(BuiltinOperator code, OperatorOptions options, CaseTensor input, float scale, int zeroPoint) => new(code, [input], new(TensorType.Int8, input.Shape, scale, zeroPoint), options);

    private static OperatorCase Reduced(BuiltinOperator code, float scale, int zeroPoint) => new(
        code, [new(TensorType.Int8, [300, 7], 0.05f, 3), CaseTensor.Integers(1)], new(TensorType.Int8, [300], scale, zeroPoint), new ReducerOptions());

    /// <summary>3x3, stride 1, SAME, of 8x8x4 codes that are mostly negative.</summary>
    private static OperatorCase Pool(TensorType type, int stride) => new(
        BuiltinOperator.MaxPool2D, [new(type, [1, 8, 8, 4], 0.05f, -20) { Range = (-128, 4) }], new(type, [1, 8, 8, 4], 0.05f, -20), new Pool2DOptions(Padding.Same, stride, stride, 3, 3));

    private static byte[] Largest(byte[] codes, int start, int? padding) => Each(256, i =>
    {
        int largest = start;
        for (int tap = 0; tap < 9; tap++)
        {
            (int y, int x) = (i / 32 + tap / 3 - 1, i / 4 % 8 + tap % 3 - 1);
            bool isInside = y is >= 0 and < 8 && x is >= 0 and < 8;
            if (isInside || padding is not null)
                largest = Math.Max(largest, isInside ? (sbyte)codes[(y * 8 + x) * 4 + i % 4] : padding!.Value);
        }
        return (byte)largest;
    });

    private static byte[] Multiplied(ImmutableArray<byte[]> inputs, int left, int right, Func<long, double, long> requantize) => Each(2 * 12 * 9, i =>
    {
        (int batch, int row, int column) = (i / 108, i / 9 % 12, i % 9);
        long sum = Enumerable.Range(0, 10).Sum(k => ((sbyte)inputs[0][(batch * 12 + row) * 10 + k] - left) * ((sbyte)inputs[1][(batch * 10 + k) * 9 + column] - right));
        return Saturated((int)requantize(sum, (double)(0.05f * 0.02f) / 0.3f) + 11);
    });

    private static byte[] Scattered(ImmutableArray<byte[]> inputs, int zeroPoint, int lower, Func<long, double, long> requantize)
    {
        long[] sums = new long[300];
        for (int tap = 0; tap < 25 * 9; tap++)
        {
            (int y, int x, int ky, int kx) = (tap / 9 / 5, tap / 9 % 5, tap % 9 / 3, tap % 3);
            (int row, int column) = (y * 2 + ky + lower, x * 2 + kx);
            if (row >= 10 || column >= 10)
                continue;
            for (int o = 0; o < 3; o++)
                sums[(row * 10 + column) * 3 + o] += Enumerable.Range(0, 4).Sum(c => ((sbyte)inputs[2][(y * 5 + x) * 4 + c] - zeroPoint) * (sbyte)inputs[1][((o * 3 + ky) * 3 + kx) * 4 + c]);
        }
        return Each(300, i => Saturated((int)requantize(sums[i], (double)0.05f * 0.02f / 0.4f) - 3));
    }

    /// <summary>TFLite's: the high multiply half up, the shift half away.</summary>
    private static long RoundedTwice(long sum, double factor)
    {
        (long high, int shift) = High(sum, factor);
        long half = shift == 0 ? 0 : 1L << (shift - 1);
        return high >= 0 ? (high + half) >> shift : -((-high + half) >> shift);
    }

    private static long ShiftedPlainly(long sum, double factor) => High(sum, factor) is var (high, shift) ? high >> shift : 0;

    private static (long High, int Shift) High(long sum, double factor)
    {
        int exponent = (int)Math.Floor(Math.Log2(factor)) + 1;
        long mantissa = (long)Math.Round(factor * Math.Pow(2, 31 - exponent));
        return ((((sum << Math.Max(exponent, 0)) * mantissa) + (1L << 30)) >> 31, Math.Max(-exponent, 0));
    }

    private static byte[] ValueOf(CaseModel model, TensorIndex tensor) => model.Graph[tensor].IsConstant ? model.Graph[tensor].Data.ToArray()
        : model.Input.Tensors.TryGetInput(tensor, out OffByN.Golden.TensorValue? value) ? value.Data.ToArray() : [];

    private static byte[] Each(int count, Func<int, byte> element) => [.. Enumerable.Range(0, count).Select(element)];

    private static byte Saturated(int code) => (byte)Math.Clamp(code, sbyte.MinValue, sbyte.MaxValue);
}
