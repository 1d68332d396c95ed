using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Mistakes;

namespace OffByN.Harness.Diagnosis;

/// <summary>The operators of a segment before its last one.</summary>
/// <param name="Operators">As the oracle computes them, ascending.</param>
/// <param name="ValueOf">The values that the segment starts from.</param>
public sealed record Upstream(ImmutableArray<PreparedOperator> Operators, Func<TensorIndex, TensorValue?> ValueOf);

/// <summary>Hypotheses on a segment as a whole: a device that rounds otherwise does so in all of its operators.</summary>
internal static class Throughout
{
    /// <summary>Products that the mistakes tried on one segment may cost; legitimate alternatives are tried whatever they cost.</summary>
    private const long Budget = 500_000_000;

    /// <summary>How much longer sums take that are not those of the expected convolution.</summary>
    private const int SlowSums = 20;

    /// <summary>Every single entry of the catalogue, in each of the segment's operators that it applies to; none where it applies to the last operator alone.</summary>
    public static ImmutableArray<Hypothesis> Of(OperatorCase one) => one.Upstream is null ? [] :
    [
        .. from entry in MistakeCatalogue.All.Index()
           let operators = one.Upstream.Operators.Add(one.Expected)
           let variants = operators.Select(op => entry.Item.Variants(new Site(one.Graph, op)).ToArray()).ToArray()
           from parameter in variants.SkipLast(1).SelectMany(some => some).Select(variant => variant.Parameter).Distinct().Index()
           let changed = operators.Zip(variants, (op, some) => some.Where(variant => variant.Parameter == parameter.Item).Select(variant => variant.Prepared).FirstOrDefault(op)).ToArray()
           select new Hypothesis([entry.Item], parameter.Item, changed[^1]) { Rank = entry.Index * 1000 + parameter.Index, Before = [.. changed[..^1]] },
    ];

    /// <summary>Those that are always tried: all that are legitimate, and of the mistakes as many as the budget allows, in the order of the catalogue.</summary>
    public static IEnumerable<Hypothesis> Affordable(OperatorCase one, ImmutableArray<Hypothesis> all)
    {
        long cost = one.Upstream is null ? 0 : one.Upstream.Operators.Add(one.Expected).Sum(Products), left = Budget;
        foreach (Hypothesis hypothesis in all)
        {
            if (hypothesis.IsLegitimate || (left -= hypothesis.Mistakes[0].OnRequantizer is null ? SlowSums * cost : cost) >= 0)
                yield return hypothesis;
        }
    }

    /// <summary>All bytes of the segment's output as the hypothesis computes it.</summary>
    public static byte[] Run(OperatorCase one, Hypothesis hypothesis) => Recomputation.Of(hypothesis.Prepared, InputsOf(one, hypothesis)).Run(hypothesis.Prepared);

    /// <summary>The inputs of the last operator as the hypothesis makes them; the case's own where it changes the last operator alone.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> InputsOf(OperatorCase one, Hypothesis hypothesis)
    {
        if (hypothesis.Before.IsEmpty)
            return one.Inputs;
        Dictionary<TensorIndex, ReadOnlyMemory<byte>> made = [];
        foreach (PreparedOperator op in hypothesis.Before)
            made[op.Outputs[0].Index] = Recomputation.Of(op, [.. op.Inputs.Select(Value)]).Run(op);
        return [.. hypothesis.Prepared.Inputs.Select(Value)];

        ReadOnlyMemory<byte> Value(TensorInfo input) => input.IsConstant ? input.Data
            : made.TryGetValue(input.Index, out ReadOnlyMemory<byte> own) ? own : one.Upstream!.ValueOf(input.Index)!.Data;
    }

    private static long Products(PreparedOperator op) => op is PreparedConvolution convolution
        ? (long)convolution.Window.Positions * convolution.OutputChannels * convolution.Window.Taps * (convolution.IsDepthwise ? 1 : convolution.ChannelsPerGroup)
        : op.Outputs[0].Shape?.Elements ?? 0;
}
