using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    /// <summary>Operators on plain numbers of one input.</summary>
    private static ImmutableArray<BuiltinOperator> Numbers =>
    [
        BuiltinOperator.Relu, BuiltinOperator.Relu6, BuiltinOperator.ReluN1To1, BuiltinOperator.Relu0To1, BuiltinOperator.LeakyRelu, BuiltinOperator.Abs,
        BuiltinOperator.Neg, BuiltinOperator.Sqrt, BuiltinOperator.Rsqrt, BuiltinOperator.Exp, BuiltinOperator.Log, BuiltinOperator.Logistic, BuiltinOperator.Tanh,
        BuiltinOperator.HardSwish, BuiltinOperator.Elu,
    ];

    private static IEnumerable<KeyValuePair<string, Func<Random, OperatorCase>>> Unaries() => new Dictionary<string, Func<Random, OperatorCase>>
    {
        ["RELU"] = random => Activated(random, BuiltinOperator.Relu, TensorType.UInt8, TensorType.Int8, TensorType.Int16),
        ["RELU6"] = random => Activated(random, BuiltinOperator.Relu6, TensorType.UInt8, TensorType.Int8, TensorType.Int16),
        ["RELU_N1_TO_1"] = random => Activated(random, BuiltinOperator.ReluN1To1, TensorType.UInt8, TensorType.Int8),
        ["RELU_0_TO_1"] = random => Activated(random, BuiltinOperator.Relu0To1, TensorType.UInt8, TensorType.Int8),
        ["LEAKY_RELU"] = LeakyRelu,
        ["HARD_SWISH"] = random => Activated(random, BuiltinOperator.HardSwish, TensorType.UInt8, TensorType.Int8),
        ["ELU"] = random => Activated(random, BuiltinOperator.Elu, TensorType.Int8),
        ["LOGISTIC 8-bit"] = random => Sigmoid(random, BuiltinOperator.Logistic, random.Pick(TensorType.UInt8, TensorType.Int8)),
        ["LOGISTIC int16"] = random => Sigmoid(random, BuiltinOperator.Logistic, TensorType.Int16),
        ["TANH 8-bit"] = random => Sigmoid(random, BuiltinOperator.Tanh, random.Pick(TensorType.UInt8, TensorType.Int8)),
        ["TANH int16"] = random => Sigmoid(random, BuiltinOperator.Tanh, TensorType.Int16),
        ["EXP"] = random => Function(random, BuiltinOperator.Exp),
        ["LOG"] = random => Function(random, BuiltinOperator.Log),
        ["ABS"] = random => Function(random, BuiltinOperator.Abs),
        ["SQRT"] = random => Root(random, BuiltinOperator.Sqrt),
        ["RSQRT"] = random => Root(random, BuiltinOperator.Rsqrt),
        ["NEG"] = Negation,
        ["QUANTIZE float32"] = QuantizedNumbers,
        ["QUANTIZE codes"] = RequantizedCodes,
        ["DEQUANTIZE"] = Dequantization,
        ["DEQUANTIZE float16"] = Halves,
        ["CAST"] = Cast,
    }
    .Concat(Numbers.Select(code => Family(code, " numbers", random => PlainNumber(random, code))));

    private static OperatorCase Activated(Random random, BuiltinOperator code, params ReadOnlySpan<TensorType> types)
    {
        Shape shape = random.NextShape();
        TensorType type = random.Pick(types);
        CaseTensor input = random.NextCodes(type, shape, type == TensorType.Int16 ? 1e-5 : 1e-3), output = random.NextCodes(type, shape) with { Scale = input.Scale * random.NextScale(0.1, 10) };
        if (random.Next(4) == 0)
            output = output with { Scale = input.Scale };
        return new(code, [input], output);
    }

    private static OperatorCase LeakyRelu(Random random)
    {
        float[] slopes = [0.1f, 0.2f, 0.01f, 0.3f, 0.5f, 1.5f, -0.2f, 1 / 3f];
        return Activated(random, BuiltinOperator.LeakyRelu, TensorType.UInt8, TensorType.Int8, TensorType.Int16) with
        {
            Options = new LeakyReluOptions(random.Next(3) == 0 ? random.NextSingle() : slopes[random.Next(slopes.Length)]),
        };
    }

    private static OperatorCase Sigmoid(Random random, BuiltinOperator code, TensorType type)
    {
        Shape shape = random.NextShape();
        (float scale, int zero) = (code, type) switch
        {
            (_, TensorType.Int16) => (1 / 32768f, 0),
            (BuiltinOperator.Logistic, TensorType.UInt8) => (1 / 256f, 0),
            (BuiltinOperator.Logistic, _) => (1 / 256f, -128),
            (_, TensorType.UInt8) => (1 / 128f, 128),
            _ => (1 / 128f, 0),
        };
        CaseTensor input = random.NextCodes(type, shape, 1e-3, 0.2);
        if (type == TensorType.Int16)
            input = input with { Scale = random.Next(2) == 0 ? MathF.ScaleB(1, -random.Next(10, 14)) : random.NextScale(1e-5, 1e-2) };
        return new(code, [input], new CaseTensor(type, shape, scale, zero));
    }

    private static OperatorCase Function(Random random, BuiltinOperator code)
    {
        Shape shape = random.NextShape();
        TensorType type = random.Pick(TensorType.Int8, TensorType.Int16);
        CaseTensor input = random.NextCodes(type, shape, 1e-3, 0.05);
        if (type == TensorType.Int16)
            input = input with { Scale = input.Scale / 256 };
        return new(code, [input], random.NextCodes(type, shape) with { Scale = (code == BuiltinOperator.Abs ? input.Scale : type == TensorType.Int16 ? 1e-4f : 0.02f) * random.NextScale(0.3, 3) });
    }

    private static OperatorCase Root(Random random, BuiltinOperator code)
    {
        OperatorCase made = Function(random, code);
        CaseTensor input = made.Inputs[0];
        // Negative values are refused.
        return made with { Inputs = [input with { Range = (input.ZeroPoint, input.Type.CodeRange()!.Value.High) }] };
    }

    private static OperatorCase Negation(Random random)
    {
        CaseTensor tensor = new(random.Pick(TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Float32), random.NextShape());
        return new(BuiltinOperator.Neg, [tensor], tensor);
    }

    private static OperatorCase PlainNumber(Random random, BuiltinOperator code)
    {
        CaseTensor tensor = new(TensorType.Float32, random.NextShape());
        if (code is BuiltinOperator.Sqrt or BuiltinOperator.Rsqrt or BuiltinOperator.Log)
            tensor = tensor with { Range = (1e-3, 1000) };
        else if (code is not (BuiltinOperator.Abs or BuiltinOperator.Neg))
            tensor = tensor with { Range = random.Next(4) == 0 ? (-110, 100) : (-20, 20) };
        if (code is BuiltinOperator.Exp or BuiltinOperator.Logistic or BuiltinOperator.Tanh or BuiltinOperator.Elu or BuiltinOperator.Log && random.Next(4) == 0)
            tensor = random.AtTheEnds(tensor);
        // XNNPACK knows no subnormal numbers; its square roots meet them above 2^126.
        bool isRoot = code is BuiltinOperator.Sqrt or BuiltinOperator.Rsqrt;
        CaseTensor input = random.Next(6) switch
        {
            0 => tensor with { Range = isRoot ? (0, 3e-38) : (-3e-38, 3e-38) },
            1 when isRoot => tensor with { Range = (1e-3, 3e38) },
            _ => tensor,
        };
        return new(code, [input], tensor with { Range = null }, code == BuiltinOperator.LeakyRelu ? new LeakyReluOptions(random.NextSingle()) : null);
    }

    private static OperatorCase QuantizedNumbers(Random random)
    {
        Shape shape = random.NextShape();
        CaseTensor output = random.NextCodes(random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16), shape);
        (int low, int high) = output.Type.CodeRange()!.Value;
        // Every second value is half a code.
        CaseTensor input = new(TensorType.Float32, shape)
        {
            Range = (1.2 * output.Scale * (low - output.ZeroPoint) - 1, 1.2 * output.Scale * (high - output.ZeroPoint) + 1),
            Grid = output.Scale / 2,
        };
        if (random.Next(8) == 0)
            input = input with { Range = (-1e30, 1e30) };
        return new(BuiltinOperator.Quantize, [input], output, new QuantizeOptions());
    }

    private static OperatorCase RequantizedCodes(Random random)
    {
        Shape shape = random.NextShape();
        (TensorType from, TensorType to) = random.Next(9) switch
        {
            0 => (TensorType.UInt8, TensorType.Int8),
            1 => (TensorType.Int8, TensorType.UInt8),
            2 => (TensorType.Int16, TensorType.Int8),
            3 => (TensorType.Int16, TensorType.Int16),
            4 => (TensorType.UInt8, TensorType.Int16),
            5 => (TensorType.Int8, TensorType.Int16),
            6 => (TensorType.UInt8, TensorType.UInt8),
            7 => (TensorType.Int16, TensorType.Int32),
            _ => (TensorType.Int8, TensorType.Int8),
        };
        CaseTensor input = random.NextCodes(from, shape);
        CaseTensor output = to == TensorType.Int32 ? new(to, shape, random.NextScale(1e-6, 1), random.Next(-1000, 1000)) : random.NextCodes(to, shape);
        // Four times the scale and more make ties of the second rounding, which vector bodies break otherwise.
        if (random.Next(2) == 0)
            output = output with { Scale = input.Scale * (1 << random.Next(4)) };
        else if (random.Next(10) == 0)
            output = output with { Scale = random.NextScale(1e-37, 1e-10) };
        if (random.Next(6) == 0 && (from, to) is (TensorType.UInt8, TensorType.Int8) or (TensorType.Int8, TensorType.UInt8))
            output = output with { Scale = input.Scale, ZeroPoint = from == TensorType.UInt8 ? input.ZeroPoint - 128 : input.ZeroPoint + 128 };
        return new(BuiltinOperator.Quantize, [input], output, new QuantizeOptions());
    }

    private static OperatorCase Dequantization(Random random)
    {
        Shape shape = random.NextShape();
        return new(
            BuiltinOperator.Dequantize, [random.NextCodes(random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16), shape)],
            new CaseTensor(TensorType.Float32, shape), new DequantizeOptions());
    }

    /// <summary>Every number, and every NaN, once where there is room.</summary>
    private static OperatorCase Halves(Random random)
    {
        Shape shape = random.NextShape();
        CaseTensor input = new(TensorType.Float16, shape);
        if (random.Next(2) == 0)
        {
            ushort start = (ushort)random.Next(1 << 16);
            input = input.With<ushort>([.. Enumerable.Range(0, shape.Elements).Select(i => (ushort)(start + i * 61))]);
        }
        return new(BuiltinOperator.Dequantize, [input], new CaseTensor(TensorType.Float32, shape), new DequantizeOptions());
    }

    private static OperatorCase Cast(Random random)
    {
        Shape shape = random.NextShape();
        ReadOnlySpan<TensorType> types = [TensorType.Float32, TensorType.Int64, TensorType.Int32, TensorType.Int16, TensorType.UInt8, TensorType.Int8, TensorType.Bool];
        // What float32 becomes differs most.
        TensorType from = random.Next(3) == 0 ? TensorType.Float32 : random.Pick(types), to = random.Pick(types);
        return new(BuiltinOperator.Cast, [new(from, shape)], new CaseTensor(to, shape), new CastOptions(from, to));
    }
}
