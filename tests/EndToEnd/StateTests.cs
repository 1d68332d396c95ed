using System.Text;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.CommandLine;
using OffByN.Harness.Comparison;
using OffByN.Harness.Policy;
using OffByN.Harness.Reporting;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Reference;
using OffByN.Reference.Oracles;
using OffByN.Tests.Reproduction;
using OffByN.Workers;
using Spectre.Console.Testing;
using Xunit;
using Reproducibility = OffByN.Harness.Diagnosis.Reproducibility;

namespace OffByN.Tests.EndToEnd;

/// <summary>Variable tensors after the run, which are compared beside the outputs.</summary>
public sealed class StateTests
{
    private const string Model = "keras_lstm_mnist_ptq.tflite";

    [SkippableFact]
    public async Task States_of_the_reference_and_of_OpenCL_are_those_of_LiteRT()
    {
        Requirement.OpenCl();
        foreach (ICandidate candidate in new ICandidate[] { new ReferenceCandidate(), new OpenClPipelineCandidate() })
        {
            RunReport run = Assert.Single((await VerifyAsync(candidate)).Runs);

            LayerComparison[] states = [.. run.Layers.Where(layer => layer.IsState)];
            Assert.Equal([("int8", LayerVerdict.Equal, 20L), ("int16", LayerVerdict.Equal, 20L)], states.Select(state => (state.Tensor.Type.Lower(), state.Verdict, state.Isolated!.Elements)));
            Assert.Equal((8, 8), (run.Coverage.Compared, run.Coverage.Total));
        }
    }

    [SkippableFact]
    public async Task A_dump_s_state_that_differs_is_a_difference_like_any_other()
    {
        TensorSet tensors = await CaptureAsync();

        RunReport right = await VerifyAsync(tensors), wrong = await VerifyAsync(WithAStateOff(tensors));

        Assert.Equal(Verdict.Pass, right.Verdict);
        Assert.Equal(Verdict.Fail, wrong.Verdict);
        LayerComparison state = Assert.Single(wrong.Layers, layer => layer.Verdict == LayerVerdict.Diverges);
        Assert.True(state.IsState);
        Assert.Equal((1, "3"), (state.Isolated!.Differing, string.Join(',', state.Isolated.Worst!.Index.Skip(1))));
        Assert.Equal([1], wrong.Frontier!.Value.Select(layer => layer.Value));
    }

    /// <summary>A dump whose first operator is off by a code, which its policy allows, and the model's output too; the LSTM is right, and keeps what it was given.</summary>
    [SkippableFact]
    public async Task A_difference_that_an_operator_is_allowed_may_not_stay_in_a_state()
    {
        TensorSet tensors = await CaptureAsync();
        Graph graph = TfliteReader.Read(SharedFiles.Model(Model));
        ReferencePipeline reference = new(graph, LiteRt.Ref, new HashSet<TensorIndex>());
        string first = TensorSet.KeyOf(graph.Operators[0].Outputs[0]);
        TensorSet own = new(tensors.Tensors.SetItem(first, tensors.Tensors[first] with { Data = tensors.Tensors[first].Data.ToArray().Select(code => (byte)(code + 1)).ToArray() }));
        foreach (Operator op in graph.Operators.Skip(1))
        {
            OperatorResult result = reference.Run(op.Index, own.Read);
            own = new(own.Tensors.SetItems(OperatorResultTensor.Of(graph, op).Select(one => KeyValuePair.Create(one.Key, result[one.Position]))));
        }
        Allowance quantize = new("offbyn.yaml:1", "rounds otherwise", null) { Operator = new("QUANTIZE"), MaxOffBy = 255 }, states = quantize with { Operator = null, Layer = new("tfl.pseudo_qconst*"), MaxOffBy = short.MaxValue };

        RunReport run = await VerifyAsync(own);

        LayerComparison[] kept = [.. run.Layers.Where(layer => layer.IsState)];
        Assert.All(kept, state => Assert.Equal((LayerVerdict.Inherited, 0L), (state.Verdict, state.Isolated!.Beyond)));
        Assert.Equal(Verdict.Fail, JudgedWith(quantize).Verdict);
        string cases = JUnit(JudgedWith(quantize));
        Assert.Contains("the state tfl.pseudo_qconst", cases, StringComparison.Ordinal);
        Assert.Matches("LSTM state, tfl.pseudo_qconst.*\n *<failure", cases);
        Assert.Equal(Verdict.Pass, JudgedWith(quantize, states).Verdict);

        static string JUnit(RunReport run)
        {
            using MemoryStream written = new();
            JUnitReport.Write(new() { Verdict = run.Verdict, Matches = [], Disagreements = [], Runs = [run] }, written);
            return Encoding.UTF8.GetString(written.ToArray());
        }

        RunReport JudgedWith(params Allowance[] allowed) => Verdicts.Judge(run, Gate.Exact with { Policy = VerificationPolicy.Exact with { Allowances = [.. allowed] } }, default);
    }

