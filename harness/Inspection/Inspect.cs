using System.Text.Json;
using System.Text.Json.Serialization;
using OffByN.Model;
using OffByN.Model.Options;
using Spectre.Console;

namespace OffByN.Harness.Inspection;

/// <summary>Shows a graph: <c>inspect MODEL</c>.</summary>
public static class Inspect
{
    /// <summary>Columns below which a table would break every name, so that lines say more.</summary>
    private const int TableWidth = 120;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes the graph for a person, or as one JSON object (<c>offbyn/inspect/1</c>) with every tensor.</summary>
    public static void Render(Graph graph, IAnsiConsole console, bool json)
    {
        if (json)
        {
            console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(JsonOf(graph), Json));
            return;
        }
        console.MarkupLineInterpolated($"[bold]{Printable.Of(graph.Path, 1024)}[/]");
        console.MarkupLineInterpolated($"sha256 {graph.Sha256}");
        console.MarkupLineInterpolated($"{graph.Operators.Length} operators, {graph.Tensors.Length} tensors, {graph.Subgraphs} subgraph(s)");
        foreach (TensorIndex input in graph.Inputs)
            console.MarkupLineInterpolated($"input  {Line(graph[input])}");
        foreach (TensorIndex output in graph.Outputs)
            console.MarkupLineInterpolated($"output {Line(graph[output])}");
        console.WriteLine();
        if (console.Profile.Width >= TableWidth)
            RenderTable(graph, console);
        else
            RenderLines(graph, console);
    }

    private static void RenderTable(Graph graph, IAnsiConsole console)
    {
        Table table = new Table { Border = TableBorder.Simple }
            .AddColumn("layer", column => column.RightAligned().NoWrap())
            .AddColumn("operator", column => column.NoWrap())
            .AddColumn("tensor", column => column.RightAligned().NoWrap())
            .AddColumn("name")
            .AddColumn("type", column => column.NoWrap())
            .AddColumn("shape", column => column.NoWrap())
            .AddColumn("scale", column => column.NoWrap())
            .AddColumn("options");
        foreach (InspectRow row in InspectReport.Of(graph))
        {
            string name = row.Note.Length == 0 ? row.Name : $"{row.Name} ({row.Note})";
            table.AddRow(((string[])[row.Layer.ToString(), row.Operator, row.Tensor.ToString(), name, row.Type, row.Shape, row.Quantization, row.Options])
                .Select(Markup.Escape).ToArray());
        }
        console.Write(table);
    }

    private static void RenderLines(Graph graph, IAnsiConsole console)
    {
        foreach (InspectRow row in InspectReport.Of(graph))
        {
            console.MarkupLineInterpolated($"[bold]{row.Layer} {row.Operator}[/] {row.Options}");
            console.MarkupLineInterpolated($"  {Line(graph[row.Tensor])}");
        }
    }

    private static string Line(TensorInfo tensor) => string.Join(
        ' ',
        ((string[])
        [
            tensor.Index.ToString(),
            Printable.Of(tensor.Name),
            tensor.Type.Lower(),
            InspectReport.ShapeText(tensor),
            InspectReport.QuantizationText(tensor),
            tensor.Note is { } note ? $"({note})" : "",
        ]).Where(part => part.Length > 0));

    private static object JsonOf(Graph graph) => new
    {
        Schema = "offbyn/inspect/1",
        Model = new { graph.Path, graph.Sha256, graph.Description, graph.Subgraphs },
        Inputs = graph.Inputs.Select(input => input.Value),
        Outputs = graph.Outputs.Select(output => output.Value),
        Operators = graph.Operators.Select(layer => new
        {
            Index = layer.Index.Value,
            Operator = layer.Name,
            layer.Version,
            Inputs = layer.Inputs.Select(input => input.Value),
            Outputs = layer.Outputs.Select(output => output.Value),
            Options = layer.Options is null ? null : OptionsFields.Of(layer.Options).ToDictionary(field => field.Name, field => field.Value),
        }),
        Tensors = graph.Tensors.Select(tensor => new
        {
            Index = tensor.Index.Value,
            tensor.Name,
            Type = tensor.Type.Lower(),
            tensor.Shape,
            tensor.Quantization?.Scales,
            tensor.Quantization?.ZeroPoints,
            tensor.Quantization?.Dimension,
            tensor.IsConstant,
            tensor.IsVariable,
            tensor.Note,
        }),
    };
}
