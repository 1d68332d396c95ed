using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Kernels.Operators;

/// <summary>AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D.</summary>
internal static class PoolKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedAveragePool pool, KernelTarget target) =>
        pool.Arithmetic.Rounding != Rounding.HalfAway
            ? throw new NotComputableException($"no OpenCL kernel rounds an average {pool.Arithmetic.Rounding}")
            : KernelPlan.Flat(
                "average_pool_2d",
                [.. Arguments.Codes(pool.Output.Type, 1), $"COUNT_INSIDE_ONLY={(pool.Arithmetic.CountInsideOnly ? 1 : 0)}"],
                Arguments.Of(
                [
                    ("input", new Activation(pool.Input)), ("output", new Activation(pool.Output)), ("channels", new Number(pool.Channels)),
                    ("low", new Number(pool.Low)), ("high", new Number(pool.High)), .. Arguments.Geometry(pool.Window),
                ]),
                pool.Window.Positions * pool.Channels);

    [Plans]
    public static KernelPlan Plan(PreparedFloatPool pool, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "float_average_pool_2d", [],
            Arguments.Of(
            [
                ("input", new Activation(pool.Input)), ("output", new Activation(pool.Output)), ("channels", new Number(pool.Channels)),
                ("bounds", Arguments.Bounds(TensorType.Float32, pool.Low, pool.High)), .. Arguments.Geometry(pool.Window),
            ]),
            pool.Window.Positions * pool.Channels);
    }

    [Plans]
    public static KernelPlan Plan(PreparedL2Pool pool, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "l2_pool_2d", [],
            Arguments.Of(
            [
                ("input", new Activation(pool.Input)), ("output", new Activation(pool.Output)), ("channels", new Number(pool.Channels)),
                ("bounds", Arguments.Bounds(TensorType.Float32, pool.Low, pool.High)), ("by_reciprocal", new Number(pool.MultipliesByReciprocal ? 1 : 0)),
                .. Arguments.Geometry(pool.Window),
            ]),
            pool.Window.Positions * pool.Channels);
    }

    [Plans]
    public static KernelPlan Plan(PreparedMaxPool pool, KernelTarget target)
    {
        if (pool.Output.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "max_pool_2d", [$"NUMBER={ScalarTypes.Of(pool.Output.Type)}"],
            Arguments.Of(
            [
                ("input", new Activation(pool.Input)), ("output", new Activation(pool.Output)), ("channels", new Number(pool.Channels)),
                ("bounds", Arguments.Bounds(pool.Output.Type, pool.Low, pool.High)), .. Arguments.Geometry(pool.Window),
            ]),
            pool.Window.Positions * pool.Channels);
    }
}
