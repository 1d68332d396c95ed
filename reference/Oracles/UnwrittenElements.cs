using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Reference.Oracles;

/// <summary>
/// Elements of operator outputs that TFLite never writes: what is in memory there is another thing in every run. A capture holds 0 in their place.
/// </summary>
internal static class UnwrittenElements
{
    /// <summary>The tensors of a capture, with 0 behind the last detection of TFLite_Detection_PostProcess.</summary>
    public static TensorSet Cleared(Graph graph, TensorSet tensors)
    {
        Dictionary<string, TensorValue> cleared = [];
        foreach (Operator op in graph.Operators.Where(op => op is { CustomCode: DetectionPostProcess.Name, Outputs.Length: 4 }))
        {
            if (FlexOptions.Scalars(op.CustomOptions.Span) is not { } options
                || !tensors.TryGet(op.Outputs[3], out TensorValue? number) || number is not { Type: TensorType.Float32, Shape.Elements: 1 })
                continue;
            float detections = MemoryMarshal.Read<float>(number.Data.Span);
            double written = DetectionPostProcess.WrittenOf(options, detections);
            foreach (TensorIndex output in op.Outputs.Take(3))
            {
                if (tensors.TryGet(output, out TensorValue? value) && value is { Type: TensorType.Float32, Shape: { Count: >= 2 } shape })
                    cleared[TensorSet.KeyOf(output)] = value with { Data = Cut(value.Data.Span, written * shape.Skip(2).Aggregate(1, (product, size) => product * size)) };
            }
        }
        return cleared.Count == 0 ? tensors : new TensorSet(tensors.Tensors.Select(pair =>
            cleared.TryGetValue(pair.Key, out TensorValue? value) ? KeyValuePair.Create(pair.Key, value) : pair));
    }

    /// <summary>
    /// The tensors that XNNPACK was given to write and never writes: it unpacks a constant of float16, or a sparse one, for itself, and passes over the DEQUANTIZE or DENSIFY. Keys, with that reason.
    /// </summary>
    /// <param name="delegated">Tensors that the runtime gave to its delegate to write.</param>
    public static IEnumerable<KeyValuePair<string, string>> Unpacked(Graph graph, IReadOnlyCollection<int> delegated) =>
        from tensor in UnpackedConstants.Of(graph).Keys
        where delegated.Contains(tensor.Value)
        orderby tensor.Value
        select KeyValuePair.Create(TensorSet.KeyOf(tensor), "XNNPACK unpacks the constant for itself, and never writes this tensor");

    private static byte[] Cut(ReadOnlySpan<byte> data, double elements)
    {
        byte[] cut = new byte[data.Length];
        int kept = (int)Math.Clamp(elements * sizeof(float), 0, data.Length);
        data[..kept].CopyTo(cut);
        return cut;
    }
}
