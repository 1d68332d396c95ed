using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Reference.Oracles;

/// <summary>Which kernels of TFLite are asked for. What a runtime computes under that name is its profile, which its build decides.</summary>
public enum Flavour
{
    /// <summary>The reference kernels (BUILTIN_REF).</summary>
    Ref,

    /// <summary>The optimized kernels without a delegate (BUILTIN_WITHOUT_DEFAULT_DELEGATES).</summary>
    Opt,

    /// <summary>The optimized kernels with XNNPACK where it takes an operator (BUILTIN).</summary>
    Xnn,
}

/// <summary>What must be equal for two captures to be of the same thing. Hashes are sha256 in lower-case hexadecimal.</summary>
public sealed record CaptureIdentity
{
    /// <summary>Of the model file as given, before it was tapped.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>Of the decoded inputs: <see cref="Golden.Inputs.ModelInput.Sha256"/>.</summary>
    public required string InputSha256 { get; init; }

    /// <summary><c>litert</c>, <c>tflite-runtime</c>, ...</summary>
    public required string Runtime { get; init; }

    public required string Version { get; init; }

    /// <summary>Of the native library that computed.</summary>
    public required string LibrarySha256 { get; init; }

    public required Flavour Flavour { get; init; }

    /// <summary>Hash of the profile that the runtime follows; null where none is known.</summary>
    public string? Profile { get; init; }

    /// <summary>The operator outputs that were read, ascending.</summary>
    public required ImmutableArray<TensorIndex> Tensors { get; init; }
}

/// <summary>The circumstances of a capture: shown with it, and no ground to refuse it.</summary>
/// <remarks><see cref="Warnings"/> is the end of what the runtime wrote to stderr.</remarks>
public sealed record CaptureRecord(string Host, string Cpu, int Threads, string Harness, DateTimeOffset Date, string Warnings);

/// <summary>
/// Every operator output of a model that real TFLite computed, with the inputs it had, under the keys of <see cref="TensorSet"/>, and its variable
/// tensors before and after the run.
/// </summary>
public sealed record Capture(TensorSet Tensors, CaptureIdentity Identity, CaptureRecord Record)
{
    /// <summary>Tensors that a delegate wrote.</summary>
    public required ImmutableHashSet<TensorIndex> Delegated { get; init; }

    /// <summary>Keys of tensors that the runtime did not give, and why.</summary>
    public required ImmutableSortedDictionary<string, string> Unread { get; init; }

    /// <summary>The snapshot that it was read from; null when the runtime was run for it.</summary>
    public string? Golden { get; init; }
}
