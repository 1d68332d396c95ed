using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Harness;
using OffByN.Harness.Comparison;
using OffByN.Harness.Localization;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Tests.Model;

namespace OffByN.Tests.Reporting;

/// <summary>Small reports of every kind, with metrics that the real comparer measured on a few elements.</summary>
internal static class SampleReports
{
    /// <summary>What a model file and a worker may say to attack whoever shows it: markup of every format, and control characters.</summary>
    public const string Hostile = "<script>alert(1)</script>[red]x[/]|`*_\\&\"'%0A]]>::error::\u001b[2J\r\n\u202e](http://x) @all";

    private static readonly int[] Same = [0, 0, 0, 0];

    public static VerificationReport Pass { get; } = Of([Run(Flavour.Ref, "dog.ppm", [.. Outputs.Select(_ => (Same, Same))])]);

    /// <summary>Operator 0 is off by 1; the 161 that should be 163 comes out of operator 1, which is right; 4 is allowed; 5 was not compared.</summary>
    public static VerificationReport Fail { get; } = Of([Failing(Flavour.Ref, "dog.ppm")]);

    /// <summary>The oracle gave nothing.</summary>
    public static VerificationReport NotCompared { get; } = Of([Nothing(Flavour.Ref, "dog.ppm", "the oracle gave nothing: worker died of signal 11")]);

    /// <summary>Equal where it was compared, which was not everywhere; something else computed one output, and one tensor is unknown.</summary>
    public static VerificationReport Partial { get; } = Of([PartialRun()]);

    /// <summary>A float model in which NaN and infinity face numbers.</summary>
    public static VerificationReport Floats { get; } = Of([FloatRun()]);

    /// <summary>Two inputs in each of two flavours; the candidate is opt.</summary>
    public static VerificationReport Flavours { get; } = Of(
        [
            Failing(Flavour.Ref, "dog.ppm"), Run(Flavour.Ref, "cat.ppm", [.. Outputs.Select(_ => (Same, Same))]),
            Run(Flavour.Opt, "dog.ppm", [.. Outputs.Select(_ => (Same, Same))]), Run(Flavour.Opt, "cat.ppm", [.. Outputs.Select(_ => (Same, Same))]),
        ]) with { Disagreements = [new LayerIndex(0), new LayerIndex(1)] };

    /// <summary>A dump that lacks the tensors of operators 1, 3 and 4: a segment that diverges, and one that could not be compared.</summary>
    public static VerificationReport Segments { get; } = Of([SegmentedRun()]);

    /// <summary>Ninety inputs, of which twenty-five do not pass.</summary>
    public static VerificationReport Many { get; } = Of([.. Enumerable.Range(0, 90).Select(input => (input % 3, input < 75) switch
    {
        (1, true) => input < 73 ? Failing(Flavour.Ref, $"seed {input}") : Nothing(Flavour.Ref, $"seed {input}", "the oracle gave nothing: worker died of signal 11"),
        _ => Run(Flavour.Ref, $"seed {input}", [.. Outputs.Select(_ => (Same, Same))]),
    })]);

    /// <summary>Every text that a stranger can choose is hostile.</summary>
    public static VerificationReport HostileNames { get; } = Of([Attack(Failing(Flavour.Ref, Hostile)), Attack(Nothing(Flavour.Opt, Hostile, Hostile))]);

    /// <summary>A long model of which two operators diverge.</summary>
    public static VerificationReport Long { get; } = Of([LongRun(60)]);

    /// <summary>Every operator is right, and one of two inputs gets another class.</summary>
    public static VerificationReport Gated { get; } = Of([Run(Flavour.Ref, "dog.ppm", [.. Outputs.Select(_ => (Same, Same))])]) with
    {
        Verdict = Verdict.Fail,
        Matches = [],
        Command = new(["models/network.tflite", $"--input={Hostile}"], new string('b', 64)),
        Accuracy = [new(Flavour.Ref, Hostile, 2, 1, 2, [new(Hostile, new(0, 8, 9, 0.5))], new(2, 2, 1))],
        Findings = [new(FindingKind.Fails, $"{Hostile}: the first class is the oracle's in 1 of 2"), new(FindingKind.NotCompared, "no labels"), new(FindingKind.Unused, "nothing needs it: offbyn.yaml:3: x")],
    };

    public static ImmutableSortedDictionary<string, VerificationReport> All { get; } = new Dictionary<string, VerificationReport>
    {
        { nameof(Pass), Pass },
        { nameof(Fail), Fail },
        { nameof(NotCompared), NotCompared },
        { nameof(Partial), Partial },
        { nameof(Floats), Floats },
        { nameof(Flavours), Flavours },
        { nameof(HostileNames), HostileNames },
        { nameof(Long), Long },
        { nameof(Gated), Gated },
        { nameof(Segments), Segments },
    }.ToImmutableSortedDictionary();

