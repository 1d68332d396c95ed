using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference;
using OffByN.Tests.Model;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Kernels;

/// <summary>The pipeline in its worker.</summary>
[Collection(OpenClFixture.Name)]
public sealed class OpenClCandidateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [SkippableTheory]
    [InlineData(TensorType.UInt8)]
    [InlineData(TensorType.Int8)]
    public async Task A_network_equals_the_reference_in_every_tensor_of_both_columns(TensorType type)
    {
        Requirement.OpenCl();
        OpenClRequest request = Request(type, LiteRt.Opt);
        OpenClResult result = Assert.Single(await new OpenClCandidate(WorkerLimits.Default).RunAsync([request])).Value!;
        foreach (OpenClCapture column in new[] { result.Isolated, result.Cumulative })
        {
            Assert.Empty(column.NotComputed);
            Assert.Equal(request.Oracle.Tensors.Keys, column.Tensors.Tensors.Keys);
            foreach ((string key, TensorValue expected) in request.Oracle.Tensors)
                Assert.Equal(expected.Data.ToArray(), column.Tensors.Tensors[key].Data.ToArray());
        }
    }

    [SkippableFact]
    public async Task An_operator_that_does_not_build_takes_the_oracles_output_and_the_chain_goes_on()
    {
        Requirement.OpenCl();
        File.WriteAllText(folder.File("depthwise_conv_2d.cl"), "kernel void depthwise_conv_2d(global uchar *output) { output[0] = nothing; }");
        OpenClRequest request = Request(TensorType.UInt8, LiteRt.Opt);
        OpenClResult result = Assert.Single(await new OpenClCandidate(WorkerLimits.Default, folder.Path).RunAsync([request])).Value!;
        Assert.Equal([new LayerIndex(1)], result.Cumulative.NotComputed.Keys);
        Assert.Contains("depthwise_conv_2d.cl:1:", result.Cumulative.NotComputed[new(1)], StringComparison.Ordinal);
        Assert.Equal(request.Graph.Operators.Length - 1, result.Cumulative.Tensors.Tensors.Count);
        TensorIndex last = request.Graph.Outputs[0];
        Assert.Equal(request.Oracle.Tensors[TensorSet.KeyOf(last)].Data.ToArray(), result.Cumulative.Tensors.Tensors[TensorSet.KeyOf(last)].Data.ToArray());
    }

    [SkippableFact]
    public async Task A_kernel_that_ends_its_process_fails_alone_and_is_named()
    {
        Requirement.OpenCl();
        using (OpenClDevice device = OpenClDevice.Open())
            Skip.IfNot(device.Facts.IsCpu, "only a kernel on the processor can end the process");
        File.WriteAllText(folder.File("softmax.cl"), "kernel void softmax(global uchar *output) { *(volatile global int *)0 = 1; output[0] = 0; }");
        Answer<OpenClResult> answer = Assert.Single(await new OpenClCandidate(WorkerLimits.Default, folder.Path).RunAsync([Request(TensorType.UInt8, LiteRt.Opt)]));
        Assert.Null(answer.Value);
        Assert.Equal(FailureKind.Crashed, answer.Failure!.Kind);
        Assert.Contains("layer 5: running " + folder.File("softmax.cl"), answer.Failure.StderrTail, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_kernel_that_loops_for_ever_fails_alone_at_the_deadline_and_is_named()
    {
        Requirement.OpenCl();
        using (OpenClDevice device = OpenClDevice.Open())
            Skip.IfNot(device.Facts.IsCpu, "only a loop on the processor can be ended");
        File.WriteAllText(folder.File("softmax.cl"), "kernel void softmax(global volatile uchar *output) { while (output[0] < 256) output[0] = 0; }");
        WorkerLimits limits = WorkerLimits.Default with { Deadline = TimeSpan.FromSeconds(10) };
        await using OpenClCandidate candidate = new(limits, folder.Path);
        Answer<OpenClResult> answer = Assert.Single(await candidate.RunAsync([Request(TensorType.UInt8, LiteRt.Opt)]));
        Assert.Null(answer.Value);
        Assert.Equal(FailureKind.Hung, answer.Failure!.Kind);
        Assert.Contains("layer 5: running " + folder.File("softmax.cl"), answer.Failure.StderrTail, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Kernels_of_which_none_takes_part_are_not_taken_for_ours_that_do()
    {
        Requirement.OpenCl();
        File.WriteAllText(folder.File("conv2d.cl"), "kernel void conv2d(global uchar *output) { output[get_global_id(0)] = 0; }");
        OpenClRequest request = Request(TensorType.UInt8, LiteRt.Opt);
        await using OpenClPipelineCandidate candidate = new(folder.Path);
        CandidateContext context = new(
            request.Graph, request.Profile, [], request.Inputs, request.Oracle, new ReferencePipeline(request.Graph, request.Profile, ImmutableHashSet<TensorIndex>.Empty));
        CandidateTensors given = Assert.Single(await candidate.RunAsync([context], CancellationToken.None));
        Assert.Empty(given.Isolated.Tensors);
        Assert.Contains("conv_2d", given.Failure, StringComparison.Ordinal);
        Assert.Contains("found conv2d", given.Failure, StringComparison.Ordinal);

        File.WriteAllText(folder.File("softmax.cl"), "kernel void softmax(global uchar *output) { output[get_global_id(0)] = 0; }");
        await candidate.RunAsync([context], CancellationToken.None);
        Assert.Contains("(softmax; not used by this model: conv2d)", candidate.Description.Description, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_device_that_is_not_there_is_refused_with_those_that_are()
    {
        Requirement.OpenCl();
        ImmutableArray<DeviceFacts> devices = (await new OpenClCandidate(WorkerLimits.Default).DevicesAsync()).Value;
        Assert.NotEmpty(devices);
        UserErrorException refusal = Assert.Throws<UserErrorException>(() => OpenClDevice.Open("no such device"));
        Assert.Contains(devices[0].Name, refusal.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_model_that_changed_since_it_was_read_is_refused()
    {
        Requirement.OpenCl();
        OpenClRequest request = Request(TensorType.UInt8, LiteRt.Opt);
        File.AppendAllText(request.Graph.Path, "more");
        Answer<OpenClResult> answer = Assert.Single(await new OpenClCandidate(WorkerLimits.Default).RunAsync([request]));
        Assert.Equal(FailureKind.Refused, answer.Failure!.Kind);
        Assert.Contains(request.Graph.Sha256, answer.Failure.Reason, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>A small network whose oracle is the reference.</summary>
    private OpenClRequest Request(TensorType type, Profile profile)
    {
        string path = folder.File("model.tflite");
        File.WriteAllBytes(path, ModelWriter.Write(SmallModels.Network(type)));
        Graph graph = TfliteReader.Read(path);
        ImmutableHashSet<TensorIndex> delegated = [];
        ReferencePipeline reference = new(graph, profile, delegated);
        TensorInfo input = graph[graph.Inputs[0]];
        byte[] codes = new byte[input.Shape!.Elements];
        new Random(0).NextBytes(codes);
        Dictionary<TensorIndex, TensorValue> values = new() { [input.Index] = new(input.Type, input.Shape, codes) };
        foreach (Operator op in graph.Operators)
            values[op.Outputs[0]] = reference.Run(op.Index, tensor => values.GetValueOrDefault(tensor)).Outputs[0];
        return new(
            graph, profile, delegated,
            new TensorSet([KeyValuePair.Create(TensorSet.InputKeyOf(input.Index), values[input.Index])]),
            new TensorSet(graph.Operators.Select(op => KeyValuePair.Create(TensorSet.KeyOf(op.Outputs[0]), values[op.Outputs[0]]))));
    }
}
