using System.Collections.Immutable;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Localization;

/// <summary>
/// A candidate's own chain beside an oracle that is tapped where it must be: at what is compared, at what the bounds of floats are made of, and at what the chain takes from the oracle.
/// What it says of an operator is what a verification says in the cumulative column.
/// </summary>
/// <param name="request">Its first input and flavour are what is run.</param>
/// <param name="cancel">Ends it.</param>
public sealed class TappedChain(VerificationRequest request, CancellationToken cancel)
{
    private readonly ImmutableArray<TensorIndex> all = Tapping.Tapped(request.Graph);
    private readonly HashSet<TensorIndex> tapped = [];
    private Capture? captured;
    private CandidateContext? context;
    private CandidateTensors? candidate;

    /// <summary>
    /// The operators that decide whether anything differs, ascending: what they leave goes out of the model, or the chain goes on from the oracle's value in its place, so that no
    /// operator behind them would show a difference.
    /// </summary>
    /// <returns>None with a reason where the oracle gave nothing, or there is no such operator.</returns>
    public async Task<(ImmutableArray<LayerIndex> Layers, string? Obstacle)> EndsAsync()
    {
        ImmutableArray<LayerIndex> leaves = [.. request.Graph.Operators.Where(LeavesModel).Select(op => op.Index)];
        if (leaves.IsEmpty)
            return ([], "no operator makes an output of the model");
        if (await TapAsync(leaves.SelectMany(NeededBy)).ConfigureAwait(false) is { } obstacle)
            return ([], obstacle);
        ImmutableArray<LayerIndex> ends = [.. leaves.Concat(candidate!.Against == IsolatedAgainst.OracleInputs ? ChainEnds() : []).Distinct().OrderBy(layer => layer.Value)];
        return (ends, await TapAsync(ends.SelectMany(NeededBy)).ConfigureAwait(false));
    }

    /// <summary>Everything that an operator leaves, one entry each; asked for after <see cref="EndsAsync"/>.</summary>
    public async Task<ImmutableArray<LayerComparison>> CompareAsync(LayerIndex layer)
    {
        string? obstacle = await TapAsync(NeededBy(layer)).ConfigureAwait(false);
        ImmutableArray<LayerComparison> compared = LayerComparisons.OfChain(context!, candidate ?? CandidateTensors.Failed(obstacle!), request.Graph[layer]);
        return obstacle is null ? compared : [.. compared.Select(one => one.Cumulative is null ? one with { Reason = $"the oracle gave nothing: {obstacle}" } : one)];
    }

    /// <summary>The operator and all whose outputs reach it, ascending; those that leave nothing are left out.</summary>
    public ImmutableArray<LayerIndex> UpTo(LayerIndex layer)
    {
        HashSet<TensorIndex> read = [];
        Stack<LayerIndex> reaching = [];
        for (int position = layer.Value; position >= 0; position--)
        {
            Operator op = request.Graph.Operators[position];
            if (op.Index != layer && !op.Outputs.Any(read.Contains))
                continue;
            read.UnionWith(op.Inputs.Where(input => !input.IsNone));
            if (!OperatorResultTensor.Of(request.Graph, op).IsEmpty)
                reaching.Push(op.Index);
        }
        return [.. reaching];
    }

    /// <summary>Taps the oracle there too, and wherever the chain takes a value of it: what was not computed shows only when it has run, and then it is run anew.</summary>
    /// <returns>Why the oracle gave nothing; null where it gave something.</returns>
    private async Task<string?> TapAsync(IEnumerable<TensorIndex> taps)
    {
        // A delegate computes what lies between its taps as it likes, and tells of these alone that it took them.
        if (await CaptureAsync(request.Flavours[0] == Flavour.Xnn ? all : taps).ConfigureAwait(false) is { } failure)
            return failure;
        while (context is not null)
        {
            int before = tapped.Count;
            if (await CaptureAsync(TakenFromOracle(context)).ConfigureAwait(false) is { } refusal)
                return refusal;
            if (candidate is not null && tapped.Count == before)
                return null;
            candidate = tapped.Count > before ? null : (await request.Candidate.RunAsync([context], cancel).ConfigureAwait(false))[0];
        }
        return "nothing of what the model gives can be read";
    }

    /// <summary>Captures those tensors that are not captured yet.</summary>
    private async Task<string?> CaptureAsync(IEnumerable<TensorIndex> tensors)
    {
        ImmutableArray<TensorIndex> taps = [.. tensors.Where(all.Contains).Except(tapped).OrderBy(tensor => tensor.Value)];
        if (taps.IsEmpty)
            return null;
        CaptureRequest sparse = new(request.Graph, Tapping.Tap(request.Model, request.Graph, taps), request.Inputs[0], request.Flavours[0]) { Taps = taps };
        CaptureOutcome outcome = (await request.Oracle.CaptureAsync([sparse], cancel).ConfigureAwait(false))[0];
        if (outcome.Capture is not { } capture)
            return outcome.Failure!.Reason;
        tapped.UnionWith(taps);
        captured = captured is null ? capture : capture with
        {
            Tensors = new(captured.Tensors.Tensors.SetItems(capture.Tensors.Tensors)),
            Unread = captured.Unread.SetItems(capture.Unread),
            Delegated = captured.Delegated.Union(capture.Delegated),
        };
        context = Verification.ContextOf(request.Graph, request.Inputs[0], captured)! with { ChainOnly = true };
        return null;
    }

    /// <summary>
    /// Outputs of operators that cannot be computed, or are right up to a bound only, and integers that may be operands; all where a shape is not the file's, since those behind it
    /// will not be either.
    /// </summary>
    private IEnumerable<TensorIndex> TakenFromOracle(CandidateContext known)
    {
        return known.Graph.Tensors.Zip(request.Graph.Tensors).Any(tensor => !Equals(tensor.First.Shape, tensor.Second.Shape)) ? all
            : known.Graph.Operators.SelectMany(op => op.Inputs.Where(MayBeOperand).Concat(IsTaken(op) ? op.Outputs : []));

        bool MayBeOperand(TensorIndex tensor) => !tensor.IsNone && known.Graph[tensor].Type is TensorType.Int32 or TensorType.Int64;
    }

    private bool IsTaken(Operator op) =>
        candidate?.Substituted.ContainsKey(op.Index) == true || context!.Reference.Prepared(op.Index)?.EndsChain(ownFunctions: true) != false;

    /// <summary>Where the oracle's values take the place of the chain's: operators whose outputs they replace, and before those that were not computed the ones that feed them.</summary>
    private IEnumerable<LayerIndex> ChainEnds()
    {
        HashSet<TensorIndex> unread = [.. request.Graph.Operators.Where(op => candidate!.Substituted.ContainsKey(op.Index)).SelectMany(op => op.Inputs.Where(input => !input.IsNone))];
        return request.Graph.Operators.Where(op => !OperatorResultTensor.Of(request.Graph, op).IsEmpty && (IsTaken(op) || op.Outputs.Any(unread.Contains))).Select(op => op.Index);
    }

    private bool LeavesModel(Operator op) => OperatorResultTensor.Of(request.Graph, op).Any(result => result.LeavesModel(request.Graph));

    /// <summary>Its outputs, and where one of what it leaves is a float also its inputs, which the bound is made of.</summary>
    private IEnumerable<TensorIndex> NeededBy(LayerIndex layer)
    {
        Operator op = request.Graph[layer];
        return OperatorResultTensor.Of(request.Graph, op).Any(result => result.Tensor.Type.IsFloat()) ? op.Outputs.Concat(op.Inputs) : op.Outputs;
    }
}
