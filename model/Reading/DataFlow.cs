using System.Collections.Immutable;

namespace OffByN.Model.Reading;

/// <summary>Checks that values exist before they are used, and come from one place.</summary>
internal static class DataFlow
{
    /// <summary>
    /// The graph, where a tensor without elements that nothing computes (a RESHAPE to a scalar reads one) counts as a constant.
    /// </summary>
    /// <exception cref="UserErrorException">A tensor is used before it is computed, or has two sources.</exception>
    public static Graph Checked(Graph graph)
    {
        bool[] known = new bool[graph.Tensors.Length];
        foreach (TensorInfo tensor in graph.Tensors)
            known[tensor.Index.Value] = tensor.IsConstant || tensor.IsVariable;
        foreach (TensorIndex input in graph.Inputs)
        {
            if (graph[input].IsConstant)
                throw Wrong(graph, input, "expected a graph input without a value of its own, found a constant");
            known[input.Value] = true;
        }

        ImmutableArray<TensorInfo>.Builder tensors = graph.Tensors.ToBuilder();
        bool[] computed = new bool[graph.Tensors.Length];
        foreach (Operator layer in graph.Operators)
        {
            foreach (TensorIndex input in layer.Inputs)
            {
                if (input.IsNone || known[input.Value])
                    continue;
                if (graph[input].Shape is not { Elements: 0 })
                    throw Wrong(graph, input, $"expected a value before operator {layer.Index} ({Printable.Of(layer.Name)}) reads it, found neither a constant, a graph input, nor an earlier operator's output");
                tensors[input.Value] = graph[input] with { IsConstant = true };
                known[input.Value] = true;
            }
            foreach (TensorIndex output in layer.Outputs)
            {
                if (output.IsNone)
                    continue;
                if (computed[output.Value] || (known[output.Value] && !graph[output].IsVariable))
                    throw Wrong(graph, output, $"expected one source of its value, found that operator {layer.Index} ({Printable.Of(layer.Name)}) writes it again");
                known[output.Value] = computed[output.Value] = true;
            }
        }
        foreach (TensorIndex output in graph.Outputs)
        {
            if (!known[output.Value])
                throw Wrong(graph, output, "expected a graph output that some operator computes, found none");
        }
        return graph with { Tensors = tensors.DrainToImmutable() };
    }

    private static UserErrorException Wrong(Graph graph, TensorIndex tensor, string what) =>
        new($"{graph.Path}: tensor {tensor} '{Printable.Of(graph[tensor].Name)}': {what}. TFLite runs operators in the order of the file; convert the model again.");
}
