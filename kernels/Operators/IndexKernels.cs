using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using Named = (string Name, OffByN.Kernels.KernelArgument Value);

namespace OffByN.Kernels.Operators;

/// <summary>Operators that find or place elements by numbers that come with each run.</summary>
internal static class IndexKernels
{
    [Plans]
    public static KernelPlan Plan(PreparedGather gather, KernelTarget target) => KernelPlan.Flat(
        "gather", [$"ELEMENT={ScalarTypes.PatternOf(gather.ElementBytes)}", $"INDEX={ScalarTypes.Of(gather.Indices.Type)}"],
        Arguments.Of(
        [
            ("input", new Activation(gather.Input)), ("indices", new Activation(gather.Indices)), ("output", new Activation(gather.Output)),
            ("outers", new Number(gather.Outers)), ("outer_elements", new Number(gather.OuterElements)), ("count", new Number(gather.Count)),
            ("run", new Number(gather.Run)), .. Axes(gather.Axes),
        ]),
        gather.Output.Shape!.Elements);

    /// <remarks>Zeros, then the runs.</remarks>
    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedScatter scatter, KernelTarget target)
    {
        TensorType type = scatter.Output.Type;
        if (type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        int count = scatter.Output.Shape!.Elements == 0 ? 0 : scatter.Count;
        return
        [
            CopyKernels.Fill(scatter.Output, [0]),
            KernelPlan.Flat(
                "scatter", [.. Arguments.Numbers(type), $"IS_BOOL={(type == TensorType.Bool ? 1 : 0)}"],
                Arguments.Of(
                [
                    ("indices", new Activation(scatter.Indices)), ("updates", new Activation(scatter.Updates)), ("output", new Activation(scatter.Output)),
                    ("count", new Number(count)), ("run", new Number(scatter.Run)), .. Axes(scatter.Axes),
                ]),
                count == 0 ? 0 : scatter.Run),
        ];
    }

    [Plans]
    public static KernelPlan Plan(PreparedOneHot oneHot, KernelTarget target) => KernelPlan.Flat(
        "one_hot", [$"ELEMENT={ScalarTypes.PatternOf(oneHot.Output.Type)}", $"INDEX={ScalarTypes.Of(oneHot.Indices.Type)}"],
        Arguments.Of(
        [
            ("indices", new Activation(oneHot.Indices)), ("on", new Activation(oneHot.On)), ("off", new Activation(oneHot.Off)),
            ("output", new Activation(oneHot.Output)), ("depth", new Number(oneHot.Depth)), ("inner", new Number(oneHot.Inner)),
        ]),
        oneHot.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedTopElements top, KernelTarget target)
    {
        if (top.Input.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "top_elements", [$"NUMBER={ScalarTypes.Of(top.Input.Type)}", $"INDEX={ScalarTypes.Of(top.Positions.Type)}"],
            Arguments.Of(
            [
                ("input", new Activation(top.Input)), ("values", new Activation(top.Values)), ("positions", new Activation(top.Positions)),
                ("size", new Number(top.Size)), ("count", new Number(top.Count)),
            ]),
            top.Input.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedEmbedding embedding, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        TensorInfo table = embedding.Table;
        return KernelPlan.Flat(
            "embedding", [],
            Arguments.Of(
            [
                ("rows", new Activation(embedding.Rows)), ("codes", table.IsConstant ? new Constant("char", () => table.Data) : new Activation(table)),
                ("output", new Activation(embedding.Output)), ("scales", Arguments.Floats(() => embedding.Scales)),
                ("table_rows", new Number(table.Shape![0])), ("row_length", new Number(embedding.Row)), ("scale_step", new Number(embedding.Scales.Length > 1 ? 1 : 0)),
            ]),
            embedding.Output.Shape!.Elements);
    }

    [Plans]
    public static KernelPlan Plan(PreparedSliceUpdate update, KernelTarget target) => KernelPlan.Flat(
        "slice_update", [$"ELEMENT={ScalarTypes.PatternOf(update.ElementBytes)}", $"INDEX={ScalarTypes.Of(update.Start.Type)}"],
        Arguments.Of(
        [
            ("input", new Activation(update.Input)), ("update", new Activation(update.Update)), ("start", new Activation(update.Start)),
            ("output", new Activation(update.Output)), ("rank", new Number(update.Axes.Length)),
            ("axes", Arguments.Ints(() => update.Axes.SelectMany<UpdatedAxis, int>(axis => [axis.Size, axis.Stride, axis.UpdateSize, axis.UpdateStride]))),
        ]),
        update.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedReversedSequence reversed, KernelTarget target) => KernelPlan.Flat(
        "reversed_sequence", [$"ELEMENT={ScalarTypes.PatternOf(reversed.ElementBytes)}", $"INDEX={ScalarTypes.Of(reversed.Lengths.Type)}"],
        Arguments.Of(
        [
            ("input", new Activation(reversed.Input)), ("lengths", new Activation(reversed.Lengths)), ("output", new Activation(reversed.Output)),
            ("sequence_size", new Number(reversed.Sequence.Size)), ("sequence_stride", new Number(reversed.Sequence.Stride)),
            ("batch_size", new Number(reversed.Batch.Size)), ("batch_stride", new Number(reversed.Batch.Stride)),
        ]),
        reversed.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedSegments segments, KernelTarget target)
    {
        if (segments.Output.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        (double least, double most) = segments.Output.Type == TensorType.Float32 ? (float.MinValue, float.MaxValue) : (int.MinValue, int.MaxValue);
        (string name, double initial) = segments.Reduction switch
        {
            SegmentReduction.Product => ("PRODUCT", 1),
            SegmentReduction.Maximum => ("MAXIMUM", least),
            SegmentReduction.Minimum => ("MINIMUM", most),
            _ => ("SUM", 0),
        };
        return KernelPlan.Flat(
            "segments", [.. Arguments.Numbers(segments.Output.Type), $"REDUCTION={name}"],
            Arguments.Of(
            [
                ("input", new Activation(segments.Input)), ("ids", new Activation(segments.Ids)), ("output", new Activation(segments.Output)),
                ("initial", Arguments.Bounds(segments.Output.Type, initial, initial)), ("segments", new Number(segments.Segments)), ("count", new Number(segments.Count)),
                ("run", new Number(segments.Run)),
            ]),
            segments.Output.Shape!.Elements == 0 ? 0 : segments.Run);
    }

    [Plans]
    public static KernelPlan Plan(PreparedTrueElements where, KernelTarget target)
    {
        if (where.Input.Type == TensorType.Float32)
            Arguments.RequireIeee(target.Device);
        return KernelPlan.Flat(
            "true_elements", Arguments.Numbers(where.Input.Type),
            Arguments.Of(
            [
                ("input", new Activation(where.Input)), ("output", new Activation(where.Output)), .. Axes(where.Axes),
                ("elements", new Number(where.Input.Shape!.Elements)), ("rows", new Number(where.Output.Shape![0])),
            ]),
            where.Output.Shape.Elements == 0 ? 0 : 1);
    }

    [Plans]
    public static KernelPlan Plan(PreparedBroadcastArguments shapes, KernelTarget target) => KernelPlan.Flat(
        "broadcast_arguments", [$"NUMBER={ScalarTypes.Of(shapes.Output.Type)}"],
        Arguments.Of(
        [
            ("first", new Activation(shapes.First)), ("second", new Activation(shapes.Second)), ("output", new Activation(shapes.Output)),
            ("first_rank", new Number(shapes.First.Shape!.Elements)), ("second_rank", new Number(shapes.Second.Shape!.Elements)),
            ("rank", new Number(shapes.Output.Shape!.Elements)),
        ]),
        shapes.Output.Shape.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedSparseToDense dense, KernelTarget target) => KernelPlan.Flat(
        "sparse_to_dense", [$"ELEMENT={ScalarTypes.PatternOf(dense.ElementBytes)}", $"INDEX={ScalarTypes.Of(dense.Indices.Type)}"],
        Arguments.Of(
        [
            ("indices", new Activation(dense.Indices)), ("values", new Activation(dense.Values)), ("background", new Activation(dense.Default)),
            ("output", new Activation(dense.Output)), .. Axes(dense.Axes), ("count", new Number(dense.Count)), ("value_step", new Number(dense.IsSingle ? 0 : 1)),
        ]),
        dense.Output.Shape!.Elements);

    [Plans]
    public static KernelPlan Plan(PreparedNonMaxSuppression suppression, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        if (suppression.Sigma is { } sigma && !(sigma.IsConstant && MemoryMarshal.Read<float>(sigma.Data.Span) == 0))
            throw new NotComputableException($"{suppression.Operator.Name} lowers scores by the device's own exponential, which may choose another box");
        int count = suppression.Boxes.Shape![0];
        IEnumerable<Named> scores = suppression.Sigma is null ? [] : [("selected_scores", new Activation(suppression.Outputs[1]))];
        return KernelPlan.Flat(
            "non_max_suppression", [$"WITH_SCORES={(suppression.Sigma is null ? 0 : 1)}"],
            Arguments.Of(
            [
                ("boxes", new Activation(suppression.Boxes)), ("scores", new Activation(suppression.Scores)), ("overlap_threshold", new Activation(suppression.Thresholds[0])),
                ("score_threshold", new Activation(suppression.Thresholds[1])), ("heap", Arguments.Between(suppression, 0, TensorType.Int32, count)),
                ("begins", Arguments.Between(suppression, 1, TensorType.Int32, count)), ("indices", new Activation(suppression.Outputs[0])), .. scores,
                ("selected", new Activation(suppression.Outputs[^1])), ("count", new Number(count)), ("most", new Number(suppression.Most)),
            ]),
            1);
    }

    private static IEnumerable<Named> Axes(ImmutableArray<GatherAxis> axes) =>
        [("axes", Arguments.Ints(() => axes.SelectMany<GatherAxis, int>(axis => [axis.Size, axis.Stride]))), ("rank", new Number(axes.Length))];
}
