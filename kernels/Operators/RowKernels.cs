using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Operators that look at a whole row for each of its elements: SOFTMAX on int16 and float32, LOG_SOFTMAX, L2_NORMALIZATION.</summary>
internal static class RowKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedWideSoftmax softmax, KernelTarget target) => KernelPlan.Flat(
        "wide_softmax", [],
        Arguments.Of(
        [
            ("input", new Activation(softmax.Input)), ("output", new Activation(softmax.Output)), ("depth", new Number(softmax.Depth)),
            ("exponentials", Arguments.Ints(() => softmax.Exponentials)), ("reciprocals", Arguments.Ints(() => softmax.Reciprocals)),
        ]),
        softmax.Rows);

    [Plans]
    public static KernelPlan Plan(PreparedFloatSoftmax softmax, KernelTarget target)
    {
        Arguments.RequireFunctions(target.Device, "SOFTMAX");
        return KernelPlan.Flat(
            "float_softmax", [],
            Arguments.Of(
            [
                ("input", new Activation(softmax.Input)), ("output", new Activation(softmax.Output)), ("depth", new Number(softmax.Depth)), ("beta", new Real(softmax.Beta)),
            ]),
            softmax.Rows);
    }

    [Plans]
    public static KernelPlan Plan(PreparedFloatLogSoftmax softmax, KernelTarget target)
    {
        Arguments.RequireFunctions(target.Device, "LOG_SOFTMAX");
        return KernelPlan.Flat(
            "float_log_softmax", [],
            Arguments.Of([("input", new Activation(softmax.Input)), ("output", new Activation(softmax.Output)), ("depth", new Number(softmax.Depth))]),
            softmax.Rows);
    }

    [Plans]
    public static KernelPlan Plan(PreparedLogSoftmax softmax, KernelTarget target)
    {
        if (softmax.Method == SoftmaxMethod.FloatTable)
            throw new NotComputableException("LOG_SOFTMAX in float32 depends on the device's own logarithm");
        SoftmaxKernels.RequireFixedPointRow(softmax.Depth);
        return KernelPlan.Flat(
            "log_softmax", Arguments.Codes(softmax.Output.Type, 1),
            Arguments.Of(
            [
                ("input", new Activation(softmax.Input)), ("output", new Activation(softmax.Output)), ("depth", new Number(softmax.Depth)),
                ("differences", Arguments.Ints(() => softmax.Differences)), ("exponentials", Arguments.Ints(() => softmax.Exponentials)),
                ("largest_difference", new Number(softmax.LargestDifference)),
                ("reverse_multiplier", new Number(softmax.Reverse.Multiplier.Mantissa)), ("reverse_shift", new Number(softmax.Reverse.Multiplier.Exponent)),
            ]),
            softmax.Rows);
    }

    [Plans]
    public static KernelPlan Plan(PreparedL2Normalization norm, KernelTarget target)
    {
        bool isFloat = norm.Input.Type == TensorType.Float32;
        if (isFloat)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            isFloat ? "l2_normalization_numbers" : "l2_normalization", isFloat ? [] : Arguments.Codes(norm.Output.Type, 1),
            Arguments.Of(
            [
                ("input", new Activation(norm.Input)), ("output", new Activation(norm.Output)), ("depth", new Number(norm.Depth)),
                ("input_zero_point", new Number(norm.ZeroPoint)),
            ]),
            norm.Rows);
    }
}
