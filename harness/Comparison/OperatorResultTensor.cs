using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Harness.Comparison;

/// <summary>A tensor that an operator leaves: one of its outputs, or a state as it is after the run.</summary>
/// <param name="Position">Among the operator's outputs; states follow behind them.</param>
public readonly record struct OperatorResultTensor(int Position, TensorInfo Tensor, bool IsState)
{
    /// <summary>Its key in a <see cref="TensorSet"/>.</summary>
    public string Key => IsState ? TensorSet.StateKeyOf(Tensor.Index) : TensorSet.KeyOf(Tensor.Index);

    /// <summary>Whether it goes out of the run: as an output of the model, or as a state, from which the next run starts.</summary>
    public bool LeavesModel(Graph graph) => IsState || graph.Outputs.Contains(Tensor.Index);

    /// <summary>All that an operator leaves; optional outputs that are not there are left out.</summary>
    public static ImmutableArray<OperatorResultTensor> Of(Graph graph, Operator op) =>
    [
        .. op.Outputs.Index().Where(output => !output.Item.IsNone).Select(output => new OperatorResultTensor(output.Index, graph[output.Item], false)),
        .. graph.StatesOf(op).Index().Select(state => new OperatorResultTensor(op.Outputs.Length + state.Index, state.Item, true)),
    ];
}
