using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Reference.Oracles;

/// <summary>A tensor that a runtime gives differently under its own preserve_all_tensors than from a tapped model.</summary>
/// <param name="By">The operator that reads the tensor and whose output the runtime gave in its place; null where it is no operator's.</param>
public sealed record OverwrittenTensor(TensorIndex Tensor, LayerIndex? By);

/// <summary>
/// Whether a runtime's own way to keep intermediate tensors can be believed. Some builds let an operator write its output over the tensor that it read, and return
/// that under both names: goldens made that way blame the wrong operator. Captures are made of tapped models, which keeps every tensor in every runtime.
/// </summary>
public static class PreservationCheck
{
    /// <summary>
    /// Runs the model as it is with preserve_all_tensors and compares what that gives with a capture. Empty where nothing was overwritten; null where the runtime has no such
    /// option or does not run so, and for <see cref="Flavour.Xnn"/>: there preserving changes what is delegated, and with it the arithmetic.
    /// </summary>
    /// <param name="oracle">The oracle that made the capture.</param>
    /// <param name="model">The model, not tapped.</param>
    /// <param name="request">What was captured.</param>
    /// <param name="capture">What was given.</param>
    /// <param name="cancel">Ends the run.</param>
    public static async Task<ImmutableArray<OverwrittenTensor>?> RunAsync(
        IOracle oracle, ReadOnlyMemory<byte> model, CaptureRequest request, Capture capture, CancellationToken cancel)
    {
        if (request.Flavour == Flavour.Xnn)
            return null;
        CaptureOutcome outcome = (await oracle.CaptureAsync([request with { TappedModel = model, Preserves = true }], cancel).ConfigureAwait(false))[0];
        return outcome.Capture is { } preserved ? Compare(request.Graph, capture.Tensors, preserved.Tensors) : null;
    }

    /// <summary>The operator outputs that both sets hold and that differ, in subgraph order.</summary>
    public static ImmutableArray<OverwrittenTensor> Compare(Graph graph, TensorSet tapped, TensorSet preserved) =>
    [
        .. graph.Operators.SelectMany(op => op.Outputs).Where(tensor =>
                tapped.TryGet(tensor, out TensorValue? right) && preserved.TryGet(tensor, out TensorValue? found) && !right.Data.Span.SequenceEqual(found.Data.Span))
            .Select(tensor => new OverwrittenTensor(tensor, WriterOver(graph, tensor, tapped, preserved))),
    ];

    private static LayerIndex? WriterOver(Graph graph, TensorIndex tensor, TensorSet tapped, TensorSet preserved) =>
        graph.Operators.FirstOrDefault(op => op.Inputs.Contains(tensor) && op.Outputs.Any(output =>
            tapped.TryGet(output, out TensorValue? written) && preserved.TryGet(tensor, out TensorValue? found) && written.Data.Span.SequenceEqual(found.Data.Span)))?.Index;
}
