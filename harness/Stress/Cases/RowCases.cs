using System.Runtime.InteropServices;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Rows() => new()
    {
        ["SOFTMAX 8-bit"] = Softmax,
        ["SOFTMAX int16"] = WideSoftmax,
        ["SOFTMAX float32"] = FloatSoftmax,
        ["LOG_SOFTMAX"] = LogSoftmax,
        ["LOG_SOFTMAX float32"] = FloatLogSoftmax,
        ["L2_NORMALIZATION"] = L2Normalization,
    };

    private static OperatorCase Softmax(Random random)
    {
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8);
        Shape shape = random.NextShape();
        // The reference kernel aborts where the exponentials of a row sum up to 512.
        if (shape.Last > 500)
            shape = [.. shape.Take(shape.Count - 1), 500];
        return new(
            BuiltinOperator.Softmax, [random.NextCodes(type, shape, 1e-2, 1) with { Range = NextSpan(random, type) }],
            random.Next(4) == 0 ? new CaseTensor(TensorType.Int16, shape, 1f / (65535 + random.Next(2)), short.MinValue)
                : new CaseTensor(type, shape, type == TensorType.UInt8 ? 1 / 256f : 1 / 256f * (1 + (random.Next(-1, 2) * 5e-4f)), type == TensorType.UInt8 ? 0 : -128),
            new SoftmaxOptions(random.Next(3) == 0 ? random.NextScale(0.5, 4) : 1));
    }

    private static OperatorCase WideSoftmax(Random random)
    {
        Shape shape = random.NextShape();
        return new(
            BuiltinOperator.Softmax, [new(TensorType.Int16, shape, random.NextScale(1e-5, 1e-3)) { Range = NextSpan(random, TensorType.Int16) }],
            new CaseTensor(TensorType.Int16, shape, 1 / 32768f), new SoftmaxOptions(random.Next(3) == 0 ? random.NextScale(0.5, 4) : 1));
    }

    private static OperatorCase FloatSoftmax(Random random)
    {
        CaseTensor tensor = random.NextScores();
        return new(BuiltinOperator.Softmax, [tensor], tensor with { Value = null }, new SoftmaxOptions(random.Next(3) == 0 ? random.NextScale(0.5, 4) : 1));
    }

    private static OperatorCase FloatLogSoftmax(Random random)
    {
        CaseTensor tensor = random.NextScores();
        return new(BuiltinOperator.LogSoftmax, [tensor], tensor with { Value = null }, new LogSoftmaxOptions());
    }

    /// <summary>float32: close to each other, far apart, equal, or with some of -infinity, though no row is that alone.</summary>
    private static CaseTensor NextScores(this Random random)
    {
        CaseTensor tensor = new(TensorType.Float32, random.NextShape());
        switch (random.Next(6))
        {
            case 0:
                return tensor with { Range = (-120, 120) };
            case 1:
                return tensor with { Range = (-1e30, 1e30) };
            case 2:
                return tensor with { Range = (-1e-4, 1e-4) };
            case 3:
                float[] scores = MemoryMarshal.Cast<byte, float>((tensor with { Range = (-5, 5) }).Values(random)).ToArray();
                for (int i = 1; i < scores.Length; i++)
                    scores[i] = i % tensor.Shape.Last != 0 && random.Next(4) == 0 ? float.NegativeInfinity : scores[i];
                return tensor.With<float>(scores);
            default:
                return tensor with { Range = (-5, 5) };
        }
    }

    private static OperatorCase LogSoftmax(Random random)
    {
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8);
        Shape shape = random.NextShape();
        return new(
            BuiltinOperator.LogSoftmax, [random.NextCodes(type, shape, 1e-3, 0.5) with { Range = NextSpan(random, type) }],
            new CaseTensor(type, shape, 16f / 256, type.CodeRange()!.Value.High), new LogSoftmaxOptions());
    }

    private static OperatorCase L2Normalization(Random random)
    {
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Float32);
        Shape shape = random.NextShape();
        if (type == TensorType.Float32)
            return new(BuiltinOperator.L2Normalization, [new(type, shape)], new(type, shape), new L2NormOptions());
        return new(
            BuiltinOperator.L2Normalization, [random.NextCodes(type, shape) with { Range = NextSpan(random, type) }],
            new CaseTensor(type, shape, 1 / 128f, type == TensorType.UInt8 ? 128 : 0), new L2NormOptions());
    }

    /// <summary>All codes, or a few neighbours.</summary>
    private static (double, double)? NextSpan(Random random, TensorType type)
    {
        if (random.Next(2) == 0)
            return null;
        (int low, int high) = type.CodeRange()!.Value;
        int from = random.Next(low, high);
        return (from, Math.Min(high, from + random.Next(20)));
    }
}
