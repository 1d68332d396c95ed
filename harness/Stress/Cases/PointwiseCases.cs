using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Pointwise() => new()
    {
        ["FLOOR"] = random => Rounded(random, BuiltinOperator.Floor),
        ["CEIL"] = random => Rounded(random, BuiltinOperator.Ceil),
        ["ROUND"] = random => Rounded(random, BuiltinOperator.Round),
        ["SQUARE"] = random => PlainNumber(random, BuiltinOperator.Square),
        ["SIN"] = random => Sine(random, BuiltinOperator.Sin),
        ["COS"] = random => Sine(random, BuiltinOperator.Cos),
        ["SIGN"] = Sign,
        ["LOGICAL_NOT"] = LogicalNot,
        ["LOGICAL_AND"] = random => OfBools(random, BuiltinOperator.LogicalAnd),
        ["LOGICAL_OR"] = random => OfBools(random, BuiltinOperator.LogicalOr),
        ["REDUCE_ANY"] = random => ReducedBools(random, BuiltinOperator.ReduceAny),
        ["REDUCE_ALL"] = random => ReducedBools(random, BuiltinOperator.ReduceAll),
        ["GELU"] = Gelu,
        ["GELU numbers"] = random => PlainNumber(random, BuiltinOperator.Gelu) with { Options = new GeluOptions(random.Next(2) == 0) },
        ["POW"] = Power,
        ["POW one exponent"] = PowerOfOne,
        ["FLOOR_MOD"] = FloorModulo,
        ["BITWISE_XOR"] = random => Bitwise(random, BuiltinOperator.BitwiseXor),
        ["RIGHT_SHIFT"] = random => Bitwise(random, BuiltinOperator.RightShift),
        ["ATAN2"] = ArcTangent,
        ["ADD_N"] = SumOfMany,
    };

    /// <summary>Half of the numbers are integers or lie in the middle between two.</summary>
    private static OperatorCase Rounded(Random random, BuiltinOperator code)
    {
        CaseTensor tensor = new(TensorType.Float32, random.NextShape());
        return new(code, [tensor with { Range = random.Next(4) == 0 ? (-1e7, 1e7) : (-20, 20), Grid = 0.5f }], tensor);
    }

    private static OperatorCase Sine(Random random, BuiltinOperator code)
    {
        CaseTensor tensor = new(TensorType.Float32, random.NextShape());
        double most = Math.Pow(10, random.Next(-3, 5));
        return new(code, [tensor with { Range = (-most, most) }], tensor);
    }

    private static OperatorCase Sign(Random random)
    {
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Int32), random.NextShape());
        return new(BuiltinOperator.Sign, [tensor with { Range = (-2, 2), Grid = 1 }], tensor);
    }

    private static OperatorCase LogicalNot(Random random)
    {
        CaseTensor tensor = new(TensorType.Bool, random.NextShape());
        return new(BuiltinOperator.LogicalNot, [tensor], tensor);
    }

    private static OperatorCase OfBools(Random random, BuiltinOperator code)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        return new(code, [new(TensorType.Bool, first), new(TensorType.Bool, second)], new(TensorType.Bool, output));
    }

    /// <summary>Few elements are reduced to one, so that not all results are alike.</summary>
    private static OperatorCase ReducedBools(Random random, BuiltinOperator code)
    {
        int[] sizes = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 4))];
        sizes[0] = random.Next(1, 40);
        int[] axes = [.. Enumerable.Range(0, sizes.Length).Where(axis => random.Next(2) == 0).Take(2)];
        bool keeps = random.Next(2) == 0;
        Shape output = keeps ? [.. sizes.Select((size, axis) => axes.Contains(axis) ? 1 : size)] : [.. sizes.Where((_, axis) => !axes.Contains(axis))];
        int[] written = [.. axes.Select(axis => random.Next(3) == 0 ? axis - sizes.Length : axis)];
        return new(code, [new(TensorType.Bool, Shape.Create(sizes)), CaseTensor.Integers(written)], new(TensorType.Bool, output), new ReducerOptions(keeps));
    }

    private static OperatorCase Gelu(Random random)
    {
        Shape shape = random.NextShape();
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        CaseTensor input = random.NextCodes(type, shape, 1e-3, 0.1);
        if (type == TensorType.Int16)
            input = input with { Scale = input.Scale / 256 };
        return new(BuiltinOperator.Gelu, [input], random.NextCodes(type, shape) with { Scale = input.Scale * random.NextScale(0.3, 2) }, new GeluOptions(random.Next(2) == 0));
    }

    private static OperatorCase Power(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        // One exponent of another shape is a family of its own.
        if (second.Elements == 1 && !second.Equals(first))
            (first, second) = (output, output);
        return random.Next(2) == 0
            ? new(BuiltinOperator.Pow, [new(TensorType.Int32, first) { Range = (-9, 9) }, new(TensorType.Int32, second) { Range = (0, 12) }], new(TensorType.Int32, output))
            : new(BuiltinOperator.Pow, [new(TensorType.Float32, first) { Range = (0, 9) }, new(TensorType.Float32, second) { Range = (-9, 9), Grid = 0.5f }], new(TensorType.Float32, output));
    }

    private static OperatorCase PowerOfOne(Random random)
    {
        TensorType type = random.Pick(TensorType.Float32, TensorType.Float32, TensorType.Int32);
        Shape shape = [random.Next(2, 4), .. random.NextShape().Take(3)];
        CaseTensor values = new(type, shape) { Range = (-9, 9) }, exponent = new CaseTensor(type, random.Next(2) == 0 ? [] : [1]) { IsConstant = true };
        if (type == TensorType.Int32)
            return new(BuiltinOperator.Pow, [values, exponent.With<int>([random.Next(14)])], values with { Range = null });
        bool whole = random.Next(3) != 0;
        float[] parts = [0.5f, -1, 1e-6f, 1.7f, -0.5f];
        return new(
            BuiltinOperator.Pow,
            [values with { Range = whole ? (-9, 9) : (0, 9) }, exponent.With<float>([whole ? random.Next(1, random.Next(2) == 0 ? 6 : 60) : random.Next(3) + parts[random.Next(parts.Length)]])],
            values with { Range = null });
    }

    private static OperatorCase FloorModulo(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(TensorType.Float32, TensorType.Int64, TensorType.Int32, TensorType.Int16, TensorType.Int8);
        // Zero is refused, and the lowest integer over -1 undefined.
        (double, double) divisors = random.Next(2) == 0 ? (1, 100) : (-100, -2);
        return new(BuiltinOperator.FloorMod, [new(type, first), new(type, second) { Range = divisors }], new(type, output));
    }

    private static OperatorCase Bitwise(Random random, BuiltinOperator code)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32);
        CaseTensor numbers = new(type, output);
        bool shifts = code == BuiltinOperator.RightShift;
        return new(code, [numbers with { Shape = first }, numbers with { Shape = second, Range = shifts ? (type == TensorType.UInt8 ? 0 : -2, 40) : null }], numbers);
    }

    private static OperatorCase ArcTangent(Random random)
    {
        CaseTensor tensor = new(TensorType.Float32, random.NextShape());
        return new(BuiltinOperator.Atan2, [tensor with { Grid = 100 }, tensor with { Grid = 100 }], tensor);
    }

    private static OperatorCase SumOfMany(Random random)
    {
        CaseTensor tensor = new(random.Pick(TensorType.Float32, TensorType.Int32), random.NextShape());
        if (random.Next(4) == 0 && tensor.Type == TensorType.Float32)
            tensor = tensor with { Range = (-3e38, 3e38) };
        return new(
            BuiltinOperator.AddN, [.. Enumerable.Repeat(tensor, random.Next(2, tensor.Type == TensorType.Int32 ? 7 : 4))], tensor with { Range = null });
    }
}
