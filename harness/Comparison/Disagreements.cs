using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.Comparison;

/// <summary>Where the oracle's flavours disagree, operator by operator.</summary>
public static class Disagreements
{
    /// <summary>
    /// The operators that two flavours compute differently from the same inputs, ascending. Where the flavours' own inputs differ already, the reference for one of them computes
    /// from the other's, if it is exact there; where that is not known, nothing is said of the operator.
    /// </summary>
    /// <param name="runs">One context for each flavour, by input.</param>
    public static ImmutableArray<LayerIndex> Of(IEnumerable<IEnumerable<CandidateContext>> runs, CancellationToken cancel)
    {
        CandidateContext[][] inputs = [.. runs.Select(flavours => flavours.ToArray()).Where(flavours => flavours.Length > 1)];
        return inputs.Length == 0 ? [] :
        [
            .. inputs[0][0].Graph.Operators.AsParallel().AsOrdered().WithCancellation(cancel)
                .Where(op => inputs.Any(flavours => flavours.Skip(1).Any(other => Disagree(op, flavours[0], other)))).Select(op => op.Index),
        ];
    }

    private static bool Disagree(Operator op, CandidateContext one, CandidateContext other)
    {
        if (op.Inputs.All(input => input.IsNone || AreEqual(one.OracleValue(input), other.OracleValue(input))))
            return OperatorResultTensor.Of(one.Graph, op).Any(left => !AreEqual(one.OracleValue(left), other.OracleValue(left)));
        return !HaveOneArithmetic(op, one, other) && Differs(op, other, one) && !Differs(op, other, other);
    }

    /// <summary>Whether the reference for a flavour gives something else than the oracle from which the inputs are.</summary>
    private static bool Differs(Operator op, CandidateContext flavour, CandidateContext inputs)
    {
        if (flavour.Reference.Prepared(op.Index) is not { IsExact: true } || flavour.Reference.Run(op.Index, inputs.OracleValue) is not { Reason: null } result)
            return false;
        return OperatorResultTensor.Of(inputs.Graph, op).Any(left => inputs.OracleValue(left) is { } oracle && !AreEqual(oracle, result[left.Position]));
    }

    private static bool HaveOneArithmetic(Operator op, CandidateContext one, CandidateContext other)
    {
        try
        {
            return ArithmeticOf(op, one).Equals(ArithmeticOf(op, other));
        }
        catch (NotComputableException)
        {
            return false;
        }
    }

    private static OperatorArithmetic ArithmeticOf(Operator op, CandidateContext context) =>
        context.Profile.ArithmeticOf(new(context.Graph, op), op.Outputs.Any(context.Delegated.Contains));

    /// <summary>True also for what neither side computes: constants, and inputs that are not given.</summary>
    private static bool AreEqual(TensorValue? one, TensorValue? other) => one is null || other is null
        ? one is null && other is null
        : one.Type == other.Type && one.Shape.Equals(other.Shape) && one.Data.Span.SequenceEqual(other.Data.Span);
}
