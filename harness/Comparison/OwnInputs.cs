using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference;

namespace OffByN.Harness.Comparison;

/// <summary>
/// What a candidate that cannot be fed had before each operator: its own tensors and the run's inputs; where it gave none (fused operators), what the reference
/// computes from the nearest that it gave. Safe for use by several threads.
/// </summary>
public sealed class OwnInputs
{
    private readonly CandidateContext context;
    private readonly CandidateTensors candidate;
    private readonly Dictionary<TensorIndex, Operator> producers;
    private readonly Lazy<OperatorResult>[] recomputed;
    private readonly Lazy<string?>[] obstacles;

    public OwnInputs(CandidateContext context, CandidateTensors candidate)
    {
        (this.context, this.candidate) = (context, candidate);
        ImmutableArray<Operator> operators = context.Graph.Operators;
        producers = operators.SelectMany(op => op.Outputs.Where(tensor => !tensor.IsNone).Select(tensor => KeyValuePair.Create(tensor, op))).ToDictionary();
        recomputed = [.. operators.Select(op => new Lazy<OperatorResult>(() => context.Reference.Run(op.Index, ValueOf)))];
        obstacles = [.. operators.Select(op => new Lazy<string?>(() => Miscalibration(op)))];
    }

    /// <summary>A tensor that the candidate gave, or an input of the run; else what the reference makes of those; null where that is not known.</summary>
    public TensorValue? ValueOf(TensorIndex tensor) => Given(tensor)
        ?? (producers.TryGetValue(tensor, out Operator? op) && recomputed[op.Index.Value].Value is { Reason: null } result ? result.Outputs[op.Outputs.IndexOf(tensor)] : null);

    /// <summary>
    /// The operator, and those before it whose outputs it needs and the candidate did not give, back to the nearest tensors that it gave. With one member it is the
    /// operator alone.
    /// </summary>
    public Segment SegmentOf(Operator op)
    {
        HashSet<LayerIndex> members = [op.Index];
        Stack<Operator> open = new([op]);
        ImmutableDictionary<TensorIndex, TensorInfo> unpacked = UnpackedConstants.Of(context.Graph);
        while (open.TryPop(out Operator? member))
        {
            foreach (TensorIndex input in member.Inputs)
            {
                if (!input.IsNone && !unpacked.ContainsKey(input) && Given(input) is null && producers.TryGetValue(input, out Operator? producer) && members.Add(producer.Index))
                    open.Push(producer);
            }
        }
        return new([.. members.OrderBy(layer => layer.Value)]);
    }

    /// <summary>What the last operator of a segment gives for the candidate's own values, or why that is not known.</summary>
    public OperatorResult Run(Segment segment)
    {
        // In the order of the graph, so that none waits for more than the one before it.
        foreach (LayerIndex member in segment.Operators)
        {
            if (recomputed[member.Value].Value.Reason is { } reason)
                return OperatorResult.Not(Of(segment, member, reason));
        }
        return recomputed[segment.Last.Value].Value;
    }

    /// <summary>
    /// The output that the candidate should have. Recomputing says something only where the reference equals the oracle on the oracle's inputs; else the reason.
    /// </summary>
    public (TensorValue? Value, string? Reason) Expected(Segment segment, OperatorResultTensor output)
    {
        foreach (LayerIndex member in segment.Operators)
        {
            if (obstacles[member.Value].Value is { } reason)
                return (null, Of(segment, member, reason));
            if (member != segment.Last && context.Reference.BoundOf(member, 0, ValueOf) is not null)
                return (null, Of(segment, member, "what it computes in floating point is known up to a bound only, which says nothing about the operators after it"));
        }
        // From equal inputs the reference would compute the oracle's output once more.
        if (segment.Operators.All(member => context.Graph[member].Inputs.All(input => Given(input) is not { } own || IsOracles(own, context.OracleValue(input))))
            && context.OracleValue(output) is { } oracle)
            return (oracle, null);
        OperatorResult result = Run(segment);
        return result.Reason is { } obstacle ? (null, obstacle) : (result[output.Position], null);
    }

    /// <summary>How far the candidate's output may be from <see cref="Expected"/> and still be right.</summary>
    public FloatBound BoundOf(Segment segment, int output) => FloatBound.Of(context.Reference.BoundOf(segment.Last, output, ValueOf));

    private TensorValue? Given(TensorIndex tensor) => candidate.Cumulative.TryGet(tensor, out TensorValue? value) ? value : context.Given(tensor);

    private string Of(Segment segment, LayerIndex member, string reason) =>
        member == segment.Last ? reason : $"operator {member} {context.Graph[member].Name}, whose output the candidate did not give: {reason}";

    private static bool IsOracles(TensorValue own, TensorValue? oracle) =>
        oracle is not null && own.Type == oracle.Type && own.Shape.Equals(oracle.Shape) && own.Data.Span.SequenceEqual(oracle.Data.Span);

    private string? Miscalibration(Operator op)
    {
        OperatorResult reference = context.Reference.Run(op.Index, context.OracleValue);
        if (reference.Reason is { } obstacle)
            return obstacle;
        foreach (OperatorResultTensor result in OperatorResultTensor.Of(context.Graph, op))
        {
            if (context.OracleValue(result) is not { } oracle
                || TensorComparer.Compare(oracle, reference[result.Position], null, FloatBound.Of(context.Reference.BoundOf(op.Index, result.Position, context.OracleValue)))
                    is not Metrics { Elements: > 0, Beyond: 0 })
                return "reference not exact here: on the oracle's inputs it does not give the oracle's output";
        }
        return null;
    }
}
