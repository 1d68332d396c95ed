using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OffByN.Model;

namespace OffByN.Golden;

/// <summary>
/// One tensor's value: row-major, little endian, <see cref="Data"/>.Length == Type.Bytes(Shape.Elements). int4 is unpacked, one code a byte.
/// The memory may be a view of a mapped file; whoever holds the <see cref="TensorSet"/> keeps it alive.
/// </summary>
public sealed record TensorValue(TensorType Type, Shape Shape, ReadOnlyMemory<byte> Data);

/// <summary>
/// Named tensors with their provenance. In captures the key of an operator output is its decimal tensor index ("88") and that of a graph
/// input is "input_88"; a variable tensor is "initial_88" before the run and "state_88" after it. Sets written by other programs and by ours read alike.
/// </summary>
public sealed class TensorSet
{
    public static readonly TensorSet Empty = new(ImmutableSortedDictionary<string, TensorValue>.Empty);

    public TensorSet(IEnumerable<KeyValuePair<string, TensorValue>> tensors, IEnumerable<KeyValuePair<string, string>>? provenance = null)
    {
        Tensors = tensors.ToImmutableSortedDictionary(StringComparer.Ordinal);
        Provenance = (provenance ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    public ImmutableSortedDictionary<string, TensorValue> Tensors { get; }

    /// <summary>Where the tensors come from: free text under stable keys.</summary>
    public ImmutableSortedDictionary<string, string> Provenance { get; }

    public static string KeyOf(TensorIndex tensor) => tensor.Value.ToString(CultureInfo.InvariantCulture);

    public static string InputKeyOf(TensorIndex tensor) => "input_" + KeyOf(tensor);

    /// <summary>A variable tensor after its reset, before the run.</summary>
    public static string InitialStateKeyOf(TensorIndex tensor) => "initial_" + KeyOf(tensor);

    /// <summary>A variable tensor after the run.</summary>
    public static string StateKeyOf(TensorIndex tensor) => "state_" + KeyOf(tensor);

    /// <summary>The value that an operator reads: an operator output, a graph input, or a state before the run.</summary>
    public TensorValue? Read(TensorIndex tensor) => TryGet(tensor, out TensorValue? value) ? value : Given(tensor);

    /// <summary>The value of a tensor that no operator computes: a graph input, or a state before the run.</summary>
    public TensorValue? Given(TensorIndex tensor) =>
        TryGetInput(tensor, out TensorValue? value) ? value : Tensors.GetValueOrDefault(InitialStateKeyOf(tensor));

    public bool TryGet(TensorIndex tensor, [NotNullWhen(true)] out TensorValue? value) => Tensors.TryGetValue(KeyOf(tensor), out value);

    public bool TryGetInput(TensorIndex tensor, [NotNullWhen(true)] out TensorValue? value) =>
        Tensors.TryGetValue(InputKeyOf(tensor), out value);
}
