using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Harness.CommandLine;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Tests.EndToEnd;
using OffByN.Workers;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Reproduction;

public sealed class OpenShapeReproTests
{
    /// <summary>A RESHAPE by a computed shape whose output is open in the file.</summary>
    [SkippableFact]
    public async Task An_operator_whose_shapes_only_the_run_tells_is_cut_out_with_them()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("flatten.tflite"), dump = folder.File("off.safetensors");
        await File.WriteAllBytesAsync(path, ModelWriter.Write(RunTimeShapeTests.Model()));
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(path);
        CaptureOutcome outcome = Assert.Single(await new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default).CaptureAsync(
            [new CaptureRequest(graph, Tapping.Tap(bytes, graph), InputReader.FromSeed(graph, 0), Flavour.Ref)]));
        byte[] data = outcome.Capture!.Tensors.Tensors["8"].Data.ToArray();
        data[5]++;
        SafeTensors.Write(dump, new TensorSet(outcome.Capture.Tensors.Tensors.SetItem("8", outcome.Capture.Tensors.Tensors["8"] with { Data = data })));

        using TestConsole console = new TestConsole().Width(200);
        using StringWriter errors = new();
        int code = await Application.RunAsync(["repro", path, folder.File("case"), "--candidate", $"dump:{dump}", "--flavour", "ref", "--quiet"], console, errors, CancellationToken.None);

        Assert.True(code == 1, console.Output + errors);
        Assert.Contains("operator 3 RESHAPE alone fails", console.Output, StringComparison.Ordinal);
    }
}
