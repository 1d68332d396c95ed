using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Inspection;

/// <summary>One operator output as it is shown. All text is free of control characters.</summary>
public sealed record InspectRow(
    LayerIndex Layer,
    string Operator,
    TensorIndex Tensor,
    string Name,
    string Type,
    string Shape,
    string Quantization,
    string Options,
    string Note);

/// <summary>What <c>inspect</c> says about a graph: one row for each operator output, in the order of the subgraph.</summary>
public static class InspectReport
{
    public static ImmutableArray<InspectRow> Of(Graph graph) =>
    [
        .. from layer in graph.Operators
           from output in layer.Outputs
           where !output.IsNone
           select Row(layer, graph[output]),
    ];

    /// <summary><c>1x224x224x3</c>, or <c>?</c> when it is known at run time only.</summary>
    public static string ShapeText(TensorInfo tensor) => tensor.Shape?.ToString() ?? "?";

    /// <summary><c>0.0235 zero 128</c>; <c>per-channel x32 dimension 0</c>; empty without quantization.</summary>
    public static string QuantizationText(TensorInfo tensor) => tensor.Quantization switch
    {
        null => "",
        { IsPerChannel: true } perChannel => string.Create(CultureInfo.InvariantCulture, $"per-channel x{perChannel.Scales.Length} dimension {perChannel.Dimension}"),
        { } perTensor => string.Create(CultureInfo.InvariantCulture, $"{perTensor.Scale} zero {perTensor.ZeroPoint}"),
    };

    /// <summary>The padding, and what else is not at the schema's default: <c>padding=Same strideW=2 activation=Relu6</c>.</summary>
    public static string OptionsText(OperatorOptions? options) => options is null ? "" : string.Join(
        ' ',
        from field in OptionsFields.Of(options)
        where !field.IsDefault || field.Value is Padding
        select $"{field.Name}={ValueText(field.Value)}");

    private static InspectRow Row(Operator layer, TensorInfo tensor) => new(
        layer.Index,
        Printable.Of(layer.Name),
        tensor.Index,
        Printable.Of(tensor.Name),
        tensor.Type.Lower(),
        ShapeText(tensor),
        QuantizationText(tensor),
        OptionsText(layer.Options),
        tensor.Note ?? "");

    private static string ValueText(object? value) => value switch
    {
        string text => text,
        IEnumerable list => $"[{string.Join(',', list.Cast<object>())}]",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
