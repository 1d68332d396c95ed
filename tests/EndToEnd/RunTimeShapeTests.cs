using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.EndToEnd;

/// <summary>A flatten layer as converters write it: SHAPE, a STRIDED_SLICE of its batch, PACK, and RESHAPE by what that gives. None of these shapes is in the file.</summary>
public sealed class RunTimeShapeTests
{
    [SkippableTheory]
    [InlineData(false, Flavour.Ref)]
    [InlineData(false, Flavour.Xnn)]
    [InlineData(true, Flavour.Ref)]
    public async Task Operators_whose_shapes_and_operands_only_the_run_tells_are_all_compared(bool isOpenCl, Flavour flavour)
    {
        if (isOpenCl)
            Requirement.OpenCl();
        using TemporaryFolder folder = new();
        string path = folder.File("flatten.tflite");
        await File.WriteAllBytesAsync(path, ModelWriter.Write(Model()));
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(path);
        Assert.Null(graph.Tensors[2].Shape);
        await using ICandidate candidate = isOpenCl ? new OpenClPipelineCandidate() : new ReferenceCandidate();
        ModelInput[] inputs = [InputReader.FromSeed(graph, 0), InputReader.FromSeed(graph, 1)];
        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, inputs, [flavour], new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), candidate), new Progress<string>(), CancellationToken.None);
        Assert.Equal(Verdict.Pass, report.Verdict);
        Assert.All(report.Runs, run => Assert.Equal((4, 4), (run.Coverage.Compared, run.Coverage.Total)));
        Assert.Equal([3, 1, 2, 72], report.Runs[0].Layers.Select(layer => layer.Isolated!.Elements));
    }

    [Fact]
    public void A_run_tells_shapes_and_operands_and_nothing_of_a_graph_that_has_them()
    {
        Graph graph = TfliteReader.Parse(ModelWriter.Write(Model()), "flatten");
        TensorSet run = Run(batch: 3);

        Graph told = RunGraph.Of(graph, run);

        Assert.Equal([3], told.Tensors[2].Shape!.ToArray());
        Assert.Null(told.Tensors[2].Note);
        Assert.Equal([3, 4, 6], MemoryMarshal.Cast<byte, int>(told.Tensors[2].Data.Span).ToArray());
        Assert.False(told.Tensors[2].IsConstant);
        Assert.Same(told, RunGraph.Of(graph, Run(batch: 3), told));
        Assert.NotSame(told, RunGraph.Of(graph, Run(batch: 1), told));
        Assert.Same(graph, RunGraph.Of(graph, TensorSet.Empty));
    }

    /// <summary>All tell what this run tells of the first tensors.</summary>
    [Fact]
    public void What_a_run_told_of_another_model_is_not_taken_for_this_one()
    {
        Graph graph = TfliteReader.Parse(ModelWriter.Write(Model()), "flatten");
        Graph told = RunGraph.Of(graph, Run(batch: 3));
        Graph[] foreign =
        [
            told with { Sha256 = "of another file" },
            told with { Operators = [.. graph.Operators.Reverse()] },
            told with { Tensors = [.. told.Tensors, told.Tensors[0]] },
            told with { Tensors = told.Tensors.RemoveAt(8) },
            told with { Tensors = told.Tensors.SetItem(0, told.Tensors[0] with { Name = "other" }) },
            told with { Tensors = told.Tensors.SetItem(0, told.Tensors[0] with { Type = TensorType.UInt8 }) },
            told with { Tensors = told.Tensors.SetItem(0, told.Tensors[0] with { Quantization = new([0.25f], [1], 0) }) },
        ];

        Assert.Same(told, RunGraph.Of(graph, Run(batch: 3), told));
        Assert.All(foreign, before => Assert.NotSame(before, RunGraph.Of(graph, Run(batch: 3), before)));
    }

    private static TensorSet Run(int batch) => new([KeyValuePair.Create(
        TensorSet.KeyOf(new(2)), new TensorValue(TensorType.Int32, [3], MemoryMarshal.AsBytes<int>([batch, 4, 6]).ToArray()))]);

    internal static Graph Model() => new()
    {
        Path = "flatten",
        Sha256 = "",
        Tensors =
        [
            Tensor(0, TensorType.Int8, [3, 4, 6]) with { Quantization = new([0.5f], [1], 0) },
            Numbers(1, 0), Tensor(2, TensorType.Int32, null), Numbers(3, 1), Numbers(4, 1), Tensor(5, TensorType.Int32, null),
            Tensor(6, TensorType.Int32, []) with { IsConstant = true, Data = Bytes(-1) }, Tensor(7, TensorType.Int32, null),
            Tensor(8, TensorType.Int8, null) with { Quantization = new([0.5f], [1], 0) },
        ],
        Operators =
        [
            new() { Index = new(0), Code = BuiltinOperator.Shape, Inputs = [new(0)], Outputs = [new(2)], Options = new ShapeOptions(TensorType.Int32) },
            new() { Index = new(1), Code = BuiltinOperator.StridedSlice, Inputs = [new(2), new(1), new(3), new(4)], Outputs = [new(5)], Options = new StridedSliceOptions(ShrinkAxisMask: 1) },
            new() { Index = new(2), Code = BuiltinOperator.Pack, Inputs = [new(5), new(6)], Outputs = [new(7)], Options = new PackOptions(ValuesCount: 2, Axis: 0) },
            new() { Index = new(3), Code = BuiltinOperator.Reshape, Inputs = [new(0), new(7)], Outputs = [new(8)], Options = new ReshapeOptions([]) },
        ],
        Inputs = [new(0)],
        Outputs = [new(8)],
    };

    private static TensorInfo Numbers(int index, params int[] numbers) =>
        Tensor(index, TensorType.Int32, [numbers.Length]) with { IsConstant = true, Data = Bytes(numbers) };

    private static byte[] Bytes(params int[] numbers) => MemoryMarshal.AsBytes<int>(numbers).ToArray();

    private static TensorInfo Tensor(int index, TensorType type, Shape? shape) => new() { Index = new(index), Name = $"t{index}", Type = type, Shape = shape };
}