    private static Graph Network => SmallModels.Network() with { Path = "models/network.tflite", Sha256 = new string('a', 64) };

    private static ImmutableArray<TensorInfo> Outputs => [.. Network.Operators.Select(op => Network[op.Outputs[0]])];

    public static VerificationReport Of(ImmutableArray<RunReport> runs) => new()
    {
        Verdict = Verdicts.Of(runs),
        Matches = [.. runs.GroupBy(run => run.Oracle.Flavour).Where(group => group.All(run => run.Verdict == Verdict.Pass)).Select(group => group.Key)],
        Disagreements = [],
        Runs = runs,
    };

    private static RunReport Failing(Flavour flavour, string input)
    {
        RunReport run = Run(flavour, input, [([0, 1, 0, -1], [0, 1, 0, -1]), (Same, [-2, 0, 1, 0]), (Same, [0, 0, 0, 1]), (Same, Same), ([0, 0, 1, 0], [0, 0, 1, 0]), (null, null)]);
        return Covered(run with
        {
            Layers = Frontier.TraceInheritance(run.Model, run.Layers
                .SetItem(4, run.Layers[4] with { Verdict = LayerVerdict.Within, Reason = "one code is allowed in this layer", AllowedBy = ["one code is allowed in this layer"] })
                .SetItem(5, run.Layers[5] with { Reason = "arithmetic unknown: profile litert-2.3.0/ref has no rule for SOFTMAX uint8" })),
        });
    }

    private static RunReport PartialRun()
    {
        RunReport run = Run(Flavour.Opt, "seed 0", [(Same, Same), (Same, Same), (null, null), (Same, Same), (Same, Same), (Same, Same)]);
        LayerComparison substituted = run.Layers[2] with { ComputedBy = ComputedBy.Reference, Reason = "no kernel for it" };
        return Covered(run with { Layers = run.Layers.SetItem(2, substituted) }, new NotComparedTensor(null, "surplus", "the model has no tensor of this name"));
    }

    private static RunReport SegmentedRun()
    {
        RunReport run = Run(Flavour.Ref, "dog.ppm", [(Same, Same), (null, null), ([0, 1, 0, -1], [0, 1, 0, -1]), (null, null), (null, null), (null, null)]);
        Segment first = new([new(1), new(2)]), second = new([new(3), new(4), new(5)]);
        return Covered(run with
        {
            Layers =
            [
                run.Layers[0],
                run.Layers[1] with { Segment = first, Reason = "the candidate gave no value; it lies within operators 1 to 2, which are compared as one at operator 2" },
                run.Layers[2] with { Segment = first },
                .. run.Layers.Skip(3).Take(2).Select(layer => layer with { Segment = second, Reason = "the candidate gave no value" }),
                run.Layers[5] with { Segment = second, Reason = "arithmetic unknown" },
            ],
        });
    }

    private static RunReport Nothing(Flavour flavour, string input, string reason) => Run(flavour, input, []) with
    {
        Coverage = new(0, 0, Network.Operators.Length, []),
        Frontier = null,
        Reason = reason,
    };

    private static RunReport LongRun(int length)
    {
        Graph graph = Network with
        {
            Tensors = [.. Enumerable.Range(0, length + 1).Select(i => Network.Tensors[3] with { Index = new TensorIndex(i), Name = $"block{i}/relu" })],
            Operators = [.. Enumerable.Range(0, length).Select(i => Network.Operators[i % 2] with { Index = new LayerIndex(i), Inputs = [new(i)], Outputs = [new(i + 1)] })],
            Outputs = [new TensorIndex(length)],
        };
        return Run(graph, Flavour.Ref, "dog.ppm", [.. Enumerable.Range(0, length).Select(i => i switch
        {
            20 => ([1, 0, 0, 0], [1, 0, 0, 0]),
            21 or 22 => (Same, [3, 0, -1, 0]),
            _ => ((int[]?, int[]?))(Same, Same),
        })]);
    }

    private static RunReport FloatRun()
    {
        Graph graph = Network with { Tensors = [.. Network.Tensors.Select(tensor => tensor with { Type = TensorType.Float32, Quantization = null })] };
        float[] expected = [1, -2.5f, 0, 1e-3f];
        float[][] actual = [expected, [1, float.NaN, 0, 1e-3f], [float.NegativeInfinity, -2.5f, 0, 1e-3f], [1, float.BitIncrement(-2.5f), 0, 1e-3f], expected, expected];
        Metrics[] metrics = [.. actual.Select(values => Measure(graph.Tensors[3], Bytes(expected), Bytes(values)))];
        return Run(graph, Flavour.Xnn, "seed 7", [.. metrics.Select(each => ((Metrics?)each, (Metrics?)each))]);

        static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();
    }

