using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Reference.Mistakes;

/// <summary>Mistakes of operators of one input (spec, section 6.7): functions of real numbers, activations, conversions.</summary>
internal static class TableMistakes
{
    private const string Field = "Body, Tail";

    private static readonly ImmutableArray<Rounding> Roundings = [Rounding.HalfAway, Rounding.HalfEven, Rounding.HalfUp, Rounding.Truncate, Rounding.Floor];

    public static readonly ImmutableArray<Mistake> All =
    [
        Table("function-rounding", "105", "function rounded otherwise", "round(f(x)/so) + zo with another rounding", t => t.Operator.Code switch
        {
            BuiltinOperator.Logistic => EveryRounding(t, x => 1f / (1f + MathF.Exp(-x))),
            BuiltinOperator.Tanh => EveryRounding(t, MathF.Tanh),
            BuiltinOperator.Elu => EveryRounding(t, x => x < 0 ? MathF.Exp(x) - 1 : x),
            BuiltinOperator.Exp => EveryRounding(t, MathF.Exp),
            BuiltinOperator.Sqrt => EveryRounding(t, x => MathF.Sqrt(MathF.Max(x, 0))),
            _ => [],
        }),
        Table("table-index", "106", "table read with an index that is 128 off", "lut[q + 128] of a table by (uint8)q", t => t.Body.Length != 256 ? [] :
            [(null, t with { Body = [.. t.Body[128..], .. t.Body[..128]], Tail = [.. t.Tail[128..], .. t.Tail[..128]] })]),
        Table("hard-swish-float", "107", "computed in float32", "round(x*relu6(x+3)/6 / so) + zo", t =>
            t.Operator.Code == BuiltinOperator.HardSwish ? EveryRounding(t, x => x * MathF.Min(MathF.Max(x + 3, 0), 6) / 6) : []),
        Table("leaky-alpha", "108", "slope applied in another way", "float, alpha of 8 bits, x' >> k, x without its zero point", Slopes),
        Table("rescaled-otherwise", "112a", "codes rescaled with another rounding", "round((q - zi)*si/so) + zo", t =>
            t.Operator.Code is BuiltinOperator.Quantize or BuiltinOperator.Relu or BuiltinOperator.Relu6 ? EveryRounding(t, Bounded(t.Operator.Code)) : []),
        Table("dequantized-in-half", "113", "half precision on the way", "(half)scale * (half)(q - z)", t => t is not { Operator.Code: BuiltinOperator.Dequantize, Output.Type: TensorType.Float32 } ? [] :
        [
            ("the result", Numbers(t, (code, scale) => (float)(Half)(scale * code))),
            ("the scale and the result", Numbers(t, (code, scale) => (float)(Half)((float)(Half)scale * code))),
            ("the scale", Numbers(t, (code, scale) => (float)(Half)scale * code)),
        ]),
        Table("dequantized-without-zero-point", "41e", "zero point ignored", "q * scale", t => t is { Operator.Code: BuiltinOperator.Dequantize, Output.Type: TensorType.Float32 } && t.Input.Quantization!.ZeroPoint != 0
            ? [(null, Numbers(t, (code, scale) => (code + t.Input.Quantization!.ZeroPoint) * scale))] : []),
        Mistake.In<PreparedQuantize>(MistakeGroup.Operator, "quantize-rounding", "112", "rounded otherwise", "(int)(x/s), floor(x/s + 0.5)", "Body, Tail", (q, _) =>
            new[] { QuantizeMethod.DivideTruncated, QuantizeMethod.DivideHalfUp }.Select(method => ((string?)method.ToString(), q with { Body = method, Tail = method }))),
        Mistake.In<PreparedQuantize>(MistakeGroup.Operator, "quantize-clamped-first", "36", "clamped before the conversion to int", "(int)clamp(x/s), where TFLite's overflows to INT_MIN", "Body, Tail", q =>
            q with { Body = QuantizeMethod.MultiplyClamped, Tail = QuantizeMethod.MultiplyClamped }),
        Mistake.In<PreparedQuantize>(MistakeGroup.Operator, "quantize-zero-point", "38e", "zero point missing", "round(x/s)", "ZeroPoint", q => q.ZeroPoint == 0 ? null : q with { ZeroPoint = 0 }),
    ];

    private static Func<float, float> Bounded(BuiltinOperator code) => code switch
    {
        BuiltinOperator.Relu => x => MathF.Max(x, 0),
        BuiltinOperator.Relu6 => x => MathF.Min(MathF.Max(x, 0), 6),
        _ => x => x,
    };

    private static IEnumerable<(string?, PreparedTable)> Slopes(PreparedTable t)
    {
        if (t.Operator.Options is not LeakyReluOptions { Alpha: var alpha })
            return [];
        float coarse = MathF.Round(alpha * 256, MidpointRounding.AwayFromZero) / 256;
        int shift = Math.Clamp((int)Math.Round(-Math.Log2(Math.Abs(alpha))), 0, 31);
        int zeroPoint = t.Input.Quantization!.ZeroPoint;
        float scale = t.Input.Quantization.Scale;
        return
        [
            .. EveryRounding(t, x => x < 0 ? x * alpha : x),
            ("alpha of 8 bits", Codes(t, code => code < 0 ? code * scale * coarse : code * scale, Rounding.HalfAway)),
            ("arithmetic shift", Codes(t, code => code < 0 ? (code >> shift) * scale : code * scale, Rounding.HalfAway)),
            ("without the zero point", Codes(t, code => code < 0 ? (code + zeroPoint) * scale * alpha : code * scale, Rounding.HalfAway)),
        ];
    }

    private static IEnumerable<(string?, PreparedTable)> EveryRounding(PreparedTable t, Func<float, float> function)
    {
        float scale = t.Input.Quantization!.Scale;
        return t.Output.Type.CodeRange() is null ? [] : Roundings.Select(rounding => ((string?)$"float32, {rounding}", Codes(t, code => function(scale * code), rounding)));
    }

    /// <summary>A table of codes from real results of codes less their zero point.</summary>
    private static PreparedTable Codes(PreparedTable t, Func<int, float> real, Rounding rounding)
    {
        Quantization output = t.Output.Quantization!;
        (int low, int high) = t.Output.Type.CodeRange()!.Value;
        return With(t, code => (int)Math.Clamp((long)FixedPoint.Round((float)(real(code) / output.Scale), rounding) + output.ZeroPoint, low, high), t.Output.Type.Bits() / 8, BitConverter.GetBytes);
    }

    private static PreparedTable Numbers(PreparedTable t, Func<int, float, float> real)
    {
        float scale = t.Input.Quantization!.Scale;
        return With(t, code => real(code, scale), sizeof(float), BitConverter.GetBytes);
    }

    private static PreparedTable With<T>(PreparedTable t, Func<int, T> result, int bytes, Func<T, byte[]> bytesOf)
    {
        (int low, int high) = t.Input.Type.CodeRange()!.Value;
        byte[] table = new byte[(high - low + 1) * bytes];
        for (int code = low; code <= high; code++)
            bytesOf(result(code - t.Input.Quantization!.ZeroPoint)).AsSpan(0, bytes).CopyTo(table.AsSpan((code & (high - low)) * bytes));
        return t with { Body = [.. table], Tail = [.. table] };
    }

    private static Mistake Table(string slug, string catalogue, string name, string change, Func<PreparedTable, IEnumerable<(string? Parameter, PreparedTable Changed)>> changed) =>
        Mistake.In<PreparedTable>(MistakeGroup.Operator, slug, catalogue, name, change, Field, (t, _) => t.Input.Quantization is null ? [] : changed(t));
}
