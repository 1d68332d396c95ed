namespace OffByN.Kernels;

/// <summary>What a device says of itself.</summary>
/// <param name="Index">Position in the list of all devices of all platforms; what <c>OFFBYN_OPENCL_DEVICE</c> may name.</param>
/// <param name="ComputeUnits">Work-groups that run at a time.</param>
/// <param name="LocalMemoryBytes">Local memory of a work-group.</param>
/// <param name="AlignmentBytes">Alignment that the start of a sub-buffer must have.</param>
/// <param name="RoundsToNearest">Whether float32 sums and products round to nearest, as IEEE 754 has it.</param>
/// <param name="IsIeeeSingle">Whether float32 has subnormals, infinities and NaN as well, and rounds quotients and square roots to nearest.</param>
/// <param name="IsIeeeDouble">Whether there is float64, which OpenCL allows in no other form.</param>
public sealed record DeviceFacts(
    int Index, string Name, string Platform, string Version, string Driver, bool IsCpu, int ComputeUnits, long LocalMemoryBytes, int AlignmentBytes,
    bool RoundsToNearest, bool IsIeeeSingle, bool IsIeeeDouble)
{
    public override string ToString() => $"{Name}, {Platform}";
}
