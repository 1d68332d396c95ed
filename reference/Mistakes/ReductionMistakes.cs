using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>Mistakes of MEAN, SUM and L2_NORMALIZATION (spec, section 6.7).</summary>
internal static class ReductionMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Mistake.In<PreparedCodeSum>(MistakeGroup.Operator, "mean-in-two-steps", "111", "divided first, then rescaled", "req(round(s/N) - zi)", "DividedFirst", (r, _) => r.Operator.Code != BuiltinOperator.Mean ? [] :
            from rounding in new[] { Rounding.HalfAway, Rounding.Truncate, Rounding.Floor, Rounding.HalfUp }
            select ((string?)$"{rounding}", InUnits(r) with { DividedFirst = rounding })),
        Mistake.In<PreparedCodeSum>(MistakeGroup.Operator, "mean-float", "111a", "divided in float32", "round((s - N*zi)*si/(N*so)) + zo", "Line", (r, _) =>
            from rounding in new[] { Rounding.HalfAway, Rounding.HalfEven, Rounding.Truncate, Rounding.Floor }
            select ((string?)$"{rounding}", InFloat(r, rounding))),
        Mistake.In<PreparedCodeSum>(MistakeGroup.Operator, "sum-zero-point", "41f", "zero point ignored in the sum", "sum q", "Subtracted", r => r.Subtracted == 0 ? null : r with { Subtracted = 0 }),
        Mistake.In<PreparedCodeSum>(MistakeGroup.Operator, "sum-unsigned", "119", "int8 read as uint8, or the reverse", "sum (uint8)q", "ReadAs", r => r.Output.Type != TensorType.Int8 ? null
            : r.ReadAs == TensorType.UInt8 ? Read(r, TensorType.Int8) : Read(r, TensorType.UInt8)),
        Mistake.In<PreparedL2Normalization>(MistakeGroup.Operator, "norm-float", "115", "normalized in float32", "round(128*x'/sqrt(sum))", "FloatRounding", (n, _) => n.Output.Type == TensorType.Float32 ? [] :
            new[] { Rounding.HalfAway, Rounding.HalfEven, Rounding.Truncate, Rounding.Floor }.Select(rounding => ((string?)$"{rounding}", n with { FloatRounding = rounding }))),
    ];

    /// <summary>The requantization of what is in units of the input already.</summary>
    private static PreparedCodeSum InUnits(PreparedCodeSum reduction)
    {
        ChannelScale scale = ChannelScale.From((double)reduction.Input.Quantization!.Scale / reduction.Output.Quantization!.Scale);
        return reduction with
        {
            Line = null,
            Last = null,
            Requantizer = reduction.Requantizer with { Scales = [.. reduction.Requantizer.Scales.Select(_ => scale)], ZeroPoint = reduction.Output.Quantization.ZeroPoint },
        };
    }

    private static PreparedCodeSum InFloat(PreparedCodeSum reduction, Rounding rounding)
    {
        (Quantization from, Quantization to) = (reduction.Input.Quantization!, reduction.Output.Quantization!);
        int count = reduction.Axes.Count;
        float factor = from.Scale / to.Scale / (reduction.Operator.Code == BuiltinOperator.Mean ? count : 1);
        return reduction with { Subtracted = from.ZeroPoint * count, Line = new(factor, 0, rounding, to.ZeroPoint), Last = null };
    }

    private static PreparedCodeSum Read(PreparedCodeSum reduction, TensorType type)
    {
        (int low, int high) = type.CodeRange()!.Value;
        return reduction with { ReadAs = type, Requantizer = reduction.Requantizer with { Low = low, High = high } };
    }
}
