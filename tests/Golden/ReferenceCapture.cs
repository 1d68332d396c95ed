using System.Collections.Immutable;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;

namespace OffByN.Tests.Golden;

/// <summary>What the reference computes, as if LiteRT's reference kernels had: for tests of what happens to captures, not of the arithmetic.</summary>
internal static class ReferenceCapture
{
    public static Capture Of(CaptureRequest request)
    {
        ReferencePipeline pipeline = new(request.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        Dictionary<string, TensorValue> values = new(request.Input.Tensors.Tensors);
        foreach (Operator op in request.Graph.Operators)
        {
            OperatorResult result = pipeline.Run(op.Index, tensor => values.GetValueOrDefault(TensorSet.KeyOf(tensor)) ?? values[TensorSet.InputKeyOf(tensor)]);
            values[TensorSet.KeyOf(op.Outputs[0])] = result.Outputs[0];
        }
        CaptureIdentity identity = new()
        {
            ModelSha256 = request.Graph.Sha256,
            InputSha256 = request.Input.Sha256,
            Runtime = "litert",
            Version = "2.3.0",
            LibrarySha256 = new string('1', 64),
            Flavour = Flavour.Ref,
            Tensors = [.. request.Taps.OrderBy(tensor => tensor.Value)],
        };
        return new(new TensorSet(values), identity, new("", "", 1, "", default, "")) { Delegated = [], Unread = ImmutableSortedDictionary<string, string>.Empty };
    }
}
