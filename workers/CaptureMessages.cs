using System.Text.Json.Serialization;

namespace OffByN.Workers;

/// <summary>
/// Which TFLite a worker holds. <c>LibrarySha256</c> is that of the native library that computes, in lower-case hexadecimal; <c>Host</c> is
/// what loads the library, such as <c>CPython 3.11.2</c>, and empty for a worker that does so itself.
/// </summary>
public sealed record RuntimeDescription(string Runtime, string Version, string LibrarySha256, string Host);

/// <summary>
/// Runs a tapped model once in an interpreter of its own, with its variable tensors reset. Paths are those of files in the worker's folder;
/// inputs and output are safetensors with the keys of <see cref="Golden.TensorSet"/>. The flavour is <c>ref</c>, <c>opt</c> or <c>xnn</c>. <c>Tensors</c>
/// are the operator outputs to read after the run, <c>States</c> the variable tensors to read before it (<c>initial_88</c>) and after it
/// (<c>state_88</c>).
/// </summary>
public sealed record CaptureOrder(
    string ModelPath, string Flavour, int Threads, string InputsPath, string OutputPath,
    IReadOnlyList<int> Tensors, IReadOnlyList<int> States)
{
    /// <summary>Whether the tensors are kept by the runtime's own preserve_all_tensors: a cross-check of a model that is not tapped.</summary>
    public bool Preserves { get; init; }
}

/// <summary>
/// The reply to a <see cref="CaptureOrder"/>, sent after the interpreter was destroyed. <c>Delegated</c> are the tensors that a delegate wrote;
/// <c>Unread</c> are the keys of tensors that it did not give, with its words.
/// </summary>
public sealed record CaptureReceipt(IReadOnlyList<int> Delegated, IReadOnlyDictionary<string, string> Unread);

public sealed record DescribeOrder;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DescribeOrder))]
[JsonSerializable(typeof(RuntimeDescription))]
[JsonSerializable(typeof(CaptureOrder))]
[JsonSerializable(typeof(CaptureReceipt))]
internal sealed partial class CaptureJson : JsonSerializerContext;

/// <summary>What every worker that holds a TFLite runtime answers.</summary>
public static class OracleVerbs
{
    public static readonly Verb<DescribeOrder, RuntimeDescription> Describe =
        new("describe", CaptureJson.Default.DescribeOrder, CaptureJson.Default.RuntimeDescription);

    public static readonly Verb<CaptureOrder, CaptureReceipt> Capture =
        new("capture", CaptureJson.Default.CaptureOrder, CaptureJson.Default.CaptureReceipt);
}
