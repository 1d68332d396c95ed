using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference;
using OffByN.Reference.Operators;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Tests.Operators;

/// <summary>What came of one case in one flavour. <see cref="Refused"/>: by the oracle; <see cref="Missing"/>: why the reference has no result.</summary>
internal sealed record CaseOutcome(OperatorCase Case, Flavour Flavour, bool Delegated)
{
    public string? Refused { get; init; }

    public string? Missing { get; init; }

    public int Elements { get; init; }

    public int Differing { get; init; }

    public string FirstDifference { get; init; } = "";

    public override string ToString() =>
        $"{Flavour}{(Delegated ? " delegated" : "")}: {Missing ?? $"{Differing} of {Elements} differ, first {FirstDifference}"}\n  {Case}";
}

/// <summary>Cases through real TFLite in each of its flavours, and the reference beside it.</summary>
internal static class OperatorOracle
{
    private const int CasesPerModel = 32;

    public static async Task<ImmutableArray<CaseOutcome>> RunAsync(ImmutableArray<OperatorCase> cases, OracleRuntime runtime)
    {
        WorkerOracle oracle = new(runtime, WorkerLimits.Default);
        (Flavour Flavour, CaseModel Model)[] runs = Runs(cases.Chunk(CasesPerModel), oracle.Flavours);
        ImmutableArray<CaseOutcome> together = await RunAsync(oracle, runs);
        // A model is refused as a whole: its cases are asked for one by one.
        (Flavour Flavour, CaseModel Model)[] alone =
            [.. together.Where(outcome => outcome.Refused is not null).Select(outcome => (outcome.Flavour, Written(CaseModel.Of([outcome.Case]))))];
        return alone.Length == 0 ? together : [.. together.Where(outcome => outcome.Refused is null), .. await RunAsync(oracle, alone)];
    }

    private static (Flavour, CaseModel)[] Runs(IEnumerable<OperatorCase[]> groups, ImmutableArray<Flavour> flavours) =>
    [
        .. from model in groups.Select(cases => Written(CaseModel.Of([.. cases])))
           from flavour in flavours
           select (flavour, model),
    ];

    private static async Task<ImmutableArray<CaseOutcome>> RunAsync(WorkerOracle oracle, (Flavour Flavour, CaseModel Model)[] runs)
    {
        ImmutableArray<CaptureOutcome> captures = await oracle.CaptureAsync([.. runs.Select(run => new CaptureRequest(
            run.Model.Graph, Tapping.Tap(ModelWriter.Write(run.Model.Graph), run.Model.Graph), run.Model.Input, run.Flavour))]);
        return [.. runs.Zip(captures, Compare).SelectMany(outcomes => outcomes)];
    }

    /// <summary>The model as it is read back from its file.</summary>
    private static CaseModel Written(CaseModel model) => model with { Graph = TfliteReader.Parse(ModelWriter.Write(model.Graph), model.Graph.Path) };

    private static IEnumerable<CaseOutcome> Compare((Flavour Flavour, CaseModel Model) run, CaptureOutcome outcome)
    {
        if (outcome.Capture is not { } capture)
            return run.Model.Cases.Select(one => new CaseOutcome(one, run.Flavour, false) { Refused = $"{outcome.Failure!.Kind}: {outcome.Failure.Reason} {outcome.Failure.StderrTail}" });
        Profile profile = KnownProfiles.Named($"{capture.Identity.Runtime}-{capture.Identity.Version}/{run.Flavour.ToString().ToLowerInvariant()}");
        ReferencePipeline reference = new(run.Model.Graph, profile, capture.Delegated);
        return run.Model.Cases.Select((one, layer) => Compare(one, run.Flavour, run.Model, layer, capture, reference));
    }

