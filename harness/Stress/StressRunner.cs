using System.Collections.Immutable;
using System.Globalization;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Model.Writing;
using OffByN.Reference;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Stress;

/// <summary>
/// Cases through the oracle, with the reference and a candidate beside it. Cases of one family share a model; one that the oracle does not take, or that a process
/// does not survive, is run again case by case, so that each is judged alone.
/// </summary>
/// <param name="candidate">One that can be fed; null for the reference alone.</param>
/// <param name="folder">An existing folder for models; what is written there is deleted again.</param>
public sealed class StressRunner(IOracle oracle, ICandidate? candidate, string folder)
{
    /// <summary>More would make a model slow to load, fewer would make its loading cost more than its cases.</summary>
    private const int CasesPerModel = 32;

    private int models;

    /// <summary>Every case in every flavour; the outcomes come grouped by flavour and family, cases in their order.</summary>
    public async Task<ImmutableArray<CaseOutcome>> RunAsync(
        IReadOnlyList<OperatorCase> cases, ImmutableArray<Flavour> flavours, CancellationToken cancel)
    {
        ImmutableArray<Batch> batches =
        [
            .. from flavour in flavours
               from chunk in cases.GroupBy(one => one.Family).SelectMany(family => family.Chunk(CasesPerModel))
               select new Batch(flavour, [.. chunk]),
        ];
        return await RunAsync(batches, cancel).ConfigureAwait(false);
    }

    private async Task<ImmutableArray<CaseOutcome>> RunAsync(ImmutableArray<Batch> batches, CancellationToken cancel)
    {
        ImmutableArray<Captured> captured = await CaptureAsync(batches, cancel).ConfigureAwait(false);
        Captured[] present = [.. captured.Where(one => one.Capture is not null)];
        Task<ImmutableArray<ImmutableArray<CaseOutcome>>> byReference = Task.Run(
            () => present.AsParallel().AsOrdered().WithCancellation(cancel).Select(CompareReference).ToImmutableArray(), cancel);
        ImmutableArray<CandidateTensors> byCandidate = candidate is null ? []
            : await candidate.RunAsync([.. present.Select(one => Verification.ContextOf(one.Graph, one.Model.Input, one.Capture)!)], cancel).ConfigureAwait(false);
        ImmutableArray<ImmutableArray<CaseOutcome>> compared = await byReference.ConfigureAwait(false);
        foreach (Captured one in captured)
            File.Delete(one.Graph.Path);
        if (candidate is not null)
            compared = await CompareCandidateAsync(present, compared, byCandidate, cancel).ConfigureAwait(false);
        Queue<ImmutableArray<CaseOutcome>> found = new(compared);
        return [.. captured.SelectMany(one => one.Capture is not null ? found.Dequeue()
            : one.Batch.Cases.Select(lost => new CaseOutcome(lost, one.Batch.Flavour) { NotCaptured = one.Failure }))];
    }

    /// <summary>Batches that the oracle takes, and single cases of those that it does not.</summary>
    private async Task<ImmutableArray<Captured>> CaptureAsync(ImmutableArray<Batch> batches, CancellationToken cancel)
    {
        Captured[] written = [.. batches.Select(Write)];
        ImmutableArray<CaptureOutcome> outcomes = await oracle.CaptureAsync([.. written.Select(one => new CaptureRequest(
            one.Graph, Tapping.Tap(one.Bytes, one.Graph), one.Model.Input, one.Batch.Flavour))], cancel).ConfigureAwait(false);
        ImmutableArray<Captured> captured = [.. written.Zip(outcomes, (one, outcome) => one with { Capture = outcome.Capture, Failure = outcome.Failure })];
        ImmutableArray<Batch> alone = [.. captured.Where(MayHoldOthers).SelectMany(one => one.Batch.Cases.Select(single => one.Batch with { Cases = [single] }))];
        if (alone.IsEmpty)
            return captured;
        foreach (Captured one in captured.Where(MayHoldOthers))
            File.Delete(one.Graph.Path);
        Queue<Captured> singles = new(await CaptureAsync(alone, cancel).ConfigureAwait(false));
        return [.. captured.SelectMany(one => MayHoldOthers(one) ? one.Batch.Cases.Select(_ => singles.Dequeue()).ToArray() : [one])];
    }

    /// <summary>Whether one case of several may be to blame for what the oracle did with all; not where it lacks their operator.</summary>
    private static bool MayHoldOthers(Captured one) =>
        one.Failure is { } failure && one.Batch.Cases.Length > 1 && failure.Kind != NotCapturedKind.CannotStart
        && !(failure.Reason.Contains("Didn't find op for builtin opcode", StringComparison.Ordinal) && one.Batch.Cases.All(other => other.Version == one.Batch.Cases[0].Version));

