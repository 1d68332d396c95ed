using System.Text.Json;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>
/// The folder that a command reads: the model, <c>request.json</c>, and an .npy for each tensor that it is given. <c>docs/command-candidate.md</c> describes it.
/// </summary>
internal static class CommandRequest
{
    private const string Schema = "offbyn/command/1";

    /// <summary>Writes the inputs of the model and its constants.</summary>
    /// <param name="folder">Empty.</param>
    /// <param name="run"><c>model</c>, or <c>operators</c>, which also gives every operator output of the oracle.</param>
    public static void Write(string folder, string run, CandidateContext context, ReadOnlySpan<byte> model)
    {
        Graph graph = context.Graph;
        File.WriteAllBytes(Path.Combine(folder, "model.tflite"), model);
        Dictionary<TensorIndex, string> files = [];
        foreach (TensorInfo tensor in graph.Tensors)
        {
            if (Given(tensor, run, context) is not var (key, value) || !Npy.CanWrite(value.Type))
                continue;
            files[tensor.Index] = key + ".npy";
            using FileStream file = File.Create(Path.Combine(folder, files[tensor.Index]));
            Npy.Write(file, value);
        }
        using FileStream request = File.Create(Path.Combine(folder, "request.json"));
        Describe(request, run, graph, files);
    }

    private static (string Key, TensorValue Value)? Given(TensorInfo tensor, string run, CandidateContext context)
    {
        if (context.Inputs.TryGetInput(tensor.Index, out TensorValue? input))
            return (TensorSet.InputKeyOf(tensor.Index), input);
        if (tensor.IsVariable && context.Given(tensor.Index) is { } initial)
            return (TensorSet.InitialStateKeyOf(tensor.Index), initial);
        string key = TensorSet.KeyOf(tensor.Index);
        if (tensor is { IsConstant: true, Note: null, Shape: { } shape })
            return (key, new(tensor.Type, shape, tensor.Data));
        return run == "operators" && context.Oracle.TryGet(tensor.Index, out TensorValue? value) ? (key, value) : null;
    }

    private static void Describe(Stream destination, string run, Graph graph, Dictionary<TensorIndex, string> files)
    {
        using Utf8JsonWriter json = new(destination, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("run", run);
        json.WriteString("model", "model.tflite");
        WriteIndices("inputs", graph.Inputs);
        WriteIndices("outputs", graph.Outputs);
        json.WriteStartArray("operators");
        foreach (Operator op in graph.Operators)
        {
            json.WriteStartObject();
            json.WriteNumber("index", op.Index.Value);
            json.WriteString("name", op.Name);
            WriteIndices("inputs", op.Inputs);
            WriteIndices("outputs", op.Outputs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("tensors");
        foreach (TensorInfo tensor in graph.Tensors)
            WriteTensor(tensor);
        json.WriteEndArray();
        json.WriteEndObject();

        void WriteIndices(string name, IEnumerable<TensorIndex> tensors)
        {
            json.WriteStartArray(name);
            foreach (TensorIndex tensor in tensors)
                json.WriteNumberValue(tensor.Value);
            json.WriteEndArray();
        }

        void WriteTensor(TensorInfo tensor)
        {
            json.WriteStartObject();
            json.WriteNumber("index", tensor.Index.Value);
            json.WriteString("name", tensor.Name);
            json.WriteString("type", tensor.Type.Lower());
            if (tensor.Shape is { } shape)
            {
                json.WriteStartArray("shape");
                foreach (int dimension in shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
            }
            if (tensor.Quantization is { } quantization)
            {
                json.WriteStartArray("scales");
                foreach (float scale in quantization.Scales)
                    json.WriteNumberValue(scale);
                json.WriteEndArray();
                json.WriteStartArray("zeroPoints");
                foreach (int zeroPoint in quantization.ZeroPoints)
                    json.WriteNumberValue(zeroPoint);
                json.WriteEndArray();
                json.WriteNumber("dimension", quantization.Dimension);
            }
            if (files.TryGetValue(tensor.Index, out string? file))
                json.WriteString("file", file);
            json.WriteEndObject();
        }
    }
}
