using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>
/// Tensors that somebody else computed and wrote to files, by the model's tensors. An operator of a dump is judged by what the reference makes of the dump's own
/// tensors. Keys are decimal tensor indices, tensor names, <c>input_</c> and an index, <c>state_</c> and an index, or what a <see cref="DumpManifest"/> says.
/// </summary>
internal sealed class Dump
{
    private readonly ImmutableDictionary<TensorIndex, TensorValue> outputs;
    private readonly ImmutableDictionary<TensorIndex, TensorValue> givens;
    private readonly ImmutableDictionary<string, TensorValue> states;
    private readonly ImmutableArray<NotComparedTensor> extra;

    private Dump(string path, DumpManifest manifest, TensorKeys keys, TensorSet files)
    {
        Graph graph = keys.Graph;
        HashSet<TensorIndex> computed = [.. Tapping.Tapped(graph)];
        Dictionary<TensorIndex, (string Key, TensorValue Value)> known = [];
        List<NotComparedTensor> unknown = [];
        Dictionary<string, TensorValue> lastStates = [];
        foreach ((string key, TensorValue value) in files.Tensors)
        {
            DumpEntry? entry = manifest.Entries.GetValueOrDefault(key);
            if (entry?.Tensor is null && keys.FindState(key) is { } state)
            {
                lastStates[TensorSet.StateKeyOf(state.Index)] = Arranged(value, entry, manifest, state);
                continue;
            }
            (TensorIndex? found, string? reason) = entry?.Tensor is { } named ? (named, null) : keys.Find(key);
            if (found is not { } tensor)
                unknown.Add(new(null, key, $"extra: {reason}"));
            else if (!computed.Contains(tensor) && !graph.Inputs.Contains(tensor) && !graph[tensor].IsConstant)
                unknown.Add(new(null, key, $"extra: tensor {tensor} is neither computed by an operator, nor an input, nor a constant"));
            else if (!known.TryAdd(tensor, (key, Arranged(value, entry, manifest, graph[tensor]))))
                throw new UserErrorException($"{path}: '{Printable.Of(key)}' and '{Printable.Of(known[tensor].Key)}' are both tensor {tensor}. Remove one of them.");
        }
        outputs = known.Where(pair => computed.Contains(pair.Key)).ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Value);
        givens = known.Where(pair => !computed.Contains(pair.Key)).ToImmutableDictionary(pair => pair.Key, pair => pair.Value.Value);
        extra = [.. unknown];
        states = lastStates.ToImmutableDictionary();
        FeedsOperators = manifest.FeedsOperators;
        HoldsInputs = graph.Inputs.All(givens.ContainsKey);
    }

    /// <summary>True where it says which inputs it was made with.</summary>
    public bool HoldsInputs { get; }

    /// <inheritdoc cref="DumpManifest.FeedsOperators"/>
    public bool FeedsOperators { get; }

    /// <summary>The operator outputs, and states after the run, under the keys of <see cref="TensorSet"/>.</summary>
    public TensorSet Outputs => new(outputs.Select(pair => KeyValuePair.Create(TensorSet.KeyOf(pair.Key), pair.Value)).Concat(states));

    /// <param name="path">An .npz, a .safetensors, or a folder.</param>
    /// <param name="manifestPath">Null for the one that lies in the folder, if there is one.</param>
    /// <exception cref="UserErrorException">The files cannot be read, or the manifest does not fit them or the model.</exception>
    public static Dump Read(string path, string? manifestPath, Graph graph)
    {
        if (!TensorFiles.HoldsSeveral(path))
            throw new UserErrorException($"dump '{Printable.Of(path)}': expected a folder of .npy or raw files, an .npz or a .safetensors file.");
        TensorKeys keys = new(graph);
        manifestPath ??= DumpManifest.FileNames.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists);
        DumpManifest manifest = manifestPath is null ? DumpManifest.None : DumpManifest.Read(manifestPath, keys);
        Dictionary<string, string> listed = manifest.Entries.Where(entry => entry.Value.File is not null).ToDictionary(entry => entry.Value.File!, entry => entry.Key);
        TensorSet files = TensorFiles.Read(path, TensorFiles.MaxBytes(graph), Declared, listed.GetValueOrDefault);
        foreach ((string key, DumpEntry entry) in manifest.Entries.OrderBy(entry => entry.Value.At.Line))
        {
            if (!files.Tensors.ContainsKey(key))
                throw entry.At.Error($"{Printable.Of(path)} has no {(entry.File is { } file ? $"file '{Printable.Of(file)}'" : $"tensor '{Printable.Of(key)}'{DumpManifest.Nearest(key, files.Tensors.Keys)}")}.");
        }
        return new(path, manifest, keys, files);

        (TensorType, Shape)? Declared(string key)
        {
            DumpEntry? entry = manifest.Entries.GetValueOrDefault(key);
            if (entry is { Type: { } type, Shape: { } shape })
                return (type, shape);
            if ((entry?.Tensor ?? keys.FindState(key)?.Index ?? keys.Find(key).Tensor) is not { } tensor || (entry?.Shape ?? graph[tensor].Shape) is not { } dimensions)
                return null;
            bool isMoved = entry?.Shape is null && dimensions.Count == 4 && (entry?.IsChannelsFirst ?? manifest.IsChannelsFirst);
            return (entry?.Type ?? graph[tensor].Type, isMoved ? ChannelOrder.ChannelsFirst(dimensions) : dimensions);
        }
    }

    /// <summary>The dump beside one run; nothing but a reason where it was made with other inputs or weights.</summary>
    public CandidateTensors Of(CandidateContext context) => OtherInput(context) is { } reason
        ? CandidateTensors.Failed(reason)
        : new() { Against = IsolatedAgainst.OwnInputs, Cumulative = Outputs, Extra = extra };

    /// <summary>The value in the model's order of dimensions and type.</summary>
    private static TensorValue Arranged(TensorValue value, DumpEntry? entry, DumpManifest manifest, TensorInfo tensor)
    {
        if (entry is { IsChannelsFirst: true } && value.Shape.Count != 4)
            throw entry.At.Error($"layout nchw expects four dimensions, found {value.Shape}.");
        // Files have no int4; it comes as one code a byte.
        if (tensor.Type == TensorType.Int4 && value.Type == TensorType.Int8)
            value = value with { Type = TensorType.Int4 };
        return value.Shape.Count == 4 && (entry?.IsChannelsFirst ?? manifest.IsChannelsFirst) ? ChannelOrder.ToChannelsLast(value) : value;
    }

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
}
