using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Model;

namespace OffByN.Harness.Diagnosis;

/// <summary>One operator on one input: what it is expected to compute, and what the candidate made of the same inputs.</summary>
/// <param name="Expected">As the oracle computes it.</param>
/// <param name="Inputs">The inputs that the candidate had.</param>
/// <param name="ExpectedCodes">The first output as it should be.</param>
/// <param name="ActualCodes">The candidate's.</param>
public sealed record OperatorCase(
    Graph Graph, PreparedOperator Expected, ImmutableArray<ReadOnlyMemory<byte>> Inputs, ReadOnlyMemory<byte> ExpectedCodes, ReadOnlyMemory<byte> ActualCodes)
{
    public LayerIndex Layer => Expected.Operator.Index;

    public TensorInfo Output => Expected.Outputs[0];

    /// <summary>What comes before the operator at the end of a segment; null for an operator by itself.</summary>
    public Upstream? Upstream { get; init; }

    /// <summary>
    /// The operator with the inputs that the candidate had; null where they, or its arithmetic, are not known. At the end of a segment its inputs are what the reference
    /// makes of the segment's.
    /// </summary>
    public static OperatorCase? Of(CandidateContext context, CandidateTensors candidate, LayerIndex layer)
    {
        if (context.Reference.Prepared(layer) is not { Outputs: [{ Shape: not null } output] } expected)
            return null;
        bool isFed = candidate.Against == IsolatedAgainst.OracleInputs;
        OwnInputs? own = isFed ? null : new(context, candidate);
        Segment? segment = own?.SegmentOf(context.Graph[layer]);
        Func<TensorIndex, TensorValue?> valueOf = own is null ? context.OracleValue : own.ValueOf;
        if (!(isFed ? candidate.Isolated : candidate.Cumulative).TryGet(output.Index, out TensorValue? actual)
            || (own is null ? context.Reference.Run(layer, valueOf) : own.Run(segment!)) is not { Outputs: [TensorValue computed] }
            || actual.Data.Length != computed.Data.Length)
            return null;
        ReadOnlyMemory<byte> codes = isFed && context.Oracle.TryGet(output.Index, out TensorValue? oracle) ? oracle.Data : computed.Data;
        return codes.Length != computed.Data.Length ? null : new(
            context.Graph, expected, [.. expected.Inputs.Select(input => input.IsConstant ? input.Data : valueOf(input.Index)!.Data)], codes, actual.Data)
        {
            Upstream = UpstreamOf(context, segment, valueOf),
        };
    }

    /// <summary>Null also where an operator has several outputs, which are not recomputed one by one.</summary>
    private static Upstream? UpstreamOf(CandidateContext context, Segment? segment, Func<TensorIndex, TensorValue?> valueOf)
    {
        PreparedOperator?[] before = [.. segment?.Operators.SkipLast(1).Select(context.Reference.Prepared) ?? []];
        return before.Length > 0 && before.All(op => op is { Outputs: [{ Shape: not null }] }) ? new([.. before.Select(op => op!)], valueOf) : null;
    }

    /// <summary>The values that the candidate's operators read: the oracle's where it was fed with them, else its own.</summary>
    public static Func<TensorIndex, TensorValue?> InputsOf(CandidateContext context, CandidateTensors candidate) =>
        candidate.Against == IsolatedAgainst.OracleInputs ? context.OracleValue : new OwnInputs(context, candidate).ValueOf;
}
