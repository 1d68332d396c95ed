using System.Text.Json;
using OffByN.Golden;
using OffByN.Harness.Inspection;
using OffByN.Model;
using OffByN.Model.Writing;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Model;

public class InspectTests
{
    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    public void Every_operator_output_is_shown_in_narrow_and_wide_terminals(int width)
    {
        using TestConsole console = new();
        console.Profile.Width = width;

        Inspect.Render(SmallModels.Network(TensorType.Int8), console, json: false);

        Assert.All(console.Lines, line => Assert.True(line.Length <= width, line));
        string text = string.Join(' ', console.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("CONV_2D", text, StringComparison.Ordinal);
        Assert.Contains("activation=Relu6", text, StringComparison.Ordinal);
        Assert.Contains("1x4x4x4", text, StringComparison.Ordinal);
        Assert.Contains("0.00390625 zero -128", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_cannot_inject_markup_or_control_characters()
    {
        Graph graph = SmallModels.Network();
        graph = graph with { Tensors = graph.Tensors.SetItem(3, graph.Tensors[3] with { Name = "[red]a[/]\u001b[31m\u202e\nb" }) };
        using TestConsole console = new();
        console.Profile.Width = 200;

        Inspect.Render(graph, console, json: false);

        Assert.Contains("[red]a[/]\\u001B[31m\\u202E\\u000Ab", console.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', console.Output);
    }

    [Fact]
    public void Json_holds_every_tensor_and_operator()
    {
        Graph graph = SmallModels.Network(TensorType.Int8);
        using TestConsole console = new();

        Inspect.Render(graph, console, json: true);

        JsonElement root = JsonDocument.Parse(console.Output).RootElement;
        Assert.Equal(graph.Tensors.Length, root.GetProperty("tensors").GetArrayLength());
        JsonElement convolution = root.GetProperty("operators")[0];
        Assert.Equal("CONV_2D", convolution.GetProperty("operator").GetString());
        Assert.Equal(2, convolution.GetProperty("options").GetProperty("strideW").GetInt32());
        Assert.Equal("relu6", convolution.GetProperty("options").GetProperty("activation").GetString());
        Assert.Equal(4, root.GetProperty("tensors")[1].GetProperty("scales").GetArrayLength());
    }

    [Fact]
    public void A_tapped_file_is_written_whole()
    {
        using TemporaryFolder folder = new();
        string model = folder.File("model.tflite");
        AtomicFile.Write(model, ModelWriter.Write(SmallModels.Network()));

        int outputs = TapCommand.Run(model, folder.File("tapped.tflite"));

        Graph tapped = TfliteReader.Read(folder.File("tapped.tflite"));
        Assert.Equal(6, outputs);
        Assert.Equal(Tapping.Tapped(tapped).ToArray(), tapped.Outputs.ToArray());
        Assert.Equal(["model.tflite", "tapped.tflite"], folder.Files);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_refused_before_the_model_is_read()
    {
        using TemporaryFolder folder = new();

        UserErrorException error = Assert.Throws<UserErrorException>(
            () => TapCommand.Run(folder.File("absent.tflite"), folder.File("no/such/folder/out.tflite")));

        Assert.Contains("out.tflite", error.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/dev/null")]
    [InlineData("/tmp")]
    public void What_is_not_a_file_is_not_replaced(string output) => Assert.Contains(
        "expected a file to write", Assert.Throws<UserErrorException>(() => AtomicFile.Create(output)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_model_that_cannot_be_read_leaves_no_output()
    {
        using TemporaryFolder folder = new();

        Assert.Throws<UserErrorException>(() => TapCommand.Run(folder.File("absent.tflite"), folder.File("out.tflite")));

        Assert.Empty(folder.Files);
    }
}
