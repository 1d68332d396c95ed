using System.Globalization;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>Finds a model's tensors by what dumps call them: a decimal index, a name, or <c>input_</c> and the index of a graph input.</summary>
internal sealed class TensorKeys(Graph graph)
{
    private const string InputPrefix = "input_";

    private readonly ILookup<string, TensorIndex> byName = graph.Tensors.ToLookup(tensor => tensor.Name, tensor => tensor.Index);

    public Graph Graph => graph;

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
