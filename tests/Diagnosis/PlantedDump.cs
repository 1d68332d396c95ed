using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Mistakes;

namespace OffByN.Tests.Diagnosis;

/// <summary>The tensors of somebody who makes one mistake in every operator it applies to, and nothing else.</summary>
internal static class PlantedDump
{
    /// <param name="graph">The model.</param>
    /// <param name="input">Its input.</param>
    /// <param name="slug">The mistake; null for none.</param>
    public static TensorSet Of(Graph graph, ModelInput input, string? slug)
    {
        ReferencePipeline pipeline = new(graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        Mistake? mistake = slug is null ? null : MistakeCatalogue.All.Single(one => one.Slug == slug);
        Dictionary<TensorIndex, TensorValue> values = graph.Inputs.ToDictionary(tensor => tensor, tensor => input.Tensors.TryGetInput(tensor, out TensorValue? value) ? value : throw new ArgumentException("an input is missing", nameof(input)));
        foreach (Operator op in graph.Operators)
        {
            PreparedOperator expected = pipeline.Prepared(op.Index)!;
            PreparedOperator wrong = mistake?.Variants(new(graph, expected)).Select(variant => variant.Prepared).FirstOrDefault() ?? expected;
            byte[] output = Recomputation.Of(expected, [.. expected.Inputs.Select(tensor => tensor.IsConstant ? tensor.Data : values[tensor.Index].Data)]).Run(wrong);
            values[op.Outputs[0]] = new(expected.Outputs[0].Type, expected.Outputs[0].Shape!, output);
        }
        return new(graph.Operators.Select(op => KeyValuePair.Create(TensorSet.KeyOf(op.Outputs[0]), values[op.Outputs[0]])));
    }

    public static void Write(string path, Graph graph, ModelInput input, string slug) => SafeTensors.Write(path, Of(graph, input, slug));
}