    /// <summary>Every output is the oracle's; one cell of the int16 state is not.</summary>
    [SkippableFact]
    public async Task A_state_that_differs_is_what_explain_speaks_of()
    {
        (int code, string text) = await CommandAsync("explain", "--layer", "1");

        Assert.Equal(0, code);
        Assert.Contains("operator 1 UNIDIRECTIONAL_SEQUENCE_LSTM, state ", text, StringComparison.Ordinal);
        Assert.Contains(": DIVERGES", text, StringComparison.Ordinal);
        Assert.DoesNotContain("does not diverge", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_state_that_differs_is_what_explore_shows()
    {
        (int code, string text) = await CommandAsync("explore", "--print", "frontier");
        Assert.Equal(0, code);
        Assert.Contains("of 8 operator outputs and states", text, StringComparison.Ordinal);
        Assert.Contains("> operator 1 UNIDIRECTIONAL_SEQUENCE_LSTM, state tfl.pseudo_qconst1 1x20: 1 of 20", text, StringComparison.Ordinal);
        (code, text) = await CommandAsync("explore", "--print", "layer");
        Assert.Equal(0, code);
        Assert.Contains("operator 1 UNIDIRECTIONAL_SEQUENCE_LSTM, state tfl.pseudo_qconst1, 1x20: DIVERGES", text, StringComparison.Ordinal);
        Assert.Contains("by channel: 1 of 20 channels differ somewhere", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_state_that_differs_is_what_bisect_finds()
    {
        (int code, string text) = await CommandAsync("bisect");

        Assert.Equal(1, code);
        Assert.Contains("first at operator 1 UNIDIRECTIONAL_SEQUENCE_LSTM, state ", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_operator_that_differs_in_a_state_alone_is_reproduced_and_in_TFLite_alone_too()
    {
        using TemporaryFolder folder = new();
        string destination = folder.File("case");

        (int code, string text) = await CommandAsync("repro", destination);

        Assert.True(code == 1, text);
        Assert.Contains("operator 1 UNIDIRECTIONAL_SEQUENCE_LSTM, state ", text, StringComparison.Ordinal);
        Assert.True(text.Contains("(1 of 20 elements differs by 1 code)", StringComparison.Ordinal), text);
        (code, text) = await ReproCommandTests.ScriptAsync(destination);
        Assert.Contains("TFLite gives expected.npz", text, StringComparison.Ordinal);
        Assert.Matches("tensor state_[0-9]+: 1 of 20 elements of actual.npz differ", text);
        Assert.Equal(0, code);
    }

    [SkippableFact]
    public async Task A_dump_without_states_is_not_wholly_compared_and_says_which_keys_are_missing()
    {
        TensorSet tensors = await CaptureAsync();

        RunReport run = await VerifyAsync(new TensorSet(tensors.Tensors.Where(pair => !pair.Key.StartsWith("state_", StringComparison.Ordinal))));

        Assert.Equal(Verdict.NotCompared, run.Verdict);
        Assert.Equal((6, 8), (run.Coverage.Compared, run.Coverage.Total));
        Assert.All(run.Layers.Where(layer => layer.IsState), state => Assert.Equal($"the candidate gave no state after the run (state_{state.Tensor.Index})", state.Reason));
    }

    [Fact]
    public void Flavours_disagree_and_two_runs_of_a_candidate_differ_where_only_a_state_does()
    {
        CaseModel model = CaseModel.Of([OperatorCases.Make("SVDF int8", 3)]);
        OperatorResultTensor state = Assert.Single(OperatorResultTensor.Of(model.Graph, model.Graph.Operators[0]), left => left.IsState);
        TensorSet[] kept = [.. new byte[] { 0, 0, 1 }.Select(code => new TensorSet([KeyValuePair.Create(state.Key, new TensorValue(TensorType.Int8, [1], new[] { code }))]))];
        CandidateContext[] contexts = [.. kept.Select(oracle => new CandidateContext(
            model.Graph, LiteRt.Ref, [], model.Input.Tensors, oracle, new ReferencePipeline(model.Graph, LiteRt.Ref, new HashSet<TensorIndex>())))];
        CandidateTensors[] runs = [.. kept.Select(tensors => new CandidateTensors { Against = IsolatedAgainst.OracleInputs, Isolated = tensors })];

        Assert.Empty(Disagreements.Of([[contexts[0], contexts[1]]], default));
        Assert.Single(Disagreements.Of([[contexts[0], contexts[2]]], default));
        Assert.Empty(Reproducibility.Differing(model.Graph, [new(0)], runs[0], runs[1]));
        Assert.Single(Reproducibility.Differing(model.Graph, [new(0)], runs[0], runs[2]));
    }

    [Fact]
    public void A_state_that_another_operator_reads_too_is_not_computed()
    {
        OperatorCase svdf = OperatorCases.Make("SVDF int8", 3);
        Graph graph = CaseModel.Of([svdf, svdf]).Graph;
        TensorIndex shared = graph.Operators[0].Inputs[4];
        graph = graph with { Operators = graph.Operators.SetItem(1, graph.Operators[1] with { Inputs = graph.Operators[1].Inputs.SetItem(4, shared) }) };

        foreach (Operator op in graph.Operators)
            Assert.Contains($"its state, tensor {shared} ", Obstacle(graph, op), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_rows_of_float32_weights_at_once_are_computed_and_a_missing_activation_is_not()
    {
        OperatorCase lstm = Enumerable.Range(0, 100).Select(number => OperatorCases.Make("UNIDIRECTIONAL_SEQUENCE_LSTM float32", number))
            .First(one => one.Inputs[0].Shape[0] > 1 && one.Options is UnidirectionalSequenceLstmOptions { TimeMajor: false });
        Assert.Null(Obstacle(lstm));

        Shape input = lstm.Inputs[0].Shape, output = lstm.Output.Shape;
        OperatorCase timeMajor = lstm with
        {
            Options = (UnidirectionalSequenceLstmOptions)lstm.Options! with { TimeMajor = true },
            Inputs = lstm.Inputs.SetItem(0, lstm.Inputs[0] with { Shape = [input[1], input[0], input[2]] }),
            Output = lstm.Output with { Shape = [output[1], output[0], output[2]] },
        };
        Assert.Null(Obstacle(timeMajor));
        Assert.Contains("fused activation None", Obstacle(lstm with { Options = (UnidirectionalSequenceLstmOptions)lstm.Options! with { Activation = Activation.None } }), StringComparison.Ordinal);
    }

    private static TensorSet WithoutInitialStates(TensorSet tensors) => new(tensors.Tensors.Where(pair => !pair.Key.StartsWith("initial_", StringComparison.Ordinal)));

    private static TensorSet WithAStateOff(TensorSet tensors)
    {
        string key = Assert.Single(tensors.Tensors.Keys, key => key.StartsWith("state_", StringComparison.Ordinal) && tensors.Tensors[key].Type == TensorType.Int16);
        byte[] cells = tensors.Tensors[key].Data.ToArray();
        cells[6]++;
        return new(tensors.Tensors.SetItem(key, tensors.Tensors[key] with { Data = cells }));
    }

    /// <summary>A command on a dump in which that state is off.</summary>
    private static async Task<(int Code, string Text)> CommandAsync(string command, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        string dump = folder.File("off.safetensors");
        SafeTensors.Write(dump, WithoutInitialStates(WithAStateOff(await CaptureAsync())));
        using TestConsole console = new TestConsole().Width(300);
        using StringWriter errors = new();
        int code = await Application.RunAsync([command, SharedFiles.Model(Model), .. arguments, "--candidate", $"dump:{dump}", "--flavour", "ref", "--quiet"], console, errors, CancellationToken.None);
        return (code, console.Output + errors);
    }

    private static string? Obstacle(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        return Obstacle(graph, graph.Operators[0]);
    }

    private static string? Obstacle(Graph graph, Operator op) => new ReferencePipeline(graph, LiteRt.Opt, new HashSet<TensorIndex>()).Obstacle(op.Index);

    private static async Task<RunReport> VerifyAsync(TensorSet dump)
    {
        using TemporaryFolder folder = new();
        SafeTensors.Write(folder.File("dump.safetensors"), WithoutInitialStates(dump));
        return Assert.Single((await VerifyAsync(DumpCandidate.Read(folder.File("dump.safetensors"), TfliteReader.Read(SharedFiles.Model(Model))))).Runs);
    }

    private static async Task<VerificationReport> VerifyAsync(ICandidate candidate)
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(SharedFiles.Model(Model));
        await using (candidate)
            return await Verification.RunAsync(new(graph, bytes, [InputReader.FromSeed(graph, 0)], [Flavour.Ref], oracle, candidate), NoProgress.Instance, CancellationToken.None);
    }

    private static async Task<TensorSet> CaptureAsync()
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(SharedFiles.Model(Model));
        CaptureOutcome outcome = Assert.Single(await oracle.CaptureAsync([new CaptureRequest(graph, Tapping.Tap(bytes, graph), InputReader.FromSeed(graph, 0), Flavour.Ref)]));
        return new(outcome.Capture!.Tensors.Tensors);
    }
}
