using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Element-wise operators of two inputs on plain numbers, comparisons, SELECT.</summary>
internal static class NumberKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedNumbers numbers, KernelTarget target)
    {
        TensorType type = numbers.Output.Type;
        if (type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "binary_numbers", [.. Arguments.Numbers(type), $"FUNCTION={NameOf(numbers.Function, type)}", $"FLUSHES={(numbers.FlushesSubnormals ? 1 : 0)}"],
            Arguments.Of(
            [
                ("first", new Activation(numbers.First)), ("second", new Activation(numbers.Second)), ("output", new Activation(numbers.Output)),
                ("bounds", Arguments.Bounds(type, numbers.Low, numbers.High)), .. Arguments.Axes(numbers.Broadcast),
            ]),
            numbers.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedComparison comparison, KernelTarget target)
    {
        TensorType type = comparison.First.Type;
        if (type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        (bool less, bool equal, bool greater, bool unordered) = comparison.Relation switch
        {
            Relation.Equal => (false, true, false, false),
            Relation.NotEqual => (true, false, true, true),
            Relation.Less => (true, false, false, false),
            Relation.LessEqual => (true, true, false, false),
            Relation.Greater => (false, false, true, false),
            _ => (false, true, true, false),
        };
        return KernelPlan.Flat(
            "comparison",
            comparison.ComparesTerms ? [$"NUMBER={ScalarTypes.PatternOf(type)}", "TERMS=1"] : [$"NUMBER={ScalarTypes.Of(type)}", "TERMS=0"],
            Arguments.Of(
            [
                ("first", new Activation(comparison.First)), ("second", new Activation(comparison.Second)), ("output", new Activation(comparison.Output)),
                ("first_terms", Arguments.Ints(() => comparison.FirstTerms)), ("second_terms", Arguments.Ints(() => comparison.SecondTerms)),
                ("if_less", Flag(less)), ("if_equal", Flag(equal)), ("if_greater", Flag(greater)), ("if_unordered", Flag(unordered)),
                .. Arguments.Axes(comparison.Broadcast),
            ]),
            comparison.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedSelect select, KernelTarget target) => KernelPlan.Flat(
        "selection", [$"ELEMENT={ScalarTypes.PatternOf(select.Output.Type)}"],
        Arguments.Of(
        [
            ("condition", new Activation(select.Condition)), ("first", new Activation(select.First)), ("second", new Activation(select.Second)),
            ("output", new Activation(select.Output)), .. Arguments.Axes(select.Broadcast),
        ]),
        select.Output.Shape!.Elements);

    private static Number Flag(bool holds) => new(holds ? 1 : 0);

    private static string NameOf(NumberFunction function, TensorType type) => function switch
    {
        NumberFunction.Add => "ADD",
        NumberFunction.Subtract => "SUBTRACT",
        NumberFunction.Multiply => "MULTIPLY",
        NumberFunction.Divide => type == TensorType.Float32 ? "DIVIDE_FLOAT" : "DIVIDE_INTEGER",
        NumberFunction.FloorDivide => type == TensorType.Float32
            ? throw new NotComputableException("FLOOR_DIV of float32 floors a float64 quotient, which no OpenCL kernel has") : "FLOOR_DIVIDE",
        NumberFunction.Maximum => "MAXIMUM",
        NumberFunction.Minimum => "MINIMUM",
        NumberFunction.SquaredDifference => "SQUARED_DIFFERENCE",
        _ => "PRELU",
    };
}
