using System.Collections.Immutable;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness.CommandLine;

/// <summary>What is said of runtimes that overwrite tensors although they were asked to preserve them all.</summary>
internal static class Preservation
{
    /// <summary>Which tensors, and that the captures here are made otherwise.</summary>
    public static string Sentence(Graph graph, CaptureIdentity runtime, ImmutableArray<OverwrittenTensor> overwritten)
    {
        (TensorIndex tensor, LayerIndex? by) = overwritten[0];
        string first = $"tensor {tensor} {Printable.Of(graph[tensor].Name)}{(by is { } layer ? $", which holds the output of operator {layer} {Printable.Of(graph[layer].Name)}" : "")}";
        return $"{runtime.Runtime} {runtime.Version} {runtime.Flavour.ToString().ToLowerInvariant()} overwrites tensors under its own preserve_all_tensors: {overwritten.Length} of "
            + $"{Tapping.Tapped(graph).Length} differ, first {first}. Captures here tap the model, which keeps them; goldens made with that option blame the wrong operator";
    }

    /// <summary>Tries every runtime that has the option on a residual block, where an addition may write over what it read. Runtimes without the option have no line.</summary>
    public static async Task<ImmutableArray<Finding>> FindingsAsync(CancellationToken cancel)
    {
        byte[] model = ModelWriter.Write(Residual());
        Graph graph = TfliteReader.Parse(model, "residual.tflite");
        ImmutableArray<Finding>.Builder findings = ImmutableArray.CreateBuilder<Finding>();
        foreach (OracleRuntime runtime in OracleCatalogue.Found().Where(runtime => runtime.Program.FindAssembly() is not null))
        {
            WorkerOracle oracle = new(runtime, WorkerLimits.Default);
            CaptureRequest request = new(graph, Tapping.Tap(model, graph), InputReader.FromSeed(graph, 0), Flavour.Opt);
            if ((await oracle.CaptureAsync([request], cancel).ConfigureAwait(false))[0].Capture is not { } capture
                || await PreservationCheck.RunAsync(oracle, model, request, capture, cancel).ConfigureAwait(false) is not { } overwritten)
                continue;
            findings.Add(new($"tensors of {runtime.Name}", true, overwritten.IsEmpty
                ? "tapped ones and those of its own preserve_all_tensors are the same"
                : Sentence(graph, capture.Identity, overwritten)));
        }
        return findings.ToImmutable();
    }

    /// <summary>x, y = max(x, 0), z = x + y in int8: what feeds the addition is read by nothing after it.</summary>
    private static Graph Residual()
    {
        Quantization quantization = new([1 / 64f], [0], 0);
        return new()
        {
            Path = "residual.tflite",
            Sha256 = "",
            Description = "",
            Tensors = [.. new[] { "input", "relu", "again", "sum", "output" }.Select((name, index) => new TensorInfo
            {
                Index = new(index), Name = name, Type = TensorType.Int8, Shape = [1, 8, 8, 4], Quantization = quantization,
            })],
            Operators =
            [
                new() { Index = new(0), Code = BuiltinOperator.Relu, Inputs = [new(0)], Outputs = [new(1)] },
                new() { Index = new(1), Code = BuiltinOperator.Relu6, Inputs = [new(1)], Outputs = [new(2)] },
                new() { Index = new(2), Code = BuiltinOperator.Add, Inputs = [new(1), new(2)], Outputs = [new(3)], Options = new AddOptions() },
                new() { Index = new(3), Code = BuiltinOperator.Relu, Inputs = [new(3)], Outputs = [new(4)] },
            ],
            Inputs = [new(0)],
            Outputs = [new(4)],
        };
    }
}
