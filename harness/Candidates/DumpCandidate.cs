using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>
/// Tensors that somebody else computed and wrote to files. A dump cannot be fed, so an operator is judged by what the reference makes of the dump's own
/// tensors. Keys are decimal tensor indices, tensor names, or <c>input_</c> and an index.
/// </summary>
public sealed class DumpCandidate : ICandidate
{
    private const string InputPrefix = "input_";

    private readonly ImmutableDictionary<TensorIndex, TensorValue> outputs;
    private readonly ImmutableDictionary<TensorIndex, TensorValue> givens;
    private readonly ImmutableArray<NotComparedTensor> extra;

    private DumpCandidate(string path, Graph graph, TensorSet dump)
    {
        Description = new("dump", path);
        HashSet<TensorIndex> computed = [.. graph.Operators.SelectMany(op => op.Outputs)];
        Dictionary<TensorIndex, (string Key, TensorValue Value)> known = [];
        List<NotComparedTensor> unknown = [];
        ILookup<string, TensorIndex> byName = graph.Tensors.ToLookup(tensor => tensor.Name, tensor => tensor.Index);
        foreach ((string key, TensorValue value) in dump.Tensors)
        {
            if (IndexOf(key, graph, byName) is not { } tensor)
                unknown.Add(new(null, key, "extra: the model has no tensor of that index or name"));
            else if (!known.TryAdd(tensor, (key, value)))
                throw new UserErrorException($"{path}: '{Printable.Of(key)}' and '{Printable.Of(known[tensor].Key)}' are both tensor {tensor}. Remove one of them.");
        }
        outputs = known.Where(pair => computed.Contains(pair.Key)).ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Value);
        givens = known.Where(pair => !computed.Contains(pair.Key)).ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Value);
        extra = [.. unknown];
    }

    public CandidateDescription Description { get; }

    /// <exception cref="UserErrorException">The files cannot be read.</exception>
    public static DumpCandidate Read(string path, Graph graph)
    {
        ILookup<string, TensorIndex> byName = graph.Tensors.ToLookup(tensor => tensor.Name, tensor => tensor.Index);
        TensorSet dump = Directory.Exists(path) ? TensorFolder.Read(path, Declared)
            : path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) ? Npz.Read(path)
            : path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? SafeTensors.Read(path)
            : throw new UserErrorException($"dump '{path}': expected a folder of .npy or .bin files, an .npz or a .safetensors file.");
        return new(path, graph, dump);

        (TensorType, Shape)? Declared(string key) =>
            IndexOf(key, graph, byName) is { } tensor && graph[tensor].Shape is { } shape ? (graph[tensor].Type, shape) : null;
    }

    public void Prepare(Graph graph, Profile profile)
    {
    }

    public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) =>
        Task.FromResult(contexts.Select(Compared).ToImmutableArray());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private CandidateTensors Compared(CandidateContext context) => OtherInput(context) is { } reason
        ? CandidateTensors.Failed(reason)
        : new()
        {
            Against = IsolatedAgainst.OwnInputs,
            Cumulative = new(outputs.Select(pair => KeyValuePair.Create(TensorSet.KeyOf(pair.Key), pair.Value))),
            Extra = extra,
        };

    /// <summary>Inputs and constants in the dump must be the run's: every other difference would follow from theirs.</summary>
    private string? OtherInput(CandidateContext context)
    {
        foreach ((TensorIndex tensor, TensorValue given) in givens.OrderBy(pair => pair.Key.Value))
        {
            TensorInfo info = context.Graph[tensor];
            (string kind, ReadOnlyMemory<byte> expected) = context.Inputs.TryGetInput(tensor, out TensorValue? input)
                ? ("the run's input", input.Data) : ("the model's constant", info.Data);
            if (given.Type != info.Type || !given.Shape.Equals(info.Shape))
                return $"the dump's tensor {tensor} ({Printable.Of(info.Name)}) is {given.Type.Lower()} {given.Shape}, {kind} is {info.Type.Lower()} {info.Shape}";
            int first = expected.Span.CommonPrefixLength(given.Data.Span);
            if (first < expected.Length)
                return $"the dump was made with other data: its tensor {tensor} ({Printable.Of(info.Name)}) differs from {kind}, first at byte {first}";
        }
        return null;
    }

    private static TensorIndex? IndexOf(string key, Graph graph, ILookup<string, TensorIndex> byName)
    {
        string digits = key.StartsWith(InputPrefix, StringComparison.Ordinal) ? key[InputPrefix.Length..] : key;
        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < graph.Tensors.Length)
            return new(index);
        return byName[key].Take(2).ToArray() is [TensorIndex only] ? only : null;
    }
}
