using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Reproduction;

/// <summary>An axis of a tensor, of which <paramref name="Step"/> elements belong to one step of a freedom.</summary>
public readonly record struct CutAxis(TensorIndex Tensor, int Axis, int Step = 1);

/// <summary>An axis of an output whose size follows from how many steps stay.</summary>
public sealed record FollowingAxis(TensorIndex Tensor, int Axis, Func<int, int> Size);

/// <summary>A direction in which an operator can be made smaller and stays the same operator.</summary>
/// <param name="Name">For people.</param>
/// <param name="Size">Steps that there are.</param>
/// <param name="Axes">What is cut together.</param>
/// <param name="Place">The step that an element of the first output needs.</param>
public sealed record Freedom(string Name, int Size, ImmutableArray<CutAxis> Axes, Func<ImmutableArray<int>, int> Place)
{
    public FollowingAxis? Follows { get; init; }

    /// <summary>What stays must begin at a multiple of this.</summary>
    public int Alignment { get; init; } = 1;

    /// <summary>True where the elements that stay keep their values: then also those of a candidate that cannot be run again do.</summary>
    public bool KeepsElements { get; init; }
}

/// <summary>The freedoms of operators.</summary>
public static class Freedoms
{
    /// <summary>In the order in which they are tried; empty for an operator of which none is known.</summary>
    public static ImmutableArray<Freedom> Of(Graph graph)
    {
        Operator op = graph.Operators[0];
        if (op.Outputs is not [TensorIndex output] || graph.Tensors.Any(tensor => tensor.Shape is not { Elements: > 0 }))
            return [];
        TensorIndex input = op.Inputs.FirstOrDefault(tensor => !tensor.IsNone && !graph[tensor].IsConstant, TensorIndex.None);
        if (input.IsNone)
            return [];
        Freedom[] all = [.. op.Options switch
        {
            Conv2DOptions options when graph[op.Inputs[1]].Shape is { Count: 4 } filter => OfConvolution(graph, op, filter, options),
            DepthwiseConv2DOptions options when graph[op.Inputs[1]].Shape is { Count: 4 } filter => OfDepthwise(graph, op, filter, options),
            FullyConnectedOptions => OfMatrix(graph, op),
            Pool2DOptions options when graph[input].Shape is { Count: 4 } => OfPool(graph, input, output, options),
            ConcatenationOptions options => LayoutFreedoms.OfConcatenation(graph, op, output, options),
            PackOptions options => LayoutFreedoms.OfPack(graph, op, output, options),
            ReducerOptions options when op.Inputs.Length == 2 => LayoutFreedoms.OfReduction(graph, input, output, graph[op.Inputs[1]], options.KeepDims),
            PadOptions or PadV2Options => LayoutFreedoms.OfPad(graph, input, output, graph[op.Inputs[1]]),
            TransposeOptions => LayoutFreedoms.OfTranspose(graph, input, output, graph[op.Inputs[1]]),
            ResizeBilinearOptions or ResizeNearestNeighborOptions when graph[input].Shape is { Count: 4 } => LayoutFreedoms.OfResize(graph, input, output),
            _ when op.Code is BuiltinOperator.Softmax or BuiltinOperator.LogSoftmax or BuiltinOperator.L2Normalization => OfRows(graph, input, output),
            _ when IsElementWise(op.Code) => OfElements(graph, op, output),
            _ => Enumerable.Empty<Freedom>(),
        }];
        return [.. all.Where(freedom => freedom.Size > 1)];
    }

    private static IEnumerable<Freedom> OfConvolution(Graph graph, Operator op, Shape filter, Conv2DOptions options)
    {
        (TensorIndex input, TensorIndex output) = (op.Inputs[0], op.Outputs[0]);
        yield return Batch(graph, input, output);
        yield return Windowed(graph, input, output, 1, filter[1], options.StrideH, options.DilationH, options.Padding);
        yield return Windowed(graph, input, output, 2, filter[2], options.StrideW, options.DilationW, options.Padding);
        if (graph[input].Shape![3] != filter[3])
            yield break;
        yield return new("output channels", filter[0], [new(op.Inputs[1], 0), .. Bias(op, 2), new(output, 3)], element => element[3]) { KeepsElements = true };
        yield return new("input channels", filter[3], [new(input, 3), new(op.Inputs[1], 3)], _ => 0);
    }

    private static IEnumerable<Freedom> OfDepthwise(Graph graph, Operator op, Shape filter, DepthwiseConv2DOptions options)
    {
        (TensorIndex input, TensorIndex output) = (op.Inputs[0], op.Outputs[0]);
        int channels = graph[input].Shape![3], step = filter[3] / channels;
        yield return Batch(graph, input, output);
        yield return Windowed(graph, input, output, 1, filter[1], options.StrideH, options.DilationH, options.Padding);
        yield return Windowed(graph, input, output, 2, filter[2], options.StrideW, options.DilationW, options.Padding);
        yield return new("channels", channels, [new(input, 3), new(op.Inputs[1], 3, step), .. Bias(op, 2, step), new(output, 3, step)], element => element[3] / step) { KeepsElements = true };
    }

