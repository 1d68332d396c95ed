using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Stress;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>Exponentials and logarithms of the kernels, which are their own, beside the C library's. `bench functions` compares all float32.</summary>
[Collection(OpenClFixture.Name)]
public sealed class FunctionKernelTests(OpenClFixture opencl)
{
    private const double Near = 1.0 / (1L << 39);

    private static readonly float[] Ends =
    [
        0, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 1.1754944e-38f, -1.1754944e-38f,
        88.72283f, 88.72284f, -87.33655f, -103.97207f, -103.97208f, -103.27892f, 16.619047f, 16.619049f, -9, -9.000001f, 0.03125f, -0.03125f, 0.031249998f, -0.031249998f,
        1, -1, 0.99999994f, 1.0000001f, 0.34657359f, -0.34657359f, 0.70710677f, 1.4142135f, 9.010913f, 9.0109133f, -17, -18, 1e-7f, -1e-7f,
    ];

    [SkippableTheory]
    [InlineData(BuiltinOperator.Exp, 2)]
    [InlineData(BuiltinOperator.Log, 2)]
    [InlineData(BuiltinOperator.Logistic, 4)]
    [InlineData(BuiltinOperator.Tanh, 4)]
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
    public void A_function_is_the_nearest_float32_but_where_the_exact_value_is_near_the_middle_of_two(BuiltinOperator code)
    {
        (float[] numbers, _, float[] actual, _) = Run(code);
        for (int i = 0; i < numbers.Length; i++)
        {
            double exact = code switch { BuiltinOperator.Exp => Math.Exp(numbers[i]), BuiltinOperator.Log => Math.Log(numbers[i]), _ => Math.Tanh(numbers[i]) };
            // float64's own functions err by less than 2^-50, and the kernel by less than 2^-40.
            Assert.True(
                actual[i].Equals((float)exact) || actual[i].Equals((float)(exact * (1 + Near))) || actual[i].Equals((float)(exact * (1 - Near))),
                $"{code}({numbers[i]:R}): {actual[i]:R} is not {exact:R} rounded");
        }
    }

    private (float[] Numbers, float[] Expected, float[] Actual, ErrorBound Bound) Run(BuiltinOperator code)
    {
        OpenClDevice device = opencl.Device();
        Skip.IfNot(device.Facts.IsIeeeDouble, "the device has no float64");
        Random random = new((int)code);
        float[] numbers = [.. Ends, .. Enumerable.Range(0, 200_000).Select(_ => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)))];
        CaseTensor tensor = new(TensorType.Float32, [numbers.Length]);
        CaseModel model = CaseModel.Of([new(code, [tensor.With<float>(numbers)], tensor)]);
        ReferencePipeline reference = new(model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        using OpenClPipeline pipeline = new(device, model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        OpenClCapture capture = pipeline.RunIsolated(model.Input.Tensors);
        Assert.Empty(capture.NotComputed);
        OperatorResult expected = reference.Run(new(0), Given);
        Assert.Null(reference.BoundOf(new(0), 0, Given));
        return (numbers, Floats(expected.Outputs[0]), Floats(capture.Tensors.Tensors.Values.Single()), reference.BoundOf(new(0), 0, Given, ownFunctions: true)!);

        TensorValue? Given(TensorIndex index) => model.Input.Tensors.TryGetInput(index, out TensorValue? value) ? value : null;
    }

    private static float[] Floats(TensorValue value) => MemoryMarshal.Cast<byte, float>(value.Data.Span).ToArray();
}
