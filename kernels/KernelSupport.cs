using OffByN.Arithmetic;

namespace OffByN.Kernels;

/// <summary>What there are kernels for, without a device to run them on.</summary>
public static class KernelSupport
{
    private static readonly DeviceFacts Capable = new(
        0, "a device that keeps to IEEE 754", "", "", "", IsCpu: false, ComputeUnits: 1, LocalMemoryBytes: 1 << 15, AlignmentBytes: 128,
        RoundsToNearest: true, IsIeeeSingle: true, IsIeeeDouble: true);

    /// <summary>Why no kernel computes an operator, on a device whose float32 and float64 keep to IEEE 754; null where one does.</summary>
    public static string? Obstacle(PreparedOperator prepared)
    {
        try
        {
            return KernelPlans.Of(prepared, new(Capable, Packed: false)).IsEmpty ? "it has nothing to launch" : null;
        }
        catch (NotComputableException reason)
        {
            return reason.Message;
        }
    }
}
