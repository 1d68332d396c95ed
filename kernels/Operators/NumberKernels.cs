using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>Element-wise operators of two inputs on plain numbers, comparisons, SELECT, CUMSUM, RANGE, ADD_N.</summary>
internal static class NumberKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedNumbers numbers, KernelTarget target)
    {
        TensorType type = numbers.Output.Type;
        if (type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        if (numbers.CallsLibrary)
            Arguments.RequireFunctions(target.Device, numbers.Operator.Name);
        return KernelPlan.Flat(
            numbers.CallsLibrary ? "library_function_of_two" : "binary_numbers",
            [
                .. numbers.CallsLibrary ? [] : Arguments.Numbers(type), $"FUNCTION={NameOf(numbers)}",
                .. numbers.CallsLibrary ? [] : new[] { $"FLUSHES={(numbers.FlushesSubnormals ? 1 : 0)}" },
            ],
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

    [Plans]
    public static KernelPlan Plan(PreparedCumulativeSum sum, KernelTarget target)
    {
        if (sum.Output.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "cumulative_sum", [.. Arguments.Numbers(sum.Output.Type)],
            Arguments.Of(
            [
                ("input", new Activation(sum.Input)), ("output", new Activation(sum.Output)), ("size", new Number(sum.Size)), ("inner", new Number(sum.Inner)),
                ("is_exclusive", Flag(sum.IsExclusive)), ("is_reversed", Flag(sum.IsReversed)),
            ]),
            sum.Output.Shape!.Elements / Math.Max(1, sum.Size));
    }

    [Plans]
    public static KernelPlan Plan(PreparedRange range, KernelTarget target)
    {
        if (range.Output.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        int count = range.Output.Shape!.Elements;
        return KernelPlan.Flat(
            "progression", [.. Arguments.Numbers(range.Output.Type)],
            Arguments.Of(
            [
                ("first", new Activation(range.Start)), ("increment", new Activation(range.Step)), ("output", new Activation(range.Output)), ("count", new Number(count)),
            ]),
            Math.Min(1, count));
    }

    /// <remarks>A copy of the first, to which the others are added one by one.</remarks>
    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedSumOfMany sum, KernelTarget target)
    {
        TensorType type = sum.Output.Type;
        if (type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return
        [
            .. sum.Inputs.Select((input, at) => KernelPlan.Flat(
                "running_sum", [.. Arguments.Numbers(type), $"FIRST={(at == 0 ? 1 : 0)}"],
                Arguments.Of([("input", new Activation(input)), ("output", new Activation(sum.Output)), ("bounds", Arguments.Bounds(type, float.MinValue, float.MaxValue))]),
                sum.Output.Shape!.Elements)),
        ];
    }

    private static Number Flag(bool holds) => new(holds ? 1 : 0);

    private static string NameOf(PreparedNumbers numbers) => numbers.Function switch
    {
        NumberFunction.Add => "ADD",
        NumberFunction.Subtract => "SUBTRACT",
        NumberFunction.Multiply => "MULTIPLY",
        NumberFunction.Divide => numbers.Output.Type == TensorType.Float32 ? "DIVIDE_FLOAT" : "DIVIDE_INTEGER",
        NumberFunction.FloorDivide => numbers.Output.Type == TensorType.Float32
            ? throw new NotComputableException("FLOOR_DIV of float32 floors a float64 quotient, which no OpenCL kernel has") : "FLOOR_DIVIDE",
        NumberFunction.Maximum => "MAXIMUM",
        NumberFunction.Minimum => "MINIMUM",
        NumberFunction.SquaredDifference => "SQUARED_DIFFERENCE",
        NumberFunction.FloorModulo => numbers.Output.Type == TensorType.Float32 ? "FLOOR_MODULO_FLOAT" : "FLOOR_MODULO_INTEGER",
        NumberFunction.ExclusiveOr => "EXCLUSIVE_OR",
        NumberFunction.ShiftRight => "SHIFT_RIGHT",
        NumberFunction.Power or NumberFunction.PowerOfOne when numbers.Output.Type != TensorType.Float32 =>
            numbers.Function == NumberFunction.Power ? "POWER_INTEGER" : "POWER_OF_PRODUCTS_INTEGER",
        NumberFunction.ArcTangent => "ARC_TANGENT",
        NumberFunction.Power => "POWER",
        NumberFunction.PowerOfOne => numbers.CallsLibrary ? "POWER_OF_ONE" : "POWER_OF_PRODUCTS_FLOAT",
        _ => "PRELU",
    };
}