    private static CaseOutcome Compare(OperatorCase one, Flavour flavour, CaseModel model, int layer, Capture capture, ReferencePipeline reference)
    {
        TensorIndex output = model.Graph.Operators[layer].Outputs[0];
        CaseOutcome outcome = new(one, flavour, capture.Delegated.Contains(output));
        Func<TensorIndex, TensorValue?> valueOf = tensor =>
            model.Input.Tensors.TryGetInput(tensor, out TensorValue? value) || capture.Tensors.Tensors.TryGetValue(Capture.InitialStateKeyOf(tensor), out value) ? value : null;
        OperatorResult result = reference.Run(new LayerIndex(layer), valueOf);
        if (outcome.Delegated && one.IsUnknownOfDelegate)
            return result.Reason is null ? outcome with { Missing = "computed, although what the delegate does is not known" } : outcome;
        if (result.Reason is not null)
            return outcome with { Missing = result.Reason };
        return model.Graph.Operators[layer].Outputs.Zip(result.Outputs).Index().Aggregate(outcome, (total, pair) => Compare(
            total, pair.Item.First, pair.Item.Second, reference.BoundOf(new LayerIndex(layer), pair.Index, valueOf), model, layer, capture));
    }

    /// <summary>One output, its counts added to those of the outputs before it.</summary>
    private static CaseOutcome Compare(
        CaseOutcome outcome, TensorIndex output, TensorValue actual, ErrorBound? bound, CaseModel model, int layer, Capture capture)
    {
        if (!capture.Tensors.TryGet(output, out TensorValue? expected))
            return outcome with { Refused = capture.Unread[TensorSet.KeyOf(output)] };
        if (expected.Type != actual.Type || !expected.Shape.Equals(actual.Shape))
            return outcome with { Missing = $"{actual.Type} {actual.Shape} where the oracle gives {expected.Type} {expected.Shape}" };
        int differing = outcome.Differing, leftOut = 0;
        string first = outcome.FirstDifference;
        for (int i = 0; i < expected.Shape.Elements; i++)
        {
            (double left, double right) = (Number(expected, i), Number(actual, i));
            if (bound is not null && Math.Abs(left - right) <= bound.Slack[i])
            {
                leftOut += double.IsPositiveInfinity(bound.Slack[i]) ? 1 : 0;
                continue;
            }
            if (!left.Equals(right) && left != right && differing++ == 0)
                first = string.Create(CultureInfo.InvariantCulture, $"at {i}: inputs {InputsAt(model, layer, i)}, expected {left:R}, actual {right:R}");
        }
        return outcome with { Elements = outcome.Elements + expected.Shape.Elements - leftOut, Differing = differing, FirstDifference = first };
    }

    private static string InputsAt(CaseModel model, int layer, int at) => string.Join(" ", model.Graph.Operators[layer].Inputs.Where(input => !input.IsNone && !model.Graph[input].IsVariable).Select(input =>
    {
        TensorInfo tensor = model.Graph[input];
        TensorValue value = tensor.IsConstant ? new(tensor.Type, tensor.Shape!, tensor.Data) : model.Input.Tensors.TryGetInput(input, out TensorValue? given) ? given : throw new InvalidOperationException();
        return value.Shape.Elements == 0 ? "none" : Number(value, at % value.Shape.Elements).ToString("R", CultureInfo.InvariantCulture);
    }));

    /// <summary>Exact in double for every type but the largest int64.</summary>
    private static double Number(TensorValue value, int at) => value.Type switch
    {
        TensorType.Float32 => MemoryMarshal.Cast<byte, float>(value.Data.Span)[at],
        TensorType.Int32 => MemoryMarshal.Cast<byte, int>(value.Data.Span)[at],
        TensorType.Int64 => MemoryMarshal.Cast<byte, long>(value.Data.Span)[at],
        TensorType.Int16 => MemoryMarshal.Cast<byte, short>(value.Data.Span)[at],
        TensorType.Int8 => (sbyte)value.Data.Span[at],
        _ => value.Data.Span[at],
    };
}
