using System.Collections.Concurrent;
using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference;

namespace OffByN.Harness.Candidates;

/// <summary>Our C# reference, compared with the oracle like any other candidate.</summary>
public sealed class ReferenceCandidate : ICandidate
{
    public CandidateDescription Description { get; } = new("reference", "the C# reference, in the oracle's profile");

    public void Prepare(Graph graph, Profile profile)
    {
    }

    public Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) =>
        Task.Run(() => contexts.Select(context => Run(context, cancel)).ToImmutableArray(), cancel);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static CandidateTensors Run(CandidateContext context, CancellationToken cancel)
    {
        ConcurrentDictionary<LayerIndex, OperatorResult> isolated = new();
        ImmutableArray<Operator> alone = context.ChainOnly ? [] : context.Graph.Operators;
        Parallel.ForEach(alone, new ParallelOptions { CancellationToken = cancel }, op => isolated[op.Index] = context.Reference.Run(op.Index, context.OracleValue));
        (TensorSet cumulative, ImmutableDictionary<LayerIndex, Substitution> substituted) = Chain(context, cancel);
        return new CandidateTensors
        {
            Against = IsolatedAgainst.OracleInputs,
            Isolated = new(alone.SelectMany(op => Named(context, op, isolated[op.Index]))),
            Cumulative = cumulative,
            Substituted = substituted,
        };
    }

    /// <summary>
    /// Each operator on the outputs of those before it; behind one that cannot be computed, or only up to a bound, the chain goes on from the oracle's value.
    /// </summary>
    private static (TensorSet, ImmutableDictionary<LayerIndex, Substitution>) Chain(CandidateContext context, CancellationToken cancel)
    {
        Dictionary<string, TensorValue> own = [];
        Dictionary<TensorIndex, TensorValue> trusted = [];
        ImmutableDictionary<LayerIndex, Substitution>.Builder substituted = ImmutableDictionary.CreateBuilder<LayerIndex, Substitution>();
        foreach (Operator op in context.Graph.Operators)
        {
            cancel.ThrowIfCancellationRequested();
            OperatorResult result = context.Reference.Run(op.Index, tensor =>
                trusted.GetValueOrDefault(tensor) ?? context.Given(tensor));
            if (result.Reason is { } reason)
                substituted[op.Index] = new(ComputedBy.Oracle, reason);
            foreach (OperatorResultTensor tensor in OperatorResultTensor.Of(context.Graph, op))
            {
                TensorValue? oracle = context.OracleValue(tensor), value = result.Reason is null ? result[tensor.Position] : oracle;
                if (value is null)
                    continue;
                own[tensor.Key] = value;
                // What is right up to a bound would be beyond every bound in exact operators behind it.
                if (!tensor.IsState)
                    trusted[tensor.Tensor.Index] = oracle is not null && context.Reference.Prepared(op.Index)?.EndsChain(ownFunctions: false) == true ? oracle : value;
            }
        }
        return (new(own), substituted.ToImmutable());
    }

    private static IEnumerable<KeyValuePair<string, TensorValue>> Named(CandidateContext context, Operator op, OperatorResult result) =>
        OperatorResultTensor.Of(context.Graph, op).Where(_ => result.Reason is null).Select(tensor => KeyValuePair.Create(tensor.Key, result[tensor.Position]));
}
