using OffByN.Arithmetic.Operators;
using OffByN.Model;
using Named = (string Name, OffByN.Kernels.KernelArgument Value);

namespace OffByN.Kernels.Operators;

/// <summary>RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.</summary>
internal static class ResizeKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedResizeNearest resize, KernelTarget target) => KernelPlan.Flat(
        "resize_nearest", [$"ELEMENT={ScalarTypes.PatternOf(resize.ElementBytes)}"],
        Arguments.Of([.. Tensors(resize.Input, resize.Output), ("rows", Arguments.Ints(() => resize.Rows)), ("columns", Arguments.Ints(() => resize.Columns))]),
        resize.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedResizeBilinear resize, KernelTarget target)
    {
        bool isFloat = resize.Method is BilinearMethod.FloatProducts or BilinearMethod.FloatWeights;
        if (isFloat)
            Arguments.RequireRounding(target.Device);
        return KernelPlan.Flat(
            "resize_bilinear", [.. Arguments.Codes(resize.Output.Type, 1), $"METHOD={NameOf(resize.Method)}"],
            Arguments.Of(
            [
                .. Tensors(resize.Input, resize.Output),
                ("low_rows", Arguments.Ints(() => resize.Rows.Low)), ("high_rows", Arguments.Ints(() => resize.Rows.High)), ("row_weights", Weights(resize.Rows)),
                ("low_columns", Arguments.Ints(() => resize.Columns.Low)), ("high_columns", Arguments.Ints(() => resize.Columns.High)),
                ("column_weights", Weights(resize.Columns)),
            ]),
            resize.Output.Shape!.Elements);

        Constant Weights(ResizeAxis axis) => isFloat ? Arguments.Floats(() => axis.Fractions) : Arguments.Ints(() => axis.Weights);
    }

    [Plans]
    public static KernelPlan Plan(PreparedFloatResize resize, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        string method = resize.Method switch
        {
            BilinearMethod.FloatProducts => "PRODUCTS",
            BilinearMethod.FloatHalves => "HALVES",
            BilinearMethod.FloatDifferences => "DIFFERENCES",
            _ => "WEIGHTS",
        };
        return KernelPlan.Flat(
            "float_resize_bilinear", [$"METHOD={method}"],
            Arguments.Of(
            [
                .. Tensors(resize.Input, resize.Output),
                ("low_rows", Arguments.Ints(() => resize.Rows.Low)), ("high_rows", Arguments.Ints(() => resize.Rows.High)),
                ("row_fractions", Arguments.Floats(() => resize.Rows.Fractions)),
                ("low_columns", Arguments.Ints(() => resize.Columns.Low)), ("high_columns", Arguments.Ints(() => resize.Columns.High)),
                ("column_fractions", Arguments.Floats(() => resize.Columns.Fractions)),
            ]),
            resize.Output.Shape!.Elements);
    }

    private static IEnumerable<Named> Tensors(TensorInfo input, TensorInfo output) =>
    [
        ("input", new Activation(input)), ("output", new Activation(output)), ("channels", new Number(output.Shape![3])),
        ("input_height", new Number(input.Shape![1])), ("input_width", new Number(input.Shape[2])),
        ("output_height", new Number(output.Shape[1])), ("output_width", new Number(output.Shape[2])),
    ];

    private static string NameOf(BilinearMethod method) => method switch
    {
        BilinearMethod.Integer10 => "INTEGER_10",
        BilinearMethod.Integer11 => "INTEGER_11",
        BilinearMethod.FloatProducts => "FLOAT_PRODUCTS",
        _ => "FLOAT_WEIGHTS",
    };
}
