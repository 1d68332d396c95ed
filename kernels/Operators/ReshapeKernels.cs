using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>RESHAPE.</summary>
internal static class ReshapeKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedReshape reshape, KernelTarget target)
    {
        long bytes = reshape.Output.Type.Bytes(reshape.Output.Shape!.Elements);
        return bytes > int.MaxValue ? throw new NotComputableException($"a tensor of {bytes} bytes, expected at most {int.MaxValue}") : KernelPlan.Flat(
            "reshape", [], Arguments.Of([("input", new Activation(reshape.Input)), ("output", new Activation(reshape.Output))]), (int)bytes);
    }
}
