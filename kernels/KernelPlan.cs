using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Kernels;

/// <summary>What a kernel argument of some name is bound to.</summary>
internal abstract record KernelArgument;

/// <summary>A number, passed as the scalar type that the kernel declares.</summary>
internal sealed record Number(int Value) : KernelArgument;

/// <summary>A real number, passed as float32.</summary>
internal sealed record Real(float Value) : KernelArgument;

/// <summary>A tensor of the graph.</summary>
internal sealed record Activation(TensorInfo Tensor) : KernelArgument;

/// <summary>Constant data, made only for a kernel that asks for it.</summary>
/// <param name="Element">OpenCL name of its element type.</param>
internal sealed record Constant(string Element, Func<ReadOnlyMemory<byte>> Data) : KernelArgument;

/// <summary>Local memory of a work-group.</summary>
internal sealed record Scratch(int Bytes) : KernelArgument;

/// <summary>
/// One kernel launch of those that compute an operator: file <c>Name.cl</c>, function <c>Name</c>. A kernel takes any subset of <paramref name="Arguments"/>, in any order, by name.
/// </summary>
/// <param name="Options">Preprocessor definitions: type, rounding, tile.</param>
internal sealed record KernelPlan(
    string Name, ImmutableArray<string> Options, ImmutableSortedDictionary<string, KernelArgument> Arguments,
    ImmutableArray<int> GlobalSize, ImmutableArray<int> LocalSize)
{
    /// <summary>Sizes of a work-group that a flat launch may have. Few, since some compilers make new code for each.</summary>
    private static readonly int[] GroupSizes = [64, 8, 1];

    /// <summary>A launch with one work-item for each of <paramref name="items"/>, and none beyond.</summary>
    public static KernelPlan Flat(string name, ImmutableArray<string> options, ImmutableSortedDictionary<string, KernelArgument> arguments, int items) =>
        new(name, options, arguments, [items], [GroupSizes.First(size => items % size == 0)]);
}

/// <summary>What a plan may depend on.</summary>
/// <param name="Packed">
/// Whether to use the kernels for processors with wide vectors, whose layouts are private. The others have the natural layouts that users' kernels have.
/// </param>
internal sealed record KernelTarget(DeviceFacts Device, bool Packed);
