using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Stress;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Reference;
using OffByN.Reference.Operators;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>Functions of the kernels, which are their own, beside the C library's. `bench functions` compares all float32.</summary>
[Collection(OpenClFixture.Name)]
public sealed class FunctionKernelTests(OpenClFixture opencl)
{
    private const double Near = 1.0 / (1L << 39);

    private static readonly float[] Ends =
    [
        0, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 1.1754944e-38f, -1.1754944e-38f,
        88.72283f, 88.72284f, -87.33655f, -103.97207f, -103.97208f, -103.27892f, 16.619047f, 16.619049f, -9, -9.000001f, 0.03125f, -0.03125f, 0.031249998f, -0.031249998f,
        1, -1, 0.99999994f, 1.0000001f, 0.34657359f, -0.34657359f, 0.70710677f, 1.4142135f, 9.010913f, 9.0109133f, -17, -18, 1e-7f, -1e-7f,
        0.7853981f, 0.78539819f, 1.5707963f, -1.5707964f, 2.3561945f, 3.1415925f, -3.1415927f, 4.712389f, 6.2831855f, 1e6f, 1e10f, -1e22f, 1e30f,
        // The float32 numbers nearest to a multiple of pi / 2, and nearest for their size.
        // Those that lie nearest to a multiple of pi / 2 of all float32.
        2.19993846e10f, 7.72917892e28f,
    ];

    [SkippableTheory]
    [InlineData(BuiltinOperator.Exp, 2)]
    [InlineData(BuiltinOperator.Log, 2)]
    [InlineData(BuiltinOperator.Logistic, 4)]
    [InlineData(BuiltinOperator.Tanh, 4)]
    [InlineData(BuiltinOperator.Sin, 2)]
    [InlineData(BuiltinOperator.Cos, 2)]
    public void A_function_lies_within_an_ulp_or_two_of_the_C_librarys_wherever_it_bends_or_ends(BuiltinOperator code, int units)
    {
        (float[] numbers, float[] expected, float[] actual, ErrorBound bound) = Run(code);
        Assert.Equal($"{units} u |y|, u = 2^-24", bound.Formula);
        for (int i = 0; i < numbers.Length; i++)
        {
            Assert.True(
                expected[i].Equals(actual[i]) || Math.Abs((double)expected[i] - actual[i]) <= units * ErrorBound.Roundoff * Math.Abs((double)expected[i]) + float.Epsilon,
                $"{code}({numbers[i]:R}): expected {expected[i]:R}, found {actual[i]:R}");
        }
    }

    [SkippableTheory]
    [InlineData(BuiltinOperator.Exp)]
    [InlineData(BuiltinOperator.Log)]
    [InlineData(BuiltinOperator.Tanh)]
    [InlineData(BuiltinOperator.Sin)]
    [InlineData(BuiltinOperator.Cos)]
    public void A_function_is_the_nearest_float32_but_where_the_exact_value_is_near_the_middle_of_two(BuiltinOperator code)
    {
        (float[] numbers, _, float[] actual, _) = Run(code);
        for (int i = 0; i < numbers.Length; i++)
        {
            double exact = code switch
            {
                BuiltinOperator.Exp => Math.Exp(numbers[i]),
                BuiltinOperator.Log => Math.Log(numbers[i]),
                BuiltinOperator.Sin => Math.Sin(numbers[i]),
                BuiltinOperator.Cos => Math.Cos(numbers[i]),
                _ => Math.Tanh(numbers[i]),
            };
            // float64's own functions err by less than 2^-50, and the kernel by less than 2^-40.
            Assert.True(
                actual[i].Equals((float)exact) || actual[i].Equals((float)(exact * (1 + Near))) || actual[i].Equals((float)(exact * (1 - Near))),
                $"{code}({numbers[i]:R}): {actual[i]:R} is not {exact:R} rounded");
        }
    }