    private static IEnumerable<Freedom> OfMatrix(Graph graph, Operator op)
    {
        (Shape input, Shape output, Shape filter) = (graph[op.Inputs[0]].Shape!, graph[op.Outputs[0]].Shape!, graph[op.Inputs[1]].Shape!);
        if (input.Count == output.Count && input[0] == output[0] && input.Count > 1)
            yield return Batch(graph, op.Inputs[0], op.Outputs[0]);
        yield return new("outputs", filter[0], [new(op.Inputs[1], 0), .. Bias(op, 2), new(op.Outputs[0], output.Count - 1)], element => element[^1]) { KeepsElements = true };
        if (input.Last == filter[1])
            yield return new("inputs", filter[1], [new(op.Inputs[0], input.Count - 1), new(op.Inputs[1], 1)], _ => 0);
    }

    private static IEnumerable<Freedom> OfPool(Graph graph, TensorIndex input, TensorIndex output, Pool2DOptions options)
    {
        yield return Batch(graph, input, output);
        yield return Windowed(graph, input, output, 1, options.FilterHeight, options.StrideH, 1, options.Padding);
        yield return Windowed(graph, input, output, 2, options.FilterWidth, options.StrideW, 1, options.Padding);
        yield return new("channels", graph[input].Shape![3], [new(input, 3), new(output, 3)], element => element[3]) { KeepsElements = true };
    }

    private static IEnumerable<Freedom> OfRows(Graph graph, TensorIndex input, TensorIndex output) =>
        graph[output].Shape!.Select((size, axis) => new Freedom($"axis {axis}", size, [new(input, axis), new(output, axis)], element => element[axis])
        {
            KeepsElements = axis < graph[output].Shape!.Count - 1,
        });

    /// <summary>Inputs are repeated along axes of size 1, and along axes that they lack in front.</summary>
    private static IEnumerable<Freedom> OfElements(Graph graph, Operator op, TensorIndex output)
    {
        Shape shape = graph[output].Shape!;
        for (int axis = 0; axis < shape.Count; axis++)
        {
            int at = axis;
            CutAxis[] cuts = [.. op.Inputs.Distinct().Append(output).Where(tensor => !tensor.IsNone)
                .Select(tensor => new CutAxis(tensor, at - shape.Count + graph[tensor].Shape!.Count)).Where(cut => cut.Axis >= 0 && graph[cut.Tensor].Shape![cut.Axis] == shape[at])];
            yield return new($"axis {axis}", shape[axis], [.. cuts], element => element[at]) { KeepsElements = true };
        }
    }

    private static bool IsElementWise(BuiltinOperator code) => code is BuiltinOperator.Add or BuiltinOperator.Sub or BuiltinOperator.Mul or BuiltinOperator.Div
        or BuiltinOperator.Maximum or BuiltinOperator.Minimum or BuiltinOperator.SquaredDifference or BuiltinOperator.FloorDiv or BuiltinOperator.Prelu
        or BuiltinOperator.Relu or BuiltinOperator.Relu6 or BuiltinOperator.ReluN1To1 or BuiltinOperator.Relu0To1 or BuiltinOperator.LeakyRelu or BuiltinOperator.HardSwish
        or BuiltinOperator.Logistic or BuiltinOperator.Tanh or BuiltinOperator.Elu or BuiltinOperator.Exp or BuiltinOperator.Log or BuiltinOperator.Abs or BuiltinOperator.Neg
        or BuiltinOperator.Sqrt or BuiltinOperator.Rsqrt or BuiltinOperator.Quantize or BuiltinOperator.Dequantize or BuiltinOperator.Cast
        or BuiltinOperator.Floor or BuiltinOperator.Ceil or BuiltinOperator.Round or BuiltinOperator.Square or BuiltinOperator.Sin or BuiltinOperator.Cos or BuiltinOperator.Sign
        or BuiltinOperator.LogicalNot or BuiltinOperator.LogicalAnd or BuiltinOperator.LogicalOr or BuiltinOperator.Pow or BuiltinOperator.FloorMod or BuiltinOperator.Gelu
        or BuiltinOperator.BitwiseXor or BuiltinOperator.RightShift or BuiltinOperator.Atan2 or BuiltinOperator.AddN
        or BuiltinOperator.Equal or BuiltinOperator.NotEqual or BuiltinOperator.Less or BuiltinOperator.LessEqual or BuiltinOperator.Greater or BuiltinOperator.GreaterEqual;

    private static Freedom Batch(Graph graph, TensorIndex input, TensorIndex output) =>
        new("batch", graph[input].Shape![0], [new(input, 0), new(output, 0)], element => element[0]) { KeepsElements = true };

    private static Freedom Windowed(Graph graph, TensorIndex input, TensorIndex output, int axis, int kernel, int stride, int dilation, Padding padding)
    {
        int size = graph[input].Shape![axis], effective = (kernel - 1) * dilation + 1;
        int before = padding == Padding.Same ? WindowAxis.Of(size, kernel, stride, dilation, padding).Before : 0;
        return new(axis == 1 ? "rows" : "columns", size, [new(input, axis)], element => Math.Clamp(element[axis] * stride - before + effective / 2, 0, size - 1))
        {
            Follows = new(output, axis, length => padding == Padding.Same ? (length + stride - 1) / stride : (length + stride - effective) / stride),
            Alignment = stride,
        };
    }

    private static IEnumerable<CutAxis> Bias(Operator op, int position, int step = 1) =>
        op.Inputs.Length > position && !op.Inputs[position].IsNone ? [new(op.Inputs[position], 0, step)] : [];
}
