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
    /// The runs that <paramref name="files"/> describe, in order. An .npz, a .safetensors or a folder of tensors holds all inputs of one run, keyed
    /// <c>input_INDEX</c>, by index or by tensor name; other files (.npy, .bin, .raw, images) hold one input each, in the order of the
    /// graph's inputs, as many as it has for each run. Arrays of shape [N, ...] for inputs of shape [1, ...] hold N runs. A folder that does not hold every
    /// input under one of its keys stands for its entries, by name.
    /// </summary>
    /// <exception cref="UserErrorException">A file cannot be read, or is not what the model takes: type, shape, size.</exception>
    public static ModelInputs Read(Graph graph, IReadOnlyList<string> files, ImageOptions? images = null)
    {
        images ??= new ImageOptions();
        List<Func<ModelInput>> runs = [];
        string[] entries = [.. files.SelectMany(file => Entries(graph, file))];
        for (int at = 0; at < entries.Length;)
        {
            if (TensorFiles.HoldsSeveral(entries[at]))
            {
                runs.AddRange(RunsOf(graph, entries[at++]));
                continue;
            }
            string[] group = [.. entries.Skip(at).Take(graph.Inputs.Length).TakeWhile(file => !TensorFiles.HoldsSeveral(file))];
            if (group.Length == 0 || group.Length < graph.Inputs.Length)
                throw new UserErrorException($"{graph.Path} has {graph.Inputs.Length} inputs ({Describe(graph)}): expected as many files, or one .npz "
                    + $"that holds them all, found {string.Join(", ", group)}");
            runs.AddRange(group is [var only] && IsNpy(only) ? RunsOf(graph, only) : [() => Assemble(graph, string.Join(", ", group.Select(Path.GetFileName)),
                [.. graph.Inputs.Zip(group, (input, file) => ReadOne(graph, graph[input], file, images))])]);
            at += group.Length;
        }
        return new ModelInputs(runs);
    }

    /// <summary>Inputs from several seeds.</summary>
    /// <inheritdoc cref="FromSeed"/>
    public static ModelInputs FromSeeds(Graph graph, IEnumerable<ulong> seeds) =>
        new(seeds.Select(seed => (Func<ModelInput>)(() => FromSeed(graph, seed))), tried: 1);

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

    private static bool IsNpy(string file) => file.EndsWith(".npy", StringComparison.OrdinalIgnoreCase);

    /// <summary>The files and folders of runs that a path stands for: itself, but for a folder that does not hold the inputs of one run.</summary>
    private static string[] Entries(Graph graph, string path)
    {
        if (!Directory.Exists(path) || graph.Inputs.All(input => KeysOf(graph[input]).Any(key => TensorFolder.Holds(path, key))))
            return [path];
        try
        {
            string[] entries = [.. Directory.EnumerateFileSystemEntries(path).Where(entry => Path.GetFileName(entry)[0] != '.').Order(StringComparer.Ordinal)];
            return entries.Length > 0 ? entries : throw new UserErrorException($"{path}: expected inputs in this folder, found none");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The runs of a file that holds all inputs: one, or as many as its arrays have along an outermost axis in which the model has 1.</summary>
    private static IEnumerable<Func<ModelInput>> RunsOf(Graph graph, string file)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(file));
        TensorSet set = ReadSet(graph, file);
        TensorValue[] values = [.. graph.Inputs.Select(input => Find(graph[input], set, file, graph.Inputs.Length))];
        int[] lengths = [.. graph.Inputs.Zip(values, (input, value) => BatchLength(graph, graph[input], value)).Distinct()];
        return lengths is [int batch and > 1]
            ? Enumerable.Range(0, batch).Select(run => (Func<ModelInput>)(() => Assemble(graph, string.Create(CultureInfo.InvariantCulture, $"{name}[{run}]"),
                [.. graph.Inputs.Zip(values, (input, value) => Checked(graph, graph[input], Part(value, run, ShapeOf(graph, graph[input])), file))])))
            : [() => FromSet(graph, ReadSet(graph, file), file, name)];
    }

    /// <summary>How many runs an array holds for an input; 1 for one of any other shape.</summary>
    private static int BatchLength(Graph graph, TensorInfo input, TensorValue found)
    {
        Shape shape = ShapeOf(graph, input);
        return shape is [1, ..] && found.Shape.Count == shape.Count && found.Shape.Skip(1).SequenceEqual(shape.Skip(1)) ? found.Shape[0] : 1;
    }

    private static TensorValue Part(TensorValue batch, int run, Shape shape)
    {
        int bytes = batch.Data.Length / batch.Shape[0];
        return new(batch.Type, shape, batch.Data.Slice(run * bytes, bytes));
    }

    private static TensorSet ReadSet(Graph graph, string file) => IsNpy(file)
        ? new TensorSet([KeyValuePair.Create("", Npy.Read(file))])
        : TensorFiles.Read(file, Npz.MaxBytes, key => Declared(graph, key));

    /// <summary>The inputs that a set holds under one of the keys that <see cref="Read"/> takes. <paramref name="source"/> is what messages call it.</summary>
    /// <exception cref="UserErrorException">One is missing, there twice, or not what the model takes.</exception>
    public static ModelInput FromSet(Graph graph, TensorSet set, string source, string name) =>
        Assemble(graph, name, [.. graph.Inputs.Select(input => Checked(graph, graph[input], Find(graph[input], set, source, graph.Inputs.Length), source))]);

    private static TensorValue Find(TensorInfo input, TensorSet set, string source, int inputs)
    {
        TensorValue[] found = [.. KeysOf(input).Where(set.Tensors.ContainsKey).Select(key => set.Tensors[key])];
        // An array saved without a name can only be the one input.
        if (found.Length == 0 && inputs == 1 && set.Tensors.Count == 1)
            found = [.. set.Tensors.Values];
        return found is [TensorValue only] ? only : throw new UserErrorException($"{source}: expected one tensor for input {input.Index} \"{input.Name}\" under one of the keys "
            + $"{string.Join(", ", KeysOf(input))}, found {found.Length} of them among {Listed(set.Tensors.Keys)}");
    }

    private static TensorValue ReadOne(Graph graph, TensorInfo input, string file, ImageOptions images) =>
        Image.IsImage(file) ? ImageInput.ToTensor(Image.Decode(MappedFile.Open(file).Memory, file), input, ShapeOf(graph, input), images, file)
        : TensorFolder.IsRaw(file) ? TensorFolder.ReadRaw(file, (input.Type, ShapeOf(graph, input)))
        : IsNpy(file) ? Checked(graph, input, Npy.Read(file), file)
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
