using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OffByN.Golden.Formats;
using OffByN.Model;

namespace OffByN.Golden.Inputs;

/// <summary>
/// A model's inputs for one run: keys are <c>input_INDEX</c>. <see cref="Name"/> is for people. <see cref="Sha256"/>, lower-case
/// hexadecimal, is of the decoded tensors: for each graph input in order the UTF-8 line <c>KEY TYPE SHAPE\n</c>
/// (<c>input_88 uint8 1x224x224x3</c>), then its bytes.
/// </summary>
public sealed record ModelInput(string Name, string Sha256, TensorSet Tensors)
{
    /// <summary>The seed that makes it again; null for one that was read.</summary>
    public ulong? Seed { get; init; }
}

/// <summary>
/// How images become tensors. Floats need <paramref name="Mean"/> and <paramref name="Std"/>, one number or one a channel:
/// (pixel - mean) / std, computed in double and rounded once.
/// </summary>
public sealed record ImageOptions(ResizeMode? Resize = null, ImmutableArray<double> Mean = default, ImmutableArray<double> Std = default);

/// <summary>Reads and checks a model's inputs before anything runs.</summary>
public static class InputReader
{
    /// <summary>
    /// The runs that <paramref name="files"/> describe, in order. An .npz, .safetensors or folder holds all inputs of one run, keyed
    /// <c>input_INDEX</c>, by index or by tensor name; other files (.npy, .bin, .raw, images) hold one input each, in the order of the
    /// graph's inputs, as many as it has for each run.
    /// </summary>
    /// <exception cref="UserErrorException">A file cannot be read, or is not what the model takes: type, shape, size.</exception>
    public static ImmutableArray<ModelInput> Read(Graph graph, IReadOnlyList<string> files, ImageOptions? images = null)
    {
        ImmutableArray<ModelInput>.Builder runs = ImmutableArray.CreateBuilder<ModelInput>();
        for (int at = 0; at < files.Count;)
        {
            if (TensorFiles.HoldsSeveral(files[at]))
            {
                runs.Add(ReadSet(graph, files[at++]));
                continue;
            }
            string[] group = [.. files.Skip(at).Take(graph.Inputs.Length).TakeWhile(file => !TensorFiles.HoldsSeveral(file))];
            if (group.Length == 0 || group.Length < graph.Inputs.Length)
                throw new UserErrorException($"{graph.Path} has {graph.Inputs.Length} inputs ({Describe(graph)}): expected as many files, or one .npz "
                    + $"that holds them all, found {string.Join(", ", group)}");
            runs.Add(Assemble(graph, string.Join(", ", group.Select(Path.GetFileName)),
                [.. graph.Inputs.Zip(group, (input, file) => ReadOne(graph, graph[input], file, images ?? new ImageOptions()))]));
            at += group.Length;
        }
        return runs.ToImmutable();
    }

    /// <summary>Inputs from a seed, the same on every machine; see <see cref="SeededInput"/> for how.</summary>
    /// <exception cref="UserErrorException">An input has a type that no number stands for, or no shape.</exception>
    public static ModelInput FromSeed(Graph graph, ulong seed)
    {
        SplitMix64 random = new(seed);
        List<TensorValue> values = [];
        foreach (TensorIndex input in graph.Inputs)
            values.Add(SeededInput.Next(graph, graph[input], ShapeOf(graph, graph[input]), ref random));
        return Assemble(graph, string.Create(CultureInfo.InvariantCulture, $"seed {seed}"), values) with { Seed = seed };
    }

    private static ModelInput ReadSet(Graph graph, string file) =>
        FromSet(graph, TensorFiles.Read(file, graph, key => Declared(graph, key)), file, Path.GetFileName(Path.TrimEndingDirectorySeparator(file)));

