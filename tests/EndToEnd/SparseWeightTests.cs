using System.Runtime.InteropServices;
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

/// <summary>Weights stored sparse, as converters write them: DENSIFY, and DEQUANTIZE behind it, before each operator that reads them.</summary>
public sealed class SparseWeightTests
{
    [SkippableTheory]
    [InlineData(Flavour.Ref)]
    [InlineData(Flavour.Opt)]
    [InlineData(Flavour.Xnn)]
    public async Task Operators_with_sparse_weights_are_compared_and_what_the_delegate_never_writes_is_not(Flavour flavour)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "sparse.tflite");
        byte[] bytes = ModelWriter.Write(Model());
        await File.WriteAllBytesAsync(path, bytes);
        Graph graph = TfliteReader.Parse(bytes, path);
        await using ReferenceCandidate candidate = new();

        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, [InputReader.FromSeed(graph, 0)], [flavour], new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), candidate),
            new Progress<string>(), CancellationToken.None);

        RunReport run = Assert.Single(report.Runs);
        Assert.Empty(run.Layers.Where(layer => layer.Verdict is LayerVerdict.Diverges or LayerVerdict.Inherited));
        Assert.All(run.Layers.Where(layer => layer.Operator.Code == BuiltinOperator.Conv2D), layer => Assert.True(layer.Isolated is { Elements: > 0 }, layer.Reason));
        Assert.All(run.Layers.Where(layer => layer.Operator.Code is BuiltinOperator.Densify or BuiltinOperator.Dequantize), layer =>
        {
            if (flavour == Flavour.Xnn)
                Assert.Equal("the oracle gave no value: XNNPACK unpacks the constant for itself, and never writes this tensor", layer.Reason);
            else
                Assert.Equal(LayerVerdict.Equal, layer.Verdict);
        });
    }

    /// <summary>CONV_2D by a sparse float16 filter: of its [2, 3] outputs and channels, [0, 1] and [1, 2] are stored.</summary>
    private static Graph Model()
    {
        Sparsity sparsity = new([0, 1, 2, 3], [], [new(2, [], []), new(1, [], []), new(1, [], []), new(null, [0, 1, 2], [1, 2])]);
        byte[] stored = MemoryMarshal.AsBytes<Half>([(Half)0.75f, (Half)(-3)]).ToArray();
        return new()
        {
            Path = "sparse",
            Sha256 = "",
            Tensors =
            [
                new() { Index = new(0), Name = "input", Type = TensorType.Float32, Shape = [1, 4, 4, 3] },
                new() { Index = new(1), Name = "stored", Type = TensorType.Float16, Shape = [2, 1, 1, 3], IsConstant = true, Data = stored, Sparsity = sparsity, Note = "sparse" },
                new() { Index = new(2), Name = "dense", Type = TensorType.Float16, Shape = [2, 1, 1, 3] },
                new() { Index = new(3), Name = "filter", Type = TensorType.Float32, Shape = [2, 1, 1, 3] },
                new() { Index = new(4), Name = "bias", Type = TensorType.Float32, Shape = [2], IsConstant = true, Data = new byte[8] },
                new() { Index = new(5), Name = "output", Type = TensorType.Float32, Shape = [1, 4, 4, 2] },
            ],
            Operators =
            [
                new() { Index = new(0), Code = BuiltinOperator.Densify, Inputs = [new(1)], Outputs = [new(2)] },
                new() { Index = new(1), Code = BuiltinOperator.Dequantize, Version = 3, Inputs = [new(2)], Outputs = [new(3)], Options = new DequantizeOptions() },
                new() { Index = new(2), Code = BuiltinOperator.Conv2D, Inputs = [new(0), new(3), new(4)], Outputs = [new(5)], Options = new Conv2DOptions(StrideW: 1, StrideH: 1) },
            ],
            Inputs = [new(0)],
            Outputs = [new(5)],
        };
    }
}
