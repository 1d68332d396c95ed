using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>QUANTIZE from float32, CAST, and operators of one tensor of plain numbers.</summary>
internal static class ConversionKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedQuantize quantize, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        if (!target.Device.IsIeeeDouble && (quantize.Body == QuantizeMethod.DivideDouble || quantize.Tail == QuantizeMethod.DivideDouble))
            throw new NotComputableException($"{target.Device.Name} has no float64, in which this runtime's QUANTIZE divides");
        return KernelPlan.Flat(
            "quantize", [.. Arguments.Codes(quantize.Output.Type, 1), $"BODY={NameOf(quantize.Body)}", $"TAIL={NameOf(quantize.Tail)}"],
            Arguments.Of(
            [
                ("input", new Activation(quantize.Input)), ("output", new Activation(quantize.Output)),
                ("scale", new Real(quantize.Scale)), ("reciprocal", new Real(1 / quantize.Scale)), ("output_zero_point", new Number(quantize.ZeroPoint)),
                ("low", new Number(quantize.Low)), ("high", new Number(quantize.High)), ("tail_start", new Number(quantize.TailStart)),
            ]),
            quantize.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedCast cast, KernelTarget target)
    {
        (TensorType from, TensorType to) = (cast.Input.Type, cast.Output.Type);
        if (from == TensorType.Float32 || to == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        string conversion = to == TensorType.Bool ? "TEST" : to == TensorType.Float32 ? "ROUND" : from != TensorType.Float32 ? "KEEP_BITS"
            : cast.Floats == FloatToInteger.Wrapped ? "WRAP" : "SATURATE";
        return KernelPlan.Flat(
            "cast", [$"FROM={ScalarTypes.Of(from)}", $"TO={ScalarTypes.Of(to)}", $"CONVERT={conversion}", $"LARGEST={LargestOf(to)}"],
            Arguments.Of([("input", new Activation(cast.Input)), ("output", new Activation(cast.Output))]),
            cast.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedHalves halves, KernelTarget target) => KernelPlan.Flat(
        "halves", [], Arguments.Of([("input", new Activation(halves.Input)), ("output", new Activation(halves.Output))]), halves.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedUnary unary, KernelTarget target)
    {
        if (unary.Input.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        if (unary.CallsLibrary)
            Arguments.RequireFunctions(target.Device, unary.Operator.Name);
        return KernelPlan.Flat(
            unary.CallsLibrary ? "library_function" : "unary_numbers",
            [.. Arguments.Numbers(unary.Input.Type), $"FUNCTION={NameOf(unary)}", $"FLUSHES={(unary.FlushesSubnormals ? 1 : 0)}"],
            Arguments.Of(
            [
                ("input", new Activation(unary.Input)), ("output", new Activation(unary.Output)), ("parameter", new Real(unary.Parameter)),
                ("tail_start", new Number(unary.Function == UnaryFunction.HardSwishScaledLast ? 0 : unary.TailStart)),
            ]),
            unary.Output.Shape!.Elements);
    }

    private static string NameOf(QuantizeMethod method) => method switch
    {
        QuantizeMethod.DivideSingle => "DIVIDE_SINGLE",
        QuantizeMethod.DivideDouble => "DIVIDE_DOUBLE",
        QuantizeMethod.MultiplyReciprocal => "MULTIPLY_RECIPROCAL",
        _ => "MULTIPLY_CLAMPED",
    };

    /// <summary>OpenCL's name of a type's largest value.</summary>
    private static string LargestOf(TensorType type) => type switch
    {
        TensorType.Int64 => "LONG_MAX",
        TensorType.Int32 => "INT_MAX",
        TensorType.Int16 => "SHRT_MAX",
        TensorType.Int8 => "CHAR_MAX",
        TensorType.Float32 => "FLT_MAX",
        _ => "UCHAR_MAX",
    };

    private static string NameOf(PreparedUnary unary) => unary.Function switch
    {
        UnaryFunction.Abs => unary.Input.Type == TensorType.Float32 ? "ABS_FLOAT" : "ABS_INTEGER",
        UnaryFunction.Negate => "NEGATE",
        UnaryFunction.Relu => "RELU",
        UnaryFunction.Relu6 => "RELU_6",
        UnaryFunction.ReluN1To1 => "RELU_N1_TO_1",
        UnaryFunction.Relu0To1 => "RELU_0_TO_1",
        UnaryFunction.LeakyRelu => "LEAKY_RELU",
        UnaryFunction.HardSwish => "HARD_SWISH",
        UnaryFunction.HardSwishScaledFirst or UnaryFunction.HardSwishScaledLast when unary.Tail == UnaryFunction.HardSwishScaledLast => "HARD_SWISH_SCALED",
        UnaryFunction.HardSwishFused => "HARD_SWISH_FUSED",
        UnaryFunction.LeakyReluFlushed => "LEAKY_RELU_FLUSHED",
        UnaryFunction.SquareRootNewton => "SQUARE_ROOT_NEWTON",
        UnaryFunction.ReciprocalSquareRootNewton => "RECIPROCAL_SQUARE_ROOT_NEWTON",
        UnaryFunction.TanhRational => "TANH_RATIONAL",
        UnaryFunction.LogRational => "LOG_RATIONAL",
        UnaryFunction.LogRationalOfBits => "LOG_RATIONAL_OF_BITS",
        UnaryFunction.SquareRoot => "SQUARE_ROOT",
        UnaryFunction.ReciprocalSquareRoot => "RECIPROCAL_SQUARE_ROOT",
        UnaryFunction.Floor => "FLOOR",
        UnaryFunction.Ceiling => "CEILING",
        UnaryFunction.Round => "ROUND",
        UnaryFunction.Square => "SQUARE",
        UnaryFunction.Sign => "SIGN",
        UnaryFunction.Gelu => "GELU",
        UnaryFunction.GeluByTanh => "GELU_BY_TANH",
        UnaryFunction.Sine => "SINE",
        UnaryFunction.Cosine => "COSINE",
        UnaryFunction.LogWithoutSubnormals =>
            throw new NotComputableException($"{unary.Operator.Name} on float32 without subnormal numbers depends on the device's own logarithm"),
        UnaryFunction.Logistic => "LOGISTIC",
        UnaryFunction.LogisticInside => unary.CallsLibrary ? "LOGISTIC_BESIDE_VECTORS" : "LOGISTIC_IN_VECTORS",
        UnaryFunction.TanhInVectors => "TANH_IN_VECTORS",
        UnaryFunction.LogisticRounded => "LOGISTIC_ROUNDED",
        UnaryFunction.Tanh => "TANH",
        UnaryFunction.Exp => "EXP",
        UnaryFunction.ExpOfRoundedArgument => "EXP_OF_ROUNDED_ARGUMENT",
        UnaryFunction.Log => "LOG",
        UnaryFunction.Elu => "ELU",
        _ => throw new NotComputableException($"no OpenCL kernel computes {unary.Function} followed by {unary.Tail}"),
    };
}
