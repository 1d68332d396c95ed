using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using Named = (string Name, OffByN.Kernels.KernelArgument Value);

namespace OffByN.Kernels.Operators;

/// <summary>MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_PROD, ARG_MAX, ARG_MIN.</summary>
internal static class ReductionKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedReduction reduction, KernelTarget target)
    {
        if (reduction.Output.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "reduction",
            [
                .. Arguments.Numbers(reduction.Output.Type), .. TotalOf(reduction.Output.Type), $"FUNCTION={NameOf(reduction.Function)}",
                .. reduction.Order == SumOrder.VectorRows ? ["VECTOR_ROWS"] : Array.Empty<string>(),
            ],
            Arguments.Of(
            [
                ("input", new Activation(reduction.Input)), ("output", new Activation(reduction.Output)), ("divisor", new Number((int)reduction.Divisor)),
                .. Axes(reduction.Axes),
            ]),
            reduction.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedCodeSum reduction, KernelTarget target)
    {
        IEnumerable<string> options = reduction.Line is null ? Arguments.RoundingOf(reduction.Requantizer, target.Device) : [LineOf(reduction.Line, target.Device)];
        Requantizer requantizer = reduction.Requantizer;
        IEnumerable<Named> results = reduction.Line is not { } line ? Arguments.Requantization(requantizer) :
        [
            ("factor", new Real(line.Factor)), ("constant_term", new Real(line.Constant)), ("output_zero_point", new Number(line.ZeroPoint)),
            ("low", new Number(requantizer.Low)), ("high", new Number(requantizer.High)), ("wraps", new Number(line.Wraps ? 1 : 0)),
        ];
        CodeDivision last = reduction.Last ?? new(1, 0, int.MinValue, int.MaxValue);
        return KernelPlan.Flat(
            "code_sum", [.. Arguments.Codes(reduction.ReadAs, 1), .. options],
            Arguments.Of(
            [
                ("input", new Activation(reduction.Input)), ("output", new Activation(reduction.Output)), ("subtracted", new Number(reduction.Subtracted)),
                ("channels", new Number(requantizer.Scales.Length)), .. Axes(reduction.Axes), .. results,
                ("divisor", new Number(reduction.Line?.Divisor ?? last.Divisor)),
                ("last_zero_point", new Number(last.ZeroPoint)), ("last_low", new Number(last.Low)), ("last_high", new Number(last.High)),
            ]),
            reduction.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedCodeProduct reduction, KernelTarget target) => KernelPlan.Flat(
        "code_product", [.. Arguments.Codes(reduction.Output.Type, 1), .. Arguments.RoundingOf(reduction.Requantizer, target.Device)],
        Arguments.Of(
        [
            ("input", new Activation(reduction.Input)), ("output", new Activation(reduction.Output)),
            ("input_zero_point", new Number(reduction.InputZeroPoint)),
            .. Axes(reduction.Axes), .. Arguments.Requantization(reduction.Requantizer),
        ]),
        reduction.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedArgExtremum extremum, KernelTarget target)
    {
        if (extremum.Input.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "arg_extremum",
            [$"NUMBER={ScalarTypes.Of(extremum.Input.Type)}", $"INDEX={ScalarTypes.Of(extremum.Output.Type)}", $"MAXIMUM={(extremum.IsMaximum ? 1 : 0)}"],
            Arguments.Of(
            [
                ("input", new Activation(extremum.Input)), ("output", new Activation(extremum.Output)),
                ("size", new Number(extremum.Size)), ("inner", new Number(extremum.Inner)),
            ]),
            extremum.Output.Shape!.Elements);
    }

    /// <summary>Integers of 8 and 16 bits are added up as int.</summary>
    private static string[] TotalOf(TensorType type) =>
        type.CodeRange() is null ? ["TOTAL=NUMBER", "TOTAL_BITS=BITS"] : ["TOTAL=int", "TOTAL_BITS=uint"];

    private static IEnumerable<Named> Axes(ReductionAxes axes) =>
    [
        ("kept", Axes(axes.Kept)), ("kept_rank", new Number(axes.Kept.Length)),
        ("reduced", Axes(axes.Reduced)), ("reduced_rank", new Number(axes.Reduced.Length)), ("count", new Number(axes.Count)),
    ];

    private static Constant Axes(ImmutableArray<ViewAxis> axes) =>
        Arguments.Ints(() => axes.Reverse().SelectMany<ViewAxis, int>(axis => [axis.Size, axis.Stride]));

    private static string LineOf(FloatLine line, DeviceFacts device)
    {
        Arguments.RequireIeee(device);
        return line.Rounding switch
        {
            Rounding.HalfAway => "LINE=HALF_AWAY",
            Rounding.HalfEven => "LINE=HALF_EVEN",
            _ => throw new NotComputableException($"no OpenCL kernel rounds a sum {line.Rounding}"),
        };
    }

    private static string NameOf(ReductionFunction function) => function switch
    {
        ReductionFunction.Sum => "SUM",
        ReductionFunction.Product => "PRODUCT",
        ReductionFunction.Maximum => "MAXIMUM",
        _ => "MINIMUM",
    };
}
