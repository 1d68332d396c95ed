using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Diagnosis;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using OffByN.Reference.Oracles;
using OffByN.Harness.Stress;
using OffByN.Workers;
using Xunit;
using OperatorCase = OffByN.Harness.Stress.OperatorCase;

namespace OffByN.Tests.Diagnosis;

/// <summary>google-ai-edge/LiteRT#8979: a FULLY_CONNECTED whose error is proportional to the sum of a row of weights, since the input's offset is wrong.</summary>
public sealed class RowSumTests : IDisposable
{
    private const int ZeroPoint = -5;

    private readonly TemporaryFolder folder = new();

    [SkippableTheory]
    [InlineData("row[i]", "input-zero-point-missing", ZeroPoint)]
    [InlineData("(row[i] + input_zero_point)", "input-offset-sign", 2 * ZeroPoint)]
    [InlineData("(row[i] - (input_zero_point + 3))", "input-zero-point", -3)]
    public async Task An_input_offset_that_is_wrong_in_a_kernel_is_found_and_moves_every_output_by_its_row_of_weights(string read, string slug, int offset)
    {
        Requirement.OpenCl();
        string kernel = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "kernels", "fully_connected.cl"));
        Assert.Contains("(row[i] - input_zero_point)", kernel, StringComparison.Ordinal);
        Directory.CreateDirectory(folder.File("mine"));
        File.WriteAllText(Path.Combine(folder.File("mine"), "fully_connected.cl"), kernel.Replace("(row[i] - input_zero_point)", read, StringComparison.Ordinal));
        CaseModel model = CaseModel.Of([new OperatorCase(
            BuiltinOperator.FullyConnected,
            [new(TensorType.Int8, [6, 40], 0.05f, ZeroPoint), new(TensorType.Int8, [30, 40], 0.01f) { IsConstant = true }],
            new(TensorType.Int8, [6, 30], 0.9f, 3), new FullyConnectedOptions())]);
        File.WriteAllBytes(folder.File("model.tflite"), ModelWriter.Write(model.Graph));
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(folder.File("model.tflite"));
        await using OpenClPipelineCandidate candidate = new(folder.File("mine"));
        RecordingOf recording = new(candidate);

        VerificationReport report = await Verification.RunAsync(
            new(graph, bytes, [InputReader.FromSeed(graph, 0)], [Flavour.Ref], new WorkerOracle(Requirement.LiteRt(), WorkerLimits.Default), recording), new Progress<string>(), CancellationToken.None);

        LayerComparison layer = Assert.Single(Assert.Single(report.Runs).Layers);
        Cause cause = layer.Causes[0];
        Assert.True(cause.IsConfirmed, cause.Hypothesis.Id);
        Assert.Contains(slug, cause.Members.Select(member => member.Hypothesis.Mistakes[0].Slug));
        AssertProportional(graph, recording.Tensors!, recording.Context!, offset);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Independently of the diagnosis: where neither side is at a limit, the codes differ by offset * sum of the row * factor, up to a rounding of each.</summary>
    private static void AssertProportional(Graph graph, CandidateTensors tensors, CandidateContext context, int offset)
    {
        TensorIndex output = graph.Operators[0].Outputs[0];
        Assert.True(context.Oracle.TryGet(output, out TensorValue? right) && tensors.Isolated.TryGet(output, out _));
        Assert.True(tensors.Isolated.TryGet(output, out TensorValue? wrong));
        byte[] weights = graph[graph.Operators[0].Inputs[1]].Data.ToArray();
        int checkedOnes = 0;
        for (int i = 0; i < right.Data.Length; i++)
        {
            (int expected, int actual) = ((sbyte)right.Data.Span[i], (sbyte)wrong.Data.Span[i]);
            if (Math.Max(Math.Abs(expected), Math.Abs(actual)) >= 127)
                continue;
            int row = Enumerable.Range(0, 40).Sum(k => (sbyte)weights[i % 30 * 40 + k]);
            Assert.InRange(actual - expected - offset * row * (0.05 * 0.01 / 0.9), -1.001, 1.001);
            checkedOnes++;
        }
        Assert.True(checkedOnes > 100, $"{checkedOnes} elements are not at a limit");
    }

    private sealed class RecordingOf(ICandidate inner) : ICandidate
    {
        public CandidateContext? Context { get; private set; }

        public CandidateTensors? Tensors { get; private set; }

        public CandidateDescription Description => inner.Description;

        public void Prepare(Graph graph, Profile profile) => inner.Prepare(graph, profile);

        public async Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel)
        {
            ImmutableArray<CandidateTensors> tensors = await inner.RunAsync(contexts, cancel);
            (Context, Tensors) = (contexts[0], tensors[0]);
            return tensors;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