    /// <summary>The inputs that a set holds under one of the keys that <see cref="Read"/> takes. <paramref name="source"/> is what messages call it.</summary>
    /// <exception cref="UserErrorException">One is missing, there twice, or not what the model takes.</exception>
    public static ModelInput FromSet(Graph graph, TensorSet set, string source, string name)
    {
        List<TensorValue> values = [];
        foreach (TensorInfo input in graph.Inputs.Select(index => graph[index]))
        {
            TensorValue[] found = [.. KeysOf(input).Where(set.Tensors.ContainsKey).Select(key => set.Tensors[key])];
            // An array saved without a name can only be the one input.
            if (found.Length == 0 && graph.Inputs.Length == 1 && set.Tensors.Count == 1)
                found = [.. set.Tensors.Values];
            if (found.Length != 1)
                throw new UserErrorException($"{source}: expected one tensor for input {input.Index} \"{input.Name}\" under one of the keys "
                    + $"{string.Join(", ", KeysOf(input))}, found {found.Length} of them among {Listed(set.Tensors.Keys)}");
            values.Add(Checked(graph, input, found[0], source));
        }
        return Assemble(graph, name, values);
    }

    private static TensorValue ReadOne(Graph graph, TensorInfo input, string file, ImageOptions images) =>
        Image.IsImage(file) ? ImageInput.ToTensor(Image.Decode(MappedFile.Open(file).Memory, file), input, ShapeOf(graph, input), images, file)
        : TensorFolder.IsRaw(file) ? TensorFolder.ReadRaw(file, (input.Type, ShapeOf(graph, input)))
        : file.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? Checked(graph, input, Npy.Read(file), file)
        : throw new UserErrorException($"{file}: expected an input named .npy, .npz, .safetensors, .bin, .raw, .ppm, .pgm, .bmp, .png or .jpg");

    private static TensorValue Checked(Graph graph, TensorInfo input, TensorValue found, string file)
    {
        Shape shape = ShapeOf(graph, input);
        // Files have no int4; it comes as one code a byte.
        if (input.Type == TensorType.Int4 && found.Type == TensorType.Int8)
            found = found with { Type = TensorType.Int4 };
        return found.Type == input.Type && found.Shape.Equals(shape)
            ? found
            : throw new UserErrorException($"{file}: expected {input.Type.Lower()} {shape} for input {input.Index} \"{input.Name}\" of {graph.Path}, "
                + $"found {found.Type.Lower()} {found.Shape}; convert the array (numpy: astype, reshape)");
    }

    private static (TensorType Type, Shape Shape)? Declared(Graph graph, string key)
    {
        foreach (TensorInfo input in graph.Inputs.Select(index => graph[index]))
        {
            if (KeysOf(input).Contains(key))
                return (input.Type, ShapeOf(graph, input));
        }
        return null;
    }

    private static string[] KeysOf(TensorInfo input) =>
        [.. new[] { TensorSet.InputKeyOf(input.Index), TensorSet.KeyOf(input.Index), input.Name }.Distinct()];

    private static Shape ShapeOf(Graph graph, TensorInfo input) => input.Shape ?? throw new UserErrorException(
        $"{graph.Path}: the shape of input {input.Index} \"{input.Name}\" is not in the file ({input.Note}); convert the model with a fixed shape");

    private static ModelInput Assemble(Graph graph, string name, IReadOnlyList<TensorValue> values)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Dictionary<string, TensorValue> tensors = [];
        foreach ((TensorIndex input, TensorValue value) in graph.Inputs.Zip(values))
        {
            string key = TensorSet.InputKeyOf(input);
            hash.AppendData(Encoding.UTF8.GetBytes($"{key} {value.Type.Lower()} {value.Shape}\n"));
            hash.AppendData(value.Data.Span);
            tensors[key] = value;
        }
        return new ModelInput(name, Convert.ToHexStringLower(hash.GetHashAndReset()), new TensorSet(tensors));
    }

    private static string Describe(Graph graph) =>
        string.Join(", ", graph.Inputs.Select(input => $"{input} \"{graph[input].Name}\" {graph[input].Type.Lower()} {graph[input].Shape}"));

    private static string Listed(IEnumerable<string> keys) =>
        keys.Count() <= 10 ? string.Join(", ", keys) : $"{string.Join(", ", keys.Take(10))}, ... ({keys.Count()} in all)";
}
