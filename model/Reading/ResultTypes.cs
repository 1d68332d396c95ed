using System.Collections.Frozen;
using System.Collections.Immutable;

namespace OffByN.Model.Reading;

/// <summary>
/// Types that TFLite gives to results when it prepares a model, whatever the file declares: some kernels set their output's type to that of an input (Prepare in
/// <c>kernels/add.cc</c> and others). Older converters declare such a tensor float32.
/// </summary>
internal static class ResultTypes
{
    /// <summary>The input whose type the result takes.</summary>
    private static readonly FrozenDictionary<BuiltinOperator, int> Deciding = new Dictionary<BuiltinOperator, int>
    {
        [BuiltinOperator.Add] = 1, [BuiltinOperator.Sub] = 1, [BuiltinOperator.Div] = 1, [BuiltinOperator.SquaredDifference] = 1,
        [BuiltinOperator.Maximum] = 0, [BuiltinOperator.Minimum] = 0, [BuiltinOperator.FloorDiv] = 0, [BuiltinOperator.Neg] = 0, [BuiltinOperator.Exp] = 0,
        [BuiltinOperator.ExpandDims] = 0, [BuiltinOperator.Gather] = 0, [BuiltinOperator.GatherNd] = 0, [BuiltinOperator.Fill] = 1,
        [BuiltinOperator.Select] = 1, [BuiltinOperator.SelectV2] = 1,
        [BuiltinOperator.Floor] = 0, [BuiltinOperator.Ceil] = 0, [BuiltinOperator.Round] = 0, [BuiltinOperator.LogicalAnd] = 0, [BuiltinOperator.LogicalOr] = 0,
        [BuiltinOperator.Pow] = 0, [BuiltinOperator.FloorMod] = 0, [BuiltinOperator.BitwiseXor] = 0, [BuiltinOperator.RightShift] = 0, [BuiltinOperator.ZerosLike] = 0,
        [BuiltinOperator.AddN] = 0, [BuiltinOperator.Range] = 0, [BuiltinOperator.OneHot] = 2, [BuiltinOperator.ScatterNd] = 1,
        [BuiltinOperator.DynamicUpdateSlice] = 0,
        [BuiltinOperator.ResizeBilinear] = 0, [BuiltinOperator.ResizeNearestNeighbor] = 0,
    }.ToFrozenDictionary();

    /// <summary>The graph with these types, which later operators then read.</summary>
    public static Graph Resolved(Graph graph)
    {
        ImmutableArray<TensorInfo>.Builder tensors = graph.Tensors.ToBuilder();
        foreach (Operator layer in graph.Operators)
        {
            if (layer.Outputs is not [{ IsNone: false } output, ..] || !Deciding.TryGetValue(layer.Code, out int position)
                || position >= layer.Inputs.Length || layer.Inputs[position].IsNone)
                continue;
            TensorType type = tensors[layer.Inputs[position].Value].Type;
            if (tensors[output.Value] is { IsConstant: false, IsVariable: false } declared && declared.Type != type)
                tensors[output.Value] = declared with { Type = type };
        }
        return graph with { Tensors = tensors.DrainToImmutable() };
    }
}
