using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Harness.Stress.Evidence;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Stress;

public sealed class StressTests
{
    [Fact]
    public void Every_family_is_named_after_its_operator_and_repeats_its_cases()
    {
        Assert.All(OperatorCases.Names, family =>
        {
            OperatorCase one = OperatorCases.Aimed(family, 3);
            Assert.Equal(one.Custom?.Name ?? one.Code.SchemaName(), family.Split(' ')[0]);
            Assert.Equal(Bytes(one), Bytes(OperatorCases.Aimed(family, 3)));
        });

        static byte[] Bytes(OperatorCase one) => [.. one.Materialized().Inputs.SelectMany(input => input.Value ?? [])];
    }

    /// <summary>Random biases separate the two second roundings in one element of a thousand. Results that no clamp hides must be able to be negative, where alone they part.</summary>
    [Theory]
    [InlineData("CONV_2D int8")]
    [InlineData("DEPTHWISE_CONV_2D uint8")]
    [InlineData("FULLY_CONNECTED int8")]
    public void Aimed_biases_separate_half_away_from_half_up(string family)
    {
        ConvolutionArithmetic reference = new(ScaleFormation.Double, Requantization.Reference), ruy = reference with { Requantization = Requantization.Ruy };
        (OperatorCase Case, ImmutableArray<PreparedOperator> Ways)[] cases =
        [
            .. Enumerable.Range(0, 400).Select(number => OperatorCases.Make(family, number)).Where(made => made.Inputs.Length == 3)
                .Select(made => (made, Ways: ImmutableArray.Create(Prepared(made, reference), Prepared(made, ruy))))
                .Where(pair => ((PreparedConvolution)pair.Ways[0]).Requantizer is var requantizer && requantizer.Low < requantizer.ZeroPoint - 10
                    && requantizer.Scales.All(scale => scale.Real < 0.25)).Take(10),
        ];

        Assert.Equal(10, cases.Length);
        Assert.InRange(cases.Count(pair => Aiming.At(pair.Case, pair.Ways) is var aimed && !Output(aimed, reference).SequenceEqual(Output(aimed, ruy))), 9, 10);
    }

    [SkippableFact]
    public async Task A_planted_rounding_is_found_made_small_and_repeated_by_its_seed()
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        await using Planted planted = new();

        StressReport report = await StressRun.RunAsync(
            new(oracle, planted, [Flavour.Ref], ["CONV_2D int8"], Seed: 1, Cases: 8, Time: null), new Progress<string>(), CancellationToken.None);

