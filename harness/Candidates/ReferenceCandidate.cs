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

    /// <summary>Each operator on the outputs of those before it; one that cannot be computed takes the oracle's value, and the chain goes on from there.</summary>
    private static (TensorSet, ImmutableDictionary<LayerIndex, Substitution>) Chain(CandidateContext context, CancellationToken cancel)
    {
        Dictionary<TensorIndex, TensorValue> own = [];
        ImmutableDictionary<LayerIndex, Substitution>.Builder substituted = ImmutableDictionary.CreateBuilder<LayerIndex, Substitution>();
        foreach (Operator op in context.Graph.Operators)
        {
            cancel.ThrowIfCancellationRequested();
            OperatorResult result = context.Reference.Run(op.Index, tensor =>
                own.GetValueOrDefault(tensor) ?? (context.Inputs.TryGetInput(tensor, out TensorValue? input) ? input : null));
            if (result.Reason is { } reason)
                substituted[op.Index] = new(ComputedBy.Oracle, reason);
            foreach ((TensorIndex tensor, int output) in op.Outputs.Select((tensor, output) => (tensor, output)))
            {
                if (result.Reason is null)
                    own[tensor] = result.Outputs[output];
                else if (context.Oracle.TryGet(tensor, out TensorValue? value))
                    own[tensor] = value;
            }
        }
        return (new(own.Select(pair => KeyValuePair.Create(TensorSet.KeyOf(pair.Key), pair.Value))), substituted.ToImmutable());
    }

    private static IEnumerable<KeyValuePair<string, TensorValue>> Named(Operator op, OperatorResult result) =>
        op.Outputs.Zip(result.Outputs, (tensor, value) => KeyValuePair.Create(TensorSet.KeyOf(tensor), value));
}
