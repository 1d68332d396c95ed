using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using Named = (string Name, OffByN.Kernels.KernelArgument Value);

namespace OffByN.Kernels.Operators;

/// <summary>The input of an operator as rows that are quantized each by its own range, and the buffers that hold their codes, scales and zero points between two launches.</summary>
internal sealed record CodedRows(PreparedOperator Prepared, TensorInfo Input, int Rows, int Length)
{
    public int RowsPerMatrix { get; init; } = 1;

    /// <summary>Distance of two rows of a matrix, in elements.</summary>
    public int RowStep { get; init; }

    /// <summary>Distance of two numbers of a row, in elements.</summary>
    public int NumberStep { get; init; } = 1;

    public IEnumerable<Named> Arguments =>
    [
        ("codes", Operators.Arguments.Between(Prepared, 0, TensorType.Int8, Rows * Length)),
        ("code_scales", Operators.Arguments.Between(Prepared, 1, TensorType.Float32, Rows)), ("code_zero_points", Operators.Arguments.Between(Prepared, 2, TensorType.Int32, Rows)),
    ];

    public static CodedRows OfImages(PreparedOperator prepared, TensorInfo input, int images) => new(prepared, input, images, images == 0 ? 0 : input.Shape!.Elements / images);

    public KernelPlan Plan(DynamicRange range, DeviceFacts device)
    {
        Operators.Arguments.RequireIeee(device);
        if (range == DynamicRange.Asymmetric && !device.IsIeeeDouble)
            throw new NotComputableException($"{device.Name} has no float64, in which TFLite finds a zero point");
        return KernelPlan.Flat(
            "dynamic_codes", [Definition(range)],
            Operators.Arguments.Of(
            [
                .. Arguments, ("input", new Activation(Input)), ("row_length", new Number(Length)), ("rows", new Number(RowsPerMatrix)),
                ("row_step", new Number(RowStep)), ("number_step", new Number(NumberStep)),
            ]),
            Rows);
    }

    /// <summary>The definition that dynamic_codes.h asks for.</summary>
    public static string Definition(DynamicRange range) => "RANGE=" + range switch
    {
        DynamicRange.Asymmetric => "ASYMMETRIC",
        DynamicRange.Symmetric => "SYMMETRIC",
        DynamicRange.SymmetricHalfAway => "SYMMETRIC_HALF_AWAY",
        _ => "DELEGATED",
    };
}
