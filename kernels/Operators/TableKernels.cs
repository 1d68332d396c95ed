using OffByN.Arithmetic.Operators;

namespace OffByN.Kernels.Operators;

/// <summary>Operators of one input as the tables of their results.</summary>
internal static class TableKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedTable table, KernelTarget target)
    {
        string result = ScalarTypes.PatternOf(table.Output.Type);
        return KernelPlan.Flat(
            "table", [$"CODE={ScalarTypes.PatternOf(table.Input.Type)}", $"RESULT={result}"],
            Arguments.Of(
            [
                ("input", new Activation(table.Input)), ("output", new Activation(table.Output)), ("tail_start", new Number(table.TailStart)),
                ("body", new Constant(result, () => table.Body.AsMemory())), ("tail", new Constant(result, () => table.Tail.AsMemory())),
            ]),
            table.Output.Shape!.Elements);
    }
}
