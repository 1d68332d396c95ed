using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Kernels.Operators;

/// <summary>Element-wise operators of two inputs on codes: ADD, SUB, MUL, SQUARED_DIFFERENCE, DIV, PRELU.</summary>
internal static class PairKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedCombination combination, KernelTarget target)
    {
        bool narrows = combination.Body.Narrowing != Narrowing.None || combination.Tail.Narrowing != Narrowing.None;
        if (narrows && combination.Requantizer.Body.Product is not (Product.HighMultiply or Product.Whole))
            throw new NotComputableException($"no OpenCL kernel narrows a product of {combination.Requantizer.Body.Product}");
        return KernelPlan.Flat(
            "combination",
            [
                .. Arguments.Codes(combination.Output.Type, 1), .. Arguments.RoundingOf(combination.Requantizer, target.Device),
                $"COMBINATION={NameOf(combination.Combination)}",
                $"BODY_NARROWING={NameOf(combination.Body.Narrowing)}", $"TAIL_NARROWING={NameOf(combination.Tail.Narrowing)}",
            ],
            Arguments.Of(
            [
                ("first", new Activation(combination.First)), ("second", new Activation(combination.Second)), ("output", new Activation(combination.Output)),
                ("body_first", Arguments.Ints(() => combination.Body.First)), ("body_second", Arguments.Ints(() => combination.Body.Second)),
                ("tail_first", Arguments.Ints(() => combination.Tail.First)), ("tail_second", Arguments.Ints(() => combination.Tail.Second)),
                ("block", new Number(combination.Block)),
                .. Arguments.Axes(combination.Broadcast), .. Arguments.Requantization(combination.Requantizer),
            ]),
            combination.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedDivision division, KernelTarget target) => KernelPlan.Flat(
        "division", Arguments.Codes(division.Output.Type, 1),
        Arguments.Of(
        [
            ("first", new Activation(division.First)), ("second", new Activation(division.Second)), ("output", new Activation(division.Output)),
            ("first_zero_point", new Number(division.FirstZeroPoint)), ("second_zero_point", new Number(division.SecondZeroPoint)),
            ("multiplier", new Number(division.Factor.Mantissa)), ("shift", new Number(division.Factor.Exponent)),
            ("output_zero_point", new Number(division.ZeroPoint)), ("low", new Number(division.Low)), ("high", new Number(division.High)),
            .. Arguments.Axes(division.Broadcast),
        ]),
        division.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedPrelu prelu, KernelTarget target) => KernelPlan.Flat(
        "prelu", [.. Arguments.Codes(prelu.Output.Type, 1), .. Arguments.RoundingOf(prelu.Requantizer, target.Device)],
        Arguments.Of(
        [
            ("input", new Activation(prelu.Input)), ("slopes", new Activation(prelu.Slopes)), ("output", new Activation(prelu.Output)),
            ("input_terms", Arguments.Ints(() => prelu.InputTerms)), ("slope_terms", Arguments.Ints(() => prelu.SlopeTerms)),
            .. Arguments.Axes(prelu.Broadcast), .. Arguments.Requantization(prelu.Requantizer),
        ]),
        prelu.Output.Shape!.Elements);

    private static string NameOf(Combination combination) => combination switch
    {
        Combination.Sum => "SUM",
        Combination.Product => "PRODUCT_OF_TERMS",
        _ => "SQUARE_OF_SUM",
    };

    private static string NameOf(Narrowing narrowing) => narrowing switch
    {
        Narrowing.None => "NONE",
        Narrowing.Wrap16 => "WRAP_16",
        _ => "SATURATE_16",
    };
}