    private Captured Write(Batch batch)
    {
        CaseModel model = CaseModel.Of(batch.Cases);
        byte[] bytes = ModelWriter.Write(model.Graph);
        string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref models)}.tflite"));
        File.WriteAllBytes(path, bytes);
        return new(batch, model, bytes, TfliteReader.Parse(bytes, path));
    }

    private ImmutableArray<CaseOutcome> CompareReference(Captured captured)
    {
        CandidateContext context = Verification.ContextOf(captured.Graph, captured.Model.Input, captured.Capture)!;
        return [.. captured.Batch.Cases.Select((one, layer) =>
        {
            Operator op = captured.Graph.Operators[layer];
            CaseOutcome outcome = new(one, captured.Batch.Flavour) { Delegated = op.Outputs.Any(context.Delegated.Contains) };
            ImmutableArray<OperatorResultTensor> results = OperatorResultTensor.Of(captured.Graph, op);
            string? unread = results.Select(tensor => captured.Capture!.Unread.GetValueOrDefault(tensor.Key)).FirstOrDefault(reason => reason is not null);
            if (unread is not null)
                return outcome with { NotCaptured = new(NotCapturedKind.Refused, unread, "") };
            outcome = outcome with
            {
                Oracle = [.. results.Select(tensor => context.OracleValue(tensor)!)],
                States = op.Inputs.Index().Where(input => !input.Item.IsNone && captured.Graph[input.Item].IsVariable && context.Given(input.Item) is not null)
                    .ToImmutableDictionary(input => input.Index, input => context.Given(input.Item)!),
            };
            OperatorResult result = context.Reference.Run(op.Index, context.OracleValue);
            if (result.Reason is not null)
                return outcome with { NotComputed = result.Reason };
            (Difference? difference, string? reason) =
                Compare(outcome.Oracle, [.. results.Select(tensor => result[tensor.Position])], BoundsOf(context, op, ownFunctions: false));
            return outcome with { Reference = difference, NotComputed = reason };
        })];
    }

    /// <summary>What the candidate's tensors make of the outcomes. Where it failed on several cases together, but not on all, each is run again alone.</summary>
    private async Task<ImmutableArray<ImmutableArray<CaseOutcome>>> CompareCandidateAsync(
        Captured[] present, ImmutableArray<ImmutableArray<CaseOutcome>> compared, ImmutableArray<CandidateTensors> tensors, CancellationToken cancel)
    {
        bool isThere = tensors.Any(one => one.Failure is null);
        ImmutableArray<Batch> alone =
        [
            .. present.Where((one, i) => MustSplit(i)).SelectMany(one => one.Batch.Cases.Select(single => one.Batch with { Cases = [single] })),
        ];
        Queue<CaseOutcome> singles = new(alone.IsEmpty ? [] : await RunAsync(alone, cancel).ConfigureAwait(false));
        return
        [
            .. compared.Select((outcomes, i) => MustSplit(i) ? [.. outcomes.Select(_ => singles.Dequeue())] : CompareCandidate(present[i], outcomes, tensors[i])),
        ];

        bool MustSplit(int i) => isThere && tensors[i].Failure is not null && present[i].Batch.Cases.Length > 1;
    }

    private static ImmutableArray<CaseOutcome> CompareCandidate(Captured captured, ImmutableArray<CaseOutcome> outcomes, CandidateTensors tensors)
    {
        CandidateContext context = Verification.ContextOf(captured.Graph, captured.Model.Input, captured.Capture)!;
        return
        [
            .. outcomes.Select((outcome, layer) =>
            {
                Operator op = captured.Graph.Operators[layer];
                if (outcome.Oracle.IsEmpty)
                    return outcome;
                if (tensors.Failure is not null || tensors.Substituted.ContainsKey(op.Index))
                    return outcome with { NotCandidate = tensors.Failure ?? tensors.Substituted[op.Index].Reason };
                TensorValue?[] own = [.. OperatorResultTensor.Of(captured.Graph, op).Select(tensor => tensors.Isolated.Tensors.GetValueOrDefault(tensor.Key))];
                if (own.Contains(null))
                    return outcome with { NotCandidate = "it gave no tensor" };
                (Difference? difference, string? reason) = Compare(outcome.Oracle, [.. own.OfType<TensorValue>()], BoundsOf(context, op, tensors.HasOwnFunctions));
                return outcome with { Candidate = difference, NotCandidate = reason };
            }),
        ];
    }

    /// <summary>How far each output and state may be from the oracle's: for floats that accumulate, as far as any order of their sums may take them.</summary>
    private static ImmutableArray<FloatBound> BoundsOf(CandidateContext context, Operator op, bool ownFunctions) => [.. OperatorResultTensor.Of(context.Graph, op).Select(result =>
        FloatBound.Of(result.Tensor.Type.IsFloat() ? context.Reference.BoundOf(op.Index, result.Position, context.OracleValue, ownFunctions) : null))];

    private static (Difference? Difference, string? Reason) Compare(
        ImmutableArray<TensorValue> expected, ImmutableArray<TensorValue> actual, ImmutableArray<FloatBound> bounds)
    {
        Difference total = Difference.None;
        foreach ((TensorValue left, TensorValue right, FloatBound bound) in expected.Zip(actual, bounds))
        {
            Outcome outcome = TensorComparer.Compare(left, right, null, bound);
            if (outcome is not Metrics metrics)
                return (null, ((NotComparable)outcome).Reason);
            string first = metrics is { Beyond: > 0, Worst: { } worst }
                ? $"at [{string.Join(',', worst.Index)}] expected {worst.Expected}, actual {worst.Actual}" : "";
            total = new(total.Elements + metrics.Elements, total.Differing + metrics.Beyond, total.First.Length > 0 ? total.First : first);
        }
        return (total, null);
    }

    /// <summary>Cases that share a model, and the flavour that it is captured in.</summary>
    private sealed record Batch(Flavour Flavour, ImmutableArray<OperatorCase> Cases);

    private sealed record Captured(Batch Batch, CaseModel Model, ReadOnlyMemory<byte> Bytes, Graph Graph)
    {
        public Capture? Capture { get; init; }

        public NotCaptured? Failure { get; init; }
    }
}
