using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>RESHAPE.</summary>
internal static class ReshapeKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedReshape reshape, KernelTarget target) => KernelPlan.Flat(
        "reshape", [], Arguments.Of([("input", new Activation(reshape.Input)), ("output", new Activation(reshape.Output))]),
        (int)reshape.Output.Type.Bytes(reshape.Output.Shape!.Elements));
}
