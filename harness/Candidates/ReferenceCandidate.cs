using System.Collections.Concurrent;
using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
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
        ParallelOptions parallel = new() { CancellationToken = cancel };
        Parallel.ForEach(context.Graph.Operators, parallel, op => isolated[op.Index] = context.Reference.Run(op.Index, context.OracleValue));
        (TensorSet cumulative, ImmutableDictionary<LayerIndex, Substitution> substituted) = Chain(context, cancel);
        return new CandidateTensors
        {
            Against = IsolatedAgainst.OracleInputs,
            Isolated = new(context.Graph.Operators.SelectMany(op => Named(op, isolated[op.Index]))),
            Cumulative = cumulative,
            Substituted = substituted,
        };
    }

    /// <summary>
    /// Each operator on the outputs of those before it; behind one that cannot be computed, or only up to a bound, the chain goes on from the oracle's value.
    /// </summary>
    private static (TensorSet, ImmutableDictionary<LayerIndex, Substitution>) Chain(CandidateContext context, CancellationToken cancel)
    {
        Dictionary<TensorIndex, TensorValue> own = [], trusted = [];
        ImmutableDictionary<LayerIndex, Substitution>.Builder substituted = ImmutableDictionary.CreateBuilder<LayerIndex, Substitution>();
        foreach (Operator op in context.Graph.Operators)
        {
            cancel.ThrowIfCancellationRequested();
            OperatorResult result = context.Reference.Run(op.Index, tensor =>
                trusted.GetValueOrDefault(tensor) ?? context.Given(tensor));
            if (result.Reason is { } reason)
                substituted[op.Index] = new(ComputedBy.Oracle, reason);
            foreach ((TensorIndex tensor, int output) in op.Outputs.Select((tensor, output) => (tensor, output)))
            {
                bool hasOracle = context.Oracle.TryGet(tensor, out TensorValue? oracle);
                if (result.Reason is null)
                    own[tensor] = trusted[tensor] = result.Outputs[output];
                else if (hasOracle)
                    own[tensor] = trusted[tensor] = oracle!;
                // What is right up to a bound would be beyond every bound in exact operators behind it.
                if (context.Reference.Prepared(op.Index) is { IsExact: false } && hasOracle)
                    trusted[tensor] = oracle!;
            }
        }
        return (new(own.Select(pair => KeyValuePair.Create(TensorSet.KeyOf(pair.Key), pair.Value))), substituted.ToImmutable());
    }

    private static IEnumerable<KeyValuePair<string, TensorValue>> Named(Operator op, OperatorResult result) =>
        op.Outputs.Zip(result.Outputs, (tensor, value) => KeyValuePair.Create(TensorSet.KeyOf(tensor), value));
}