    [SkippableTheory]
    [InlineData(BuiltinOperator.Pow)]
    [InlineData(BuiltinOperator.Atan2)]
    public void A_function_of_two_is_the_nearest_float32_for_every_pair_of_ends_and_for_random_ones(BuiltinOperator code)
    {
        Random random = new((int)code);
        float[] ends = [.. Ends, 2, -2, 3, 0.5f, -0.5f, 2.5f, 16777215, -16777216, 8388607.5f];
        (float X, float Y)[] pairs =
        [
            .. ends.SelectMany(x => ends.Select(y => (x, y))), .. Enumerable.Range(0, 50_000).Select(_ => (Any(random), Any(random))),
            .. Enumerable.Range(0, 50_000).Select(_ => (random.NextSingle() * 4, (random.NextSingle() - 0.5f) * 200)),
        ];
        CaseTensor tensor = new(TensorType.Float32, [pairs.Length]);
        float[] first = [.. pairs.Select(pair => pair.X)], second = [.. pairs.Select(pair => pair.Y)];

        (float[] expected, float[] actual, ErrorBound bound) = Compute(new(code, [tensor.With<float>(first), tensor.With<float>(second)], tensor));

        Assert.Equal("2 u |y|, u = 2^-24", bound.Formula);
        for (int i = 0; i < pairs.Length; i++)
        {
            (double x, double y) = pairs[i];
            double exact = code == BuiltinOperator.Pow ? Math.Pow(x, y) : Math.Atan2(x, y);
            Assert.True(
                actual[i].Equals((float)exact) || actual[i].Equals((float)(exact * (1 + Near))) || actual[i].Equals((float)(exact * (1 - Near))),
                $"{code}({x:R}, {y:R}): {actual[i]:R} is not {exact:R} rounded");
            Assert.True(expected[i].Equals(actual[i]) || Math.Abs((double)expected[i] - actual[i]) <= bound.Slack[i], $"{code}({x:R}, {y:R}): expected {expected[i]:R}, found {actual[i]:R}");
        }
    }

    /// <summary>Of one cell no gate is computed in a vector, so each is made of an exponential.</summary>
    [SkippableFact]
    public void The_exponential_of_an_LSTM_is_the_C_librarys_to_the_bit()
    {
        const int batches = 5000, steps = 10;
        CaseTensor one = new CaseTensor(TensorType.Float32, [1, 1]) { IsConstant = true }.With<float>([1]), none = one.With<float>([0]);
        CaseTensor[] inputs =
        [
            new CaseTensor(TensorType.Float32, [batches, steps, 1]) { Range = (-20, 20) }, one, one, one, one, none, none, none, none, CaseTensor.Absent, CaseTensor.Absent,
            CaseTensor.Absent, .. Enumerable.Repeat(none with { Shape = [1] }, 4), CaseTensor.Absent, CaseTensor.Absent,
            .. Enumerable.Repeat(new CaseTensor(TensorType.Float32, [batches, 1]) { IsVariable = true }, 2),
        ];

        (float[] expected, float[] actual, _) = Compute(new(
            BuiltinOperator.UnidirectionalSequenceLstm, [.. inputs], new(TensorType.Float32, [batches, steps, 1]), new UnidirectionalSequenceLstmOptions(Activation.Tanh)));

        Assert.True(expected.Distinct().Count() > batches, "the outputs are all alike");
        Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), actual.Select(BitConverter.SingleToUInt32Bits));
    }

    private (float[] Numbers, float[] Expected, float[] Actual, ErrorBound Bound) Run(BuiltinOperator code)
    {
        Random random = new((int)code);
        float[] numbers = [.. Ends, .. Enumerable.Range(0, 200_000).Select(_ => Any(random))];
        CaseTensor tensor = new(TensorType.Float32, [numbers.Length]);
        (float[] expected, float[] actual, ErrorBound bound) = Compute(new(code, [tensor.With<float>(numbers)], tensor));
        return (numbers, expected, actual, bound);
    }

    private static float Any(Random random) => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32));

    /// <summary>A case by the reference and by the kernels, and the bound on their difference.</summary>
    private (float[] Expected, float[] Actual, ErrorBound Bound) Compute(OperatorCase one)
    {
        OpenClDevice device = opencl.Device();
        Skip.IfNot(device.Facts.IsIeeeDouble, "the device has no float64");
        CaseModel model = CaseModel.Of([one]);
        TensorSet inputs = new(model.Input.Tensors.Tensors.Concat(model.Graph.Tensors.Where(tensor => tensor.IsVariable).Select(state =>
            KeyValuePair.Create(TensorSet.InitialStateKeyOf(state.Index), new TensorValue(state.Type, state.Shape!, new byte[state.Type.Bytes(state.Shape!.Elements)])))));
        ReferencePipeline reference = new(model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        using OpenClPipeline pipeline = new(device, model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        OpenClCapture capture = pipeline.RunIsolated(inputs);
        Assert.Empty(capture.NotComputed);
        OperatorResult expected = reference.Run(new(0), inputs.Given);
        Assert.Null(reference.BoundOf(new(0), 0, inputs.Given));
        return (
            Floats(expected.Outputs[0]), Floats(capture.Tensors.Tensors[TensorSet.KeyOf(model.Graph.Operators[0].Outputs[0])]),
            reference.BoundOf(new(0), 0, inputs.Given, ownFunctions: true)!);
    }

    private static float[] Floats(TensorValue value) => MemoryMarshal.Cast<byte, float>(value.Data.Span).ToArray();
}
