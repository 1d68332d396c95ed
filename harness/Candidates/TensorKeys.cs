using System.Globalization;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>Finds a model's tensors by what dumps call them: a decimal index, a name, or <c>input_</c> and the index of a graph input.</summary>
internal sealed class TensorKeys(Graph graph)
{
    private const string InputPrefix = "input_", StatePrefix = "state_";

    private readonly ILookup<string, TensorIndex> byName = graph.Tensors.ToLookup(tensor => tensor.Name, tensor => tensor.Index);

    public Graph Graph => graph;

    /// <summary>The state whose value after the run a key names (<c>state_88</c>); null for every other key.</summary>
    public TensorInfo? FindState(string key) =>
        key.StartsWith(StatePrefix, StringComparison.Ordinal) && int.TryParse(key.AsSpan(StatePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? graph.Operators.SelectMany(op => graph.StatesOf(op)).FirstOrDefault(state => state.Index.Value == index) : null;

    /// <summary>The tensor, or why the model has none for the key.</summary>
    public (TensorIndex? Tensor, string? Reason) Find(string key)
    {
        bool isInput = key.StartsWith(InputPrefix, StringComparison.Ordinal);
        if (int.TryParse(isInput ? key.AsSpan(InputPrefix.Length) : key, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            if (index < graph.Tensors.Length && (!isInput || graph.Inputs.Contains(new TensorIndex(index))))
                return (new TensorIndex(index), null);
            if (isInput && byName[key].Any() is false)
                return (null, $"the model has no input of index {index}");
        }
        return byName[key].Take(2).ToArray() switch
        {
            [TensorIndex only] => (only, null),
            [] => (null, "the model has no tensor of that index or name"),
            _ => (null, "the model has several tensors of that name; use an index"),
        };
    }
}
