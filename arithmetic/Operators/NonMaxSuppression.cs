using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Operators;

/// <summary>
/// NON_MAX_SUPPRESSION_V4 and V5: boxes [n, 4] of two corners in the order of their scores, without those that overlap a chosen one by the threshold or more; V5 may lower the scores of
/// others, and gives the scores. What is behind the chosen ones is 0. Equal scores are told apart by a heap, whose order is libstdc++'s.
/// </summary>
/// <param name="Thresholds">Of the overlap, then of the score.</param>
/// <param name="Sigma">By which V5 lowers scores; null for V4.</param>
public sealed record PreparedNonMaxSuppression(
    Operator Operator, TensorInfo Boxes, TensorInfo Scores, ImmutableArray<TensorInfo> Thresholds, TensorInfo? Sigma, ImmutableArray<TensorInfo> Outputs)
    : PreparedOperator(Operator, Sigma is null ? [Boxes, Scores, .. Thresholds] : [Boxes, Scores, .. Thresholds, Sigma], Outputs)
{
    /// <summary>How many boxes are chosen at most.</summary>
    public int Most => Outputs[0].Shape![0];
}

/// <summary>Preparing NON_MAX_SUPPRESSION_V4 and V5.</summary>
public static class NonMaxSuppression
{
    /// <remarks>How many boxes are chosen at most comes from the output tensor.</remarks>
    [Prepares(BuiltinOperator.NonMaxSuppressionV4)]
    [Prepares(BuiltinOperator.NonMaxSuppressionV5)]
    public static PreparedOperator Prepare(OperatorContext context, UnaryArithmetic arithmetic)
    {
        bool isSoft = context.Operator.Code == BuiltinOperator.NonMaxSuppressionV5;
        TensorInfo boxes = context.Input(0), scores = context.Input(1), indices = context.Output(0), count = context.Output(isSoft ? 2 : 1);
        ImmutableArray<TensorInfo> thresholds = [context.Input(3), context.Input(4)];
        TensorInfo? sigma = isSoft ? context.Input(5) : null;
        foreach (TensorInfo tensor in new[] { boxes, scores }.Concat(thresholds).Concat(isSoft ? [sigma!, context.Output(1)] : []))
            OperatorContext.Typed(tensor, TensorType.Float32);
        foreach (TensorInfo scalar in isSoft ? thresholds.Add(sigma!) : thresholds)
            OperatorContext.Shaped(scalar, []);
        int candidates = OperatorContext.Ranked(boxes, 2)[0], most = OperatorContext.Ranked(indices, 1)[0];
        OperatorContext.Shaped(boxes, [candidates, 4]);
        OperatorContext.Shaped(scores, [candidates]);
        OperatorContext.Typed(indices, TensorType.Int32);
        OperatorContext.Typed(count, TensorType.Int32);
        OperatorContext.Shaped(count, []);
        if (context.OptionalInput(2) is { IsConstant: true })
            OperatorContext.Shaped(indices, context.IntegersOf(2, 1));
        if (isSoft)
            OperatorContext.Shaped(context.Output(1), [most]);
        return new PreparedNonMaxSuppression(context.Operator, boxes, scores, thresholds, sigma, isSoft ? [indices, context.Output(1), count] : [indices, count]);
    }
}
