using System.Diagnostics;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Tests.Golden;
using OffByN.Tests.Model;
using Xunit;

namespace OffByN.Tests.CommandLine;

/// <summary>Where the output goes when there is no room for it, or nobody reads it. Each in a process of its own, as a shell starts it.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string offbyn;

    public OutputTests()
    {
        File.WriteAllBytes(folder.File("model.tflite"), ModelWriter.Write(SmallModels.Network()));
        offbyn = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "offbyn.dll")}'";
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("inspect model.tflite > /dev/full")]
    [InlineData("golden show golden > /dev/full")]
    [InlineData("verify model.tflite --oracle golden:golden --candidate reference > /dev/full")]
    public void A_full_device_is_2_and_one_line(string command)
    {
        WriteGolden();
        (int code, _, string errors) = Run($"{offbyn} {command}");
        Assert.Equal(2, code);
        Assert.Equal("offbyn: the output could not be written: No space left on device. Make room, or choose another place.", errors.Trim());
    }

    [Fact]
    public void A_reader_that_leaves_early_does_no_harm()
    {
        WriteGolden();
        (int code, string output, string errors) = Run($"set -o pipefail; {offbyn} verify model.tflite --oracle golden:golden --candidate reference --all-layers | head -1");
        Assert.StartsWith("PASS  6 of 6", output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (code, errors));
    }

    [Fact]
    public void A_report_beyond_the_limit_of_a_file_is_2_and_leaves_nothing()
    {
        WriteGolden();
        string[] before = [.. folder.Files];
        // 4 KiB. The pages of the runtime's own code are files too, unless it is told not to.
        (int code, _, string errors) = Run($"export DOTNET_EnableWriteXorExecute=0; ulimit -f 4; {offbyn} verify model.tflite --oracle golden:golden --candidate reference --json report.json");
        Assert.Equal(2, code);
        Assert.StartsWith("offbyn: report.json: could not be written: ", errors, StringComparison.Ordinal);
        Assert.Equal(before, folder.Files);
    }

    private void WriteGolden()
    {
        byte[] model = File.ReadAllBytes(folder.File("model.tflite"));
        Graph graph = TfliteReader.Parse(model, "model.tflite");
        ModelInput input = InputReader.FromSeed(graph, 0);
        SnapshotFolder.Write(
            folder.File("golden"), new("model.tflite", "litert@2.3.0", [GoldenEntries.Of(graph, input, ReferenceCapture.Of(new(graph, model, input, Flavour.Ref)))]),
            SnapshotContent.Tensors, replace: false, default);
    }

    private (int Code, string Output, string Errors) Run(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, output, errors.Result);
    }
}
