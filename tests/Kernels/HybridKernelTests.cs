using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Candidates;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>Operators of float32 with int8 weights, which take two launches.</summary>
[Collection(OpenClFixture.Name)]
public sealed class HybridKernelTests(OpenClFixture opencl)
{
    public static TheoryData<string> Families => ["CONV_2D float32 int8", "DEPTHWISE_CONV_2D float32 int8", "FULLY_CONNECTED float32 int8"];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_batch_of_none_has_a_result_without_elements(string family)
    {
        foreach ((CaseModel model, Profile profile) in Empty(family))
        {
            ReferencePipeline reference = new(model.Graph, profile, DelegatedBy(profile, model.Graph));
            OperatorResult result = reference.Run(new LayerIndex(0), model.Input.Tensors.Given);
            Assert.Null(result.Reason);
            Assert.Equal(0, Assert.Single(result.Outputs).Data.Length);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Families))]
    public void Kernels_give_a_batch_of_none_a_result_without_elements(string family)
    {
        OpenClDevice device = opencl.Device();
        foreach ((CaseModel model, Profile profile) in Empty(family))
        {
            using OpenClPipeline pipeline = new(device, model.Graph, profile, DelegatedBy(profile, model.Graph));
            OpenClCapture capture = pipeline.RunIsolated(model.Input.Tensors);
            Assert.Empty(capture.NotComputed);
            Assert.Equal(0, Assert.Single(capture.Tensors.Tensors).Value.Data.Length);
        }
    }

    [SkippableFact]
    public void A_file_named_after_an_operator_of_several_launches_replaces_none_of_them()
    {
        OpenClDevice device = opencl.Device();
        using TemporaryFolder kernels = new();
        File.WriteAllText(kernels.File("conv_2d.cl"), "kernel void conv_2d(global float *output) { output[get_global_id(0)] = 0; }\n");
        CaseModel model = CaseModel.Of([OperatorCases.Make("CONV_2D float32 int8", 0)]);

        using OpenClPipeline pipeline = new(device, model.Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty, kernels.Path);

        Assert.Empty(pipeline.UserKernels);
        Assert.Equal([KeyValuePair.Create("conv_2d", "dynamic_codes, hybrid_conv_2d")], pipeline.SeveralLaunches);
    }

    [SkippableFact]
    public async Task A_file_named_after_an_operator_of_several_launches_is_told_which_names_to_use()
    {
        Requirement.OpenCl();
        using TemporaryFolder kernels = new(), models = new();
        await File.WriteAllTextAsync(kernels.File("conv_2d.cl"), "kernel void conv_2d(global float *output) { output[get_global_id(0)] = 0; }\n");
        await using OpenClPipelineCandidate candidate = new(kernels.Path);
        StressRunner runner = new(new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), candidate, models.Path);

        CaseOutcome outcome = Assert.Single(await runner.RunAsync([OperatorCases.Make("CONV_2D float32 int8", 0)], [Flavour.Ref], CancellationToken.None));

        Assert.Contains(
            "CONV_2D takes several launches here: name files after those of ours that they replace (dynamic_codes, hybrid_conv_2d), not conv_2d", outcome.NotCandidate, StringComparison.Ordinal);
    }

    private static IEnumerable<(CaseModel Model, Profile Profile)> Empty(string family) =>
        from number in Enumerable.Range(0, 4)
        let one = OperatorCases.Make(family, number)
        let empty = one with { Inputs = one.Inputs.SetItem(0, WithoutBatch(one.Inputs[0])), Output = WithoutBatch(one.Output) }
        from profile in new[] { LiteRt.Ref, LiteRt.Opt, LiteRt.Xnn }
        where profile != LiteRt.Xnn || one.Code != BuiltinOperator.DepthwiseConv2D
        select (CaseModel.Of([empty]), profile);

    private static CaseTensor WithoutBatch(CaseTensor tensor) => tensor with { Shape = [0, .. tensor.Shape.Skip(1)], Value = null };

    private static ImmutableHashSet<TensorIndex> DelegatedBy(Profile profile, Graph graph) => profile == LiteRt.Xnn ? [.. graph.Outputs] : [];
}
