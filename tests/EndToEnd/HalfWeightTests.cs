using System.Collections.Immutable;
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

/// <summary>Weights stored as float16, as converters write them: a DEQUANTIZE before each operator that reads them.</summary>
public sealed class HalfWeightTests
{
    [SkippableTheory]
    [InlineData(Flavour.Ref)]
    [InlineData(Flavour.Opt)]
    [InlineData(Flavour.Xnn)]
    public async Task Operators_with_unpacked_weights_are_compared_and_what_the_delegate_never_writes_is_not(Flavour flavour)
    {
        await using ReferenceCandidate candidate = new();
        RunReport run = await RunAsync(candidate, flavour);
        Assert.Empty(run.Layers.Where(layer => layer.Verdict is LayerVerdict.Diverges or LayerVerdict.Inherited));
        Assert.All(run.Layers.Where(layer => layer.Operator.Code != BuiltinOperator.Dequantize), layer => Assert.True(layer.Isolated is { Elements: > 0 }, layer.Reason));
        Assert.All(run.Layers.Where(layer => layer.Operator.Code == BuiltinOperator.Dequantize), layer =>
        {
            if (flavour == Flavour.Xnn)
                Assert.Equal("the oracle gave no value: XNNPACK unpacks the constant for itself, and never writes this tensor", layer.Reason);
            else
                Assert.Equal(LayerVerdict.Equal, layer.Verdict);
        });
    }

    [SkippableFact]
    public async Task Kernels_take_unpacked_weights()
    {
        Requirement.OpenCl();
        await using OpenClPipelineCandidate candidate = new();
        RunReport run = await RunAsync(candidate, Flavour.Ref);
        Assert.All(run.Layers, layer => Assert.Equal(LayerVerdict.Equal, layer.Verdict));
    }

    private static async Task<RunReport> RunAsync(ICandidate candidate, Flavour flavour)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "halves.tflite");
        byte[] bytes = ModelWriter.Write(Model());
        await File.WriteAllBytesAsync(path, bytes);
        Graph graph = TfliteReader.Parse(bytes, path);
        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, [InputReader.FromSeed(graph, 0)], [flavour], new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), candidate),
            new Progress<string>(), CancellationToken.None);
        return Assert.Single(report.Runs);
    }

    /// <summary>CONV_2D, DEPTHWISE_CONV_2D, ADD, MUL by a scalar and FULLY_CONNECTED; the numbers are every magnitude of float16, subnormal ones too.</summary>
    private static Graph Model()
    {
        Random random = new(1);
        List<TensorInfo> tensors = [new() { Index = new(0), Name = "input", Type = TensorType.Float32, Shape = [1, 6, 6, 4] }];
        List<Operator> operators = [];
        TensorIndex image = Compute(BuiltinOperator.Conv2D, [1, 6, 6, 8], new Conv2DOptions(StrideW: 1, StrideH: 1), new(0), Unpacked([8, 3, 3, 4]), Unpacked([8]));
        image = Compute(
            BuiltinOperator.DepthwiseConv2D, [1, 6, 6, 8], new DepthwiseConv2DOptions(StrideW: 1, StrideH: 1, DepthMultiplier: 1), image, Unpacked([1, 3, 3, 8]), Unpacked([8]));
        image = Compute(BuiltinOperator.Add, [1, 6, 6, 8], new AddOptions(), image, Unpacked([8]));
        image = Compute(BuiltinOperator.Mul, [1, 6, 6, 8], new MulOptions(), image, Unpacked([]));
        TensorIndex result = Compute(BuiltinOperator.FullyConnected, [36, 5], new FullyConnectedOptions(), image, Unpacked([5, 8]), Unpacked([5]));
        return new() { Path = "halves", Sha256 = "", Tensors = [.. tensors], Operators = [.. operators], Inputs = [new(0)], Outputs = [result] };

        TensorIndex Unpacked(Shape shape)
        {
            byte[] data = MemoryMarshal.AsBytes<Half>([.. Enumerable.Range(0, shape.Elements).Select(_ => (Half)((random.NextSingle() - 0.5f) * MathF.Pow(2, random.Next(-26, 3))))]).ToArray();
            TensorIndex stored = Add(new() { Index = default, Name = "", Type = TensorType.Float16, Shape = shape, IsConstant = true, Data = data });
            // Converters leave the rank of a scalar open.
            return Compute(BuiltinOperator.Dequantize, shape.Count == 0 ? null : shape, new DequantizeOptions(), stored);
        }

        TensorIndex Compute(BuiltinOperator code, Shape? shape, OperatorOptions options, params ImmutableArray<TensorIndex> inputs)
        {
            TensorIndex output = Add(new() { Index = default, Name = "", Type = TensorType.Float32, Shape = shape });
            operators.Add(new() { Index = new(operators.Count), Code = code, Version = code == BuiltinOperator.Dequantize ? 3 : 1, Inputs = inputs, Outputs = [output], Options = options });
            return output;
        }

        TensorIndex Add(TensorInfo tensor)
        {
            TensorIndex index = new(tensors.Count);
            tensors.Add(tensor with { Index = index, Name = $"t{index}" });
            return index;
        }
    }
}
