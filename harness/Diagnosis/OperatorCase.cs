using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Candidates;
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

    /// <summary>The operator with the inputs that the candidate had; null where they, or its arithmetic, are not known.</summary>
    public static OperatorCase? Of(CandidateContext context, CandidateTensors candidate, LayerIndex layer)
    {
        if (context.Reference.Prepared(layer) is not { Outputs: [{ Shape: not null } output] } expected)
            return null;
        bool isFed = candidate.Against == IsolatedAgainst.OracleInputs;
        Func<TensorIndex, TensorValue?> valueOf = isFed ? context.OracleValue
            : tensor => candidate.Cumulative.TryGet(tensor, out TensorValue? value) ? value : context.Given(tensor);
        if (!(isFed ? candidate.Isolated : candidate.Cumulative).TryGet(output.Index, out TensorValue? actual)
            || context.Reference.Run(layer, valueOf) is not { Outputs: [TensorValue computed] } || actual.Data.Length != computed.Data.Length)
            return null;
        ReadOnlyMemory<byte> codes = isFed && context.Oracle.TryGet(output.Index, out TensorValue? oracle) ? oracle.Data : computed.Data;
        return codes.Length != computed.Data.Length ? null : new(
            context.Graph, expected, [.. expected.Inputs.Select(input => input.IsConstant ? input.Data : valueOf(input.Index)!.Data)], codes, actual.Data);
    }
}
