using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Workers;

namespace OffByN.Harness.Candidates;

/// <summary>What is being checked.</summary>
public interface ICandidate : IKeepsWorkers, IAsyncDisposable
{
    CandidateDescription Description { get; }

    /// <summary>
    /// Begins whatever takes long and needs no oracle (a worker's start, a device's compiler), for a run that will probably follow this profile. Failures
    /// surface in <see cref="RunAsync"/>.
    /// </summary>
    void Prepare(Graph graph, Profile profile);

    /// <summary>The candidate's tensors for each context, in order. What it cannot give is left out, with a reason.</summary>
    Task<ImmutableArray<CandidateTensors>> RunAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel);

    /// <summary>The same once more, to see whether it is reproducible.</summary>
    Task<ImmutableArray<CandidateTensors>> RunAgainAsync(IReadOnlyList<CandidateContext> contexts, CancellationToken cancel) => RunAsync(contexts, cancel);

    /// <summary>Gives back the memory of tensors that nobody reads any more.</summary>
    void Release(CandidateTensors tensors)
    {
    }
}

/// <summary>What a candidate is run on.</summary>
/// <param name="Profile">The arithmetic that the oracle was found to follow.</param>
/// <param name="Delegated">Outputs of the operators that the oracle's runtime gave to its delegate.</param>
/// <param name="Inputs">The model's inputs, under <c>input_</c> keys.</param>
/// <param name="Oracle">The oracle's operator outputs, every one unless <see cref="ChainOnly"/>, and its states.</param>
/// <param name="Reference">The reference for the same profile.</param>
public sealed record CandidateContext(
    Graph Graph, Profile Profile, ImmutableHashSet<TensorIndex> Delegated, TensorSet Inputs, TensorSet Oracle, ReferencePipeline Reference)
{
    /// <summary>Keys of tensors that the oracle did not give, and why.</summary>
    public IReadOnlyDictionary<string, string> Unread { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether the candidate's own chain alone is wanted: <see cref="Oracle"/> does not hold what operators would be fed with.</summary>
    public bool ChainOnly { get; init; }

    /// <summary>The oracle's value of a tensor that an operator reads: a graph input, an operator output, or a state before the run.</summary>
    public TensorValue? OracleValue(TensorIndex tensor) => Oracle.TryGet(tensor, out TensorValue? output) ? output : Given(tensor);

    /// <summary>The oracle's value of what an operator leaves.</summary>
    public TensorValue? OracleValue(OperatorResultTensor result) => Oracle.Tensors.GetValueOrDefault(result.Key);

    /// <summary>The value of a tensor that no operator computes: a graph input, or a state before the run.</summary>
    public TensorValue? Given(TensorIndex tensor) => Inputs.TryGetInput(tensor, out TensorValue? input) ? input : Oracle.Given(tensor);
}

/// <summary>How an operator's own comparison came about.</summary>
public enum IsolatedAgainst
{
    /// <summary>The candidate ran each operator on the oracle's inputs; its outputs face the oracle's.</summary>
    OracleInputs,

    /// <summary>The candidate cannot be fed: its outputs face what the reference computes from the candidate's own inputs.</summary>
    OwnInputs,
}

/// <summary>An operator that something else computed in the candidate's place, and why.</summary>
public sealed record Substitution(ComputedBy By, string Reason);

/// <summary>The tensors of a candidate for one input.</summary>
public sealed record CandidateTensors
{
    public required IsolatedAgainst Against { get; init; }

    /// <summary>Operator outputs and states after the run, computed from the oracle's inputs; empty for a candidate that cannot be fed, and where the chain alone is wanted.</summary>
    public TensorSet Isolated { get; init; } = TensorSet.Empty;

    /// <summary>Operator outputs and states after the run, of the candidate's own chain.</summary>
    public TensorSet Cumulative { get; init; } = TensorSet.Empty;

    public ImmutableDictionary<LayerIndex, Substitution> Substituted { get; init; } = ImmutableDictionary<LayerIndex, Substitution>.Empty;

    /// <summary>Tensors that the candidate gave and the model does not know.</summary>
    public ImmutableArray<NotComparedTensor> Extra { get; init; } = [];

    /// <summary>Whether it has exponentials, logarithms and hyperbolic tangents of its own, which the C library's may differ from by an ulp.</summary>
    public bool HasOwnFunctions { get; init; }

    /// <summary>Why the candidate gave nothing; null when it gave something.</summary>
    public string? Failure { get; init; }

    public static CandidateTensors Failed(string reason) => new() { Against = IsolatedAgainst.OracleInputs, Failure = reason };
}
