using OffByN.Arithmetic.Operators;

namespace OffByN.Kernels.Operators;

/// <summary>RESHAPE, SQUEEZE and EXPAND_DIMS.</summary>
internal static class ReshapeKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedReshape reshape, KernelTarget target) => KernelPlan.Flat(
        "reshape", [], Arguments.Of([("input", new Activation(reshape.Input)), ("output", new Activation(reshape.Output))]), CopyKernels.BytesOf(reshape.Output));
}