    /// <summary>A run over the operators of a small network: of each the first elements' differences in both columns, null where it was not compared.</summary>
    public static RunReport Run(Flavour flavour, string input, ImmutableArray<(int[]? Isolated, int[]? Cumulative)> differences) => Run(Network, flavour, input, differences);

    private static RunReport Run(Graph graph, Flavour flavour, string input, ImmutableArray<(int[]? Isolated, int[]? Cumulative)> differences) =>
        Run(graph, flavour, input, [.. differences.Select((pair, i) => (Codes(graph[graph.Operators[i].Outputs[0]], pair.Isolated), Codes(graph[graph.Operators[i].Outputs[0]], pair.Cumulative)))]);

    private static RunReport Run(Graph graph, Flavour flavour, string input, ImmutableArray<(Metrics? Isolated, Metrics? Cumulative)> metrics)
    {
        ImmutableArray<LayerComparison> layers = Frontier.TraceInheritance(graph, [.. metrics.Select((pair, i) => Layer(graph, i, pair.Isolated, pair.Cumulative))]);
        return Covered(new()
        {
            Verdict = Verdict.NotCompared,
            Model = graph,
            InputName = input,
            InputSha256 = new string('b', 64),
            Oracle = new("litert", "2.3.0", flavour, new Profile($"litert-2.3.0/{flavour.ToString().ToLowerInvariant()}", [])),
            Candidate = new("opencl", "pthread-cpu, PoCL 3.1"),
            Coverage = new(0, 0, 0, []),
            Layers = layers,
            Frontier = null,
        });
    }

    private static RunReport Covered(RunReport run, params ImmutableArray<NotComparedTensor> extra) => run with
    {
        Verdict = Verdicts.Of(run.Layers),
        Coverage = Verdicts.CoverageOf(run.Layers, extra),
        Frontier = Frontier.Of(run.Layers),
    };

    private static LayerComparison Layer(Graph graph, int index, Metrics? isolated, Metrics? cumulative) => new()
    {
        Layer = new LayerIndex(index),
        Output = 0,
        Operator = graph.Operators[index],
        Tensor = graph[graph.Operators[index].Outputs[0]],
        LeavesModel = graph.Outputs.Contains(graph.Operators[index].Outputs[0]),
        Verdict = (isolated, cumulative) switch
        {
            (null, _) => LayerVerdict.NotCompared,
            ({ Beyond: > 0 }, _) => LayerVerdict.Diverges,
            (_, { Beyond: > 0 }) => LayerVerdict.Inherited,
            _ => LayerVerdict.Equal,
        },
        Reason = isolated is null ? "the candidate gave no value" : null,
        Isolated = isolated is null ? null : isolated with { Against = "oracle-inputs" },
        Cumulative = cumulative,
    };

    private static RunReport Attack(RunReport run)
    {
        Graph graph = run.Model with { Path = Hostile };
        return run with
        {
            Model = graph,
            Oracle = run.Oracle with { Version = Hostile },
            Candidate = new("dump", Hostile),
            Coverage = run.Coverage with { NotCompared = [.. run.Coverage.NotCompared.Select(tensor => new NotComparedTensor(tensor.Layer, Hostile, Hostile)), new(null, Hostile, Hostile)] },
            Layers =
            [
                .. run.Layers.Select(layer => layer with
                {
                    Operator = layer.Operator with { CustomCode = Hostile },
                    Tensor = layer.Tensor with { Name = Hostile },
                    Reason = layer.Reason is null ? null : Hostile,
                }),
            ],
        };
    }

    /// <summary>As many elements as the tensor has, the first ones off by these; 163 where nothing else is said.</summary>
    private static Metrics? Codes(TensorInfo tensor, int[]? differences)
    {
        if (differences is null)
            return null;
        byte[] expected = [.. Enumerable.Range(0, tensor.Shape!.Elements).Select(i => (byte)(163 - i))];
        byte[] actual = [.. expected.Select((code, i) => (byte)(code + differences.ElementAtOrDefault(i)))];
        return Measure(tensor, expected, actual);
    }

    private static Metrics Measure(TensorInfo tensor, byte[] expected, byte[] actual)
    {
        Shape shape = tensor.Type.IsFloat() ? [1, 1, 2, 2] : tensor.Shape!;
        return (Metrics)TensorComparer.Compare(new(tensor.Type, shape, expected), new(tensor.Type, shape, actual), tensor.Quantization, FloatBound.Exact);
    }
}