        Assert.Equal(1, report.ExitCode);
        Assert.All(report.Families, family => Assert.Equal(0, family.Reference.Differing));
        StressFailure failure = Assert.Single(report.Failures);
        Assert.True(failure.Smallest.Case.Inputs[0].Shape.Elements < failure.Found.Case.Inputs[0].Shape.Elements, failure.Smallest.ToString());
        Assert.True(failure.Smallest.Candidate!.Differing > 0);
        StressReport again = await StressRun.RunAsync(
            new(oracle, planted, [Flavour.Ref], ["CONV_2D int8"], failure.Found.Case.Number, Cases: 1, Time: null), new Progress<string>(), CancellationToken.None);
        Assert.Equal(failure.Found.Candidate, again.Failures[0].Found.Candidate);
    }

    /// <summary>Inputs that are absent and states have no values of their own.</summary>
    [Theory]
    [InlineData("UNIDIRECTIONAL_SEQUENCE_LSTM int8")]
    [InlineData("UNIDIRECTIONAL_SEQUENCE_LSTM float32")]
    [InlineData("SVDF int8")]
    [InlineData("SVDF float32 int8")]
    public void An_operator_with_states_and_absent_inputs_is_made_smaller_in_shape_and_in_values(string family)
    {
        foreach (int number in Enumerable.Range(0, 4))
        {
            OperatorCase whole = OperatorCases.Make(family, number).Materialized();
            (OperatorCase Case, (long Elements, long Values) Size)[] smaller = [.. Shrinking.Smaller(whole).Select(one => (one, Shrinking.Size(one)))];

            Assert.Contains(whole.Inputs, input => input.Value is null);
            Assert.Contains(smaller, one => one.Size.Elements < Shrinking.Size(whole).Elements);
            Assert.Contains(smaller, one => one.Size.Elements == Shrinking.Size(whole).Elements && one.Size.Values < Shrinking.Size(whole).Values);
        }
    }

    [Fact]
    public async Task An_oracle_that_cannot_start_refuses_nothing_and_its_reason_is_shown()
    {
        StressReport report = await StressRun.RunAsync(
            new(new Unstartable(), null, [Flavour.Ref], ["ADD int8"], Seed: 0, Cases: 4, Time: null), new Progress<string>(), CancellationToken.None);
        using Spectre.Console.Testing.TestConsole console = new();
        StressView.Write(report, console);
        using MemoryStream json = new();
        StressJson.Write(report, json);

        Assert.Equal((4, 0, 0), (report.Families[0].Cases, report.Families[0].Refused, report.Families[0].Died));
        Assert.Equal((Verdict.NotCompared, 3), (report.Verdict, report.ExitCode));
        Assert.Contains("no interpreter", console.Output, StringComparison.Ordinal);
        Assert.Contains("\"notStarted\": \"no interpreter\"", System.Text.Encoding.UTF8.GetString(json.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_oracle_that_cannot_start_ends_a_run_that_has_time_left()
    {
        StressReport report = await StressRun.RunAsync(
            new(new Unstartable(), null, [Flavour.Ref], ["ADD int8"], Seed: 0, Cases: null, Time: TimeSpan.FromHours(1)), new Progress<string>(), CancellationToken.None);

        Assert.Equal(3, report.ExitCode);
        Assert.Equal("no interpreter", report.NotStarted);
    }

    [SkippableFact]
    public async Task A_fingerprint_tells_the_flavours_of_a_runtime_apart_without_their_names()
    {
        OracleRuntime runtime = Requirement.LiteRt();
        using TemporaryFolder folder = new();
        StressRunner runner = new(new WorkerOracle(runtime, WorkerLimits.Default), null, folder.Path);
        OperatorCase[] cases = [.. new[] { "CONV_2D int8", "FULLY_CONNECTED int8" }.SelectMany(family => Enumerable.Range(0, 16).Select(number => OperatorCases.Aimed(family, number)))];

        ImmutableArray<FingerprintLine> lines = Fingerprinting.Of(await runner.RunAsync(cases, runtime.Flavours, CancellationToken.None), CancellationToken.None);

        Assert.All(lines, line => Assert.Contains($"litert-2.3.0/{line.Flavour}", line.Follows));
        Assert.Contains("litert-2.3.0/opt", lines.Single(line => line is { Operator: "FULLY_CONNECTED", Flavour: "ref" }).RuledOut.Keys);
        Assert.Contains("litert-2.3.0/ref", lines.Single(line => line is { Operator: "CONV_2D", Flavour: "opt" }).RuledOut.Keys);
    }

    [Theory]
    [InlineData("NO_SUCH_OPERATOR")]
    [InlineData("ADD", "--cases", "0")]
    [InlineData("ADD", "--candidate", "dump:x")]
    [InlineData("ADD", "--seed", "-1")]
    [InlineData("ADD", "--json", "/no/such/folder/report.json")]
    public async Task Bad_arguments_of_stress_are_2(params string[] arguments)
    {
        using Spectre.Console.Testing.TestConsole console = new();
        using StringWriter errors = new();

        Assert.Equal(2, await OffByN.Harness.CommandLine.Application.RunAsync(["stress", .. arguments], console, errors, CancellationToken.None));
        Assert.StartsWith("offbyn: ", errors.ToString(), StringComparison.Ordinal);
    }

    private static PreparedOperator Prepared(OperatorCase one, OperatorArithmetic arithmetic)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        return Preparation.Of(graph, graph.Operators[0], ArithmeticFields.ProfileOf(new(one.Code, null, arithmetic)), delegated: false);
    }

    private static ReadOnlySpan<byte> Output(OperatorCase one, OperatorArithmetic arithmetic)
    {
        CaseModel model = CaseModel.Of([one]);
        ReferencePipeline reference = new(model.Graph, new Profile("test", [new Rule(one.Code, null, arithmetic)]), ImmutableHashSet<TensorIndex>.Empty);
        return reference.Run(new LayerIndex(0), model.Input.Tensors.Given).Outputs[0].Data.Span;
    }

    private sealed class Unstartable : IOracle
    {
        public string Name => "unstartable";

        public ImmutableArray<Flavour> Flavours => [Flavour.Ref];

        public Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default) =>
            Task.FromResult<ImmutableArray<CaptureOutcome>>([.. requests.Select(_ => new CaptureOutcome(null, new(NotCapturedKind.CannotStart, "no interpreter", "")))]);
    }

    /// <summary>The reference in the arithmetic of the optimized kernels, whatever the oracle is.</summary>
    private sealed class Planted : ICandidate
    {
        private readonly ReferenceCandidate inner = new();

        public CandidateDescription Description { get; } = new("planted", "half up instead of half away");

        public void Prepare(Graph graph, Profile profile)
        {
        }

        public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) => inner.RunAsync(
            [.. contexts.Select(context => context with { Reference = new ReferencePipeline(context.Graph, LiteRt.Opt, context.Delegated) })], cancel);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
