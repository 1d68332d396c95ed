using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static ImmutableArray<BuiltinOperator> Comparisons =>
    [
        BuiltinOperator.Equal, BuiltinOperator.NotEqual, BuiltinOperator.Less, BuiltinOperator.LessEqual, BuiltinOperator.Greater, BuiltinOperator.GreaterEqual,
    ];

    /// <summary>Operators on plain numbers of two inputs, and the types that they take.</summary>
    private static ImmutableArray<(BuiltinOperator Code, ImmutableArray<TensorType> Types)> NumberPairs =>
    [
        (BuiltinOperator.Add, [TensorType.Float32, TensorType.Int32, TensorType.Int64]),
        (BuiltinOperator.Sub, [TensorType.Float32, TensorType.Int32, TensorType.Int64]),
        (BuiltinOperator.Mul, [TensorType.Float32, TensorType.Int32, TensorType.Int64]),
        (BuiltinOperator.Maximum, [TensorType.Float32, TensorType.Int32, TensorType.Int64]),
        (BuiltinOperator.Minimum, [TensorType.Float32, TensorType.Int32, TensorType.Int64]),
        (BuiltinOperator.SquaredDifference, [TensorType.Float32, TensorType.Int32]),
        (BuiltinOperator.Div, [TensorType.Float32]),
        (BuiltinOperator.Prelu, [TensorType.Float32]),
    ];

    private static IEnumerable<KeyValuePair<string, Func<Random, OperatorCase>>> Pairs() => new Dictionary<string, Func<Random, OperatorCase>>
    {
        ["ADD uint8"] = random => Sum(random, BuiltinOperator.Add, TensorType.UInt8),
        ["ADD int8"] = random => Sum(random, BuiltinOperator.Add, TensorType.Int8),
        ["ADD int16"] = random => Sum(random, BuiltinOperator.Add, TensorType.Int16),
        ["SUB uint8"] = random => Sum(random, BuiltinOperator.Sub, TensorType.UInt8),
        ["SUB int8"] = random => Sum(random, BuiltinOperator.Sub, TensorType.Int8),
        ["SUB int16"] = random => Sum(random, BuiltinOperator.Sub, TensorType.Int16),
        ["MUL uint8"] = random => Product(random, TensorType.UInt8),
        ["MUL int8"] = random => Product(random, TensorType.Int8),
        ["MUL int16"] = random => Product(random, TensorType.Int16),
        ["SQUARED_DIFFERENCE int8"] = SquaredDifference,
        ["FLOOR_DIV"] = FloorDivision,
        ["MAXIMUM codes"] = random => ExtremumOfCodes(random, BuiltinOperator.Maximum),
        ["MINIMUM codes"] = random => ExtremumOfCodes(random, BuiltinOperator.Minimum),
        ["DIV codes"] = Division,
        ["PRELU"] = Prelu,
        ["SELECT"] = Select,
        ["SELECT_V2"] = SelectV2,
    }
    .Concat(Comparisons.Select(code => Family(code, "", random => Comparison(random, code))))
    .Concat(NumberPairs.Select(pair => Family(pair.Code, " numbers", random => PlainNumbers(random, pair.Code, random.Pick(pair.Types)))));

    private static OperatorCase Sum(Random random, BuiltinOperator code, TensorType type)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        bool powersOfTwo = type == TensorType.Int16 && random.Next(3) == 0;
        // TFLite aborts where the common scale, over 2^20 or 2^15 times the output's, reaches 1.
        CaseTensor a = random.NextCodes(type, first), b = random.NextCodes(type, second), c = random.NextCodes(type, output, 1e-2, 3);
        if (powersOfTwo)
        {
            int exponent = random.Next(-12, -2);
            (a, b, c) = (a with { Scale = MathF.ScaleB(1, exponent) }, b with { Scale = MathF.ScaleB(1, exponent - random.Next(4)) }, c with { Scale = MathF.ScaleB(1, exponent) });
            if (random.Next(2) == 0)
                (a, b) = (a with { Scale = b.Scale }, b with { Scale = a.Scale });
            if (code == BuiltinOperator.Add)
                (a, b) = (a with { Shape = output }, b with { Shape = output });
        }
        else if (type == TensorType.Int16)
        {
            // Three powers of two by chance would be the case above without its conditions, where TFLite aborts.
            a = a with { Scale = a.Scale * 1.1f };
        }
        else if (random.Next(6) == 0)
            c = c with { Scale = 0.003f * Math.Max(a.Scale, b.Scale) };
        Activation activation = random.NextActivation();
        return new(code, [a, b], c, code == BuiltinOperator.Add ? new AddOptions(activation, powersOfTwo || random.Next(2) == 0) : new SubOptions(activation, powersOfTwo || random.Next(2) == 0));
    }

    private static OperatorCase Product(Random random, TensorType type)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        CaseTensor a = random.NextCodes(type, first), b = random.NextCodes(type, second);
        // From saturating nearly everything to using few codes.
        float scale = a.Scale * b.Scale * (type == TensorType.Int16 ? 30000 : 100) * random.NextScale(1e-2, 10);
        if (random.Next(6) == 0)
            scale = a.Scale * b.Scale * random.NextScale(0.3, 3);
        // Real models have such scales, of tensors that were always 0.
        bool tiny = random.Next(10) == 0;
        if (tiny)
            scale = random.NextScale(1e-37, 1e-10);
        return new(BuiltinOperator.Mul, [a, b], new CaseTensor(type, output, scale, random.NextZeroPoint(type)), new MulOptions(tiny ? Activation.None : random.NextActivation()));
    }

    private static OperatorCase SquaredDifference(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        CaseTensor a = random.NextCodes(TensorType.Int8, first), b = random.NextCodes(TensorType.Int8, second);
        float coarse = Math.Max(a.Scale, b.Scale);
        return new(
            BuiltinOperator.SquaredDifference, [a, b],
            new CaseTensor(TensorType.Int8, output, coarse * coarse * 100 * random.NextScale(1e-2, 10), random.NextZeroPoint(TensorType.Int8)), new SquaredDifferenceOptions());
    }

    private static OperatorCase PlainNumbers(Random random, BuiltinOperator code, TensorType type)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        Activation activation = random.NextActivation();
        (double, double)? range = type == TensorType.Float32 && random.Next(4) == 0 ? random.Next(2) == 0 ? (-3e38, 3e38) : (-3e-38, 3e-38) : null;
        if (code == BuiltinOperator.Prelu)
            return new(code, [new(type, output), new(type, second.Equals(output) ? second : [output[^1]]) { IsConstant = random.Next(2) == 0 }], new(type, output));
        return new(
            code, [new(type, first) { Range = range }, new(type, second) { Range = range }], new(type, output),
            code switch
            {
                BuiltinOperator.Add => new AddOptions(activation),
                BuiltinOperator.Sub => new SubOptions(activation),
                BuiltinOperator.Mul => new MulOptions(activation),
                BuiltinOperator.Div => new DivOptions(activation),
                BuiltinOperator.SquaredDifference => new SquaredDifferenceOptions(),
                _ => new MaximumMinimumOptions(),
            });
    }

    private static OperatorCase FloorDivision(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int16, TensorType.Int8);
        // Zero is refused.
        (double, double) divisors = random.Next(2) == 0 ? (1, 100) : (-100, -1);
        // The lowest integer over -1 is undefined in C++, and differs between the vector body and the tail that the compiler made.
        (double, double)? dividends = type.CodeRange() is var (low, high) ? (low + 1, high) : null;
        return new(BuiltinOperator.FloorDiv, [new(type, first) { Range = dividends }, new(type, second) { Range = divisors }], new(type, output));
    }

    private static OperatorCase ExtremumOfCodes(Random random, BuiltinOperator code)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        CaseTensor codes = random.NextCodes(random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16), output);
        return new(code, [codes with { Shape = first }, codes with { Shape = second }], codes, new MaximumMinimumOptions());
    }

    private static OperatorCase Division(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        CaseTensor a = random.NextCodes(type, first), b = random.NextCodes(type, second);
        (int low, int high) = type.CodeRange()!.Value;
        // Zero is refused: divisors lie on one side of it.
        bool above = b.ZeroPoint < high && (b.ZeroPoint == low || random.Next(2) == 0);
        b = b with { Range = above ? (b.ZeroPoint + 1, high) : (low, b.ZeroPoint - 1) };
        CaseTensor c = new(type, output, a.Scale / b.Scale * random.NextScale(1e-2, 10), random.NextZeroPoint(type));
        return new(BuiltinOperator.Div, [a, b], c, new DivOptions(random.NextActivation()));
    }

    private static OperatorCase Prelu(Random random)
    {
        Shape shape = random.NextShape();
        TensorType type = random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16);
        CaseTensor input = random.NextCodes(type, shape);
        Shape slopes = random.Next(3) switch
        {
            0 => shape,
            1 => [shape[^1]],
            _ => [.. shape.Skip(1)],
        };
        return new(
            BuiltinOperator.Prelu, [input, random.NextCodes(type == TensorType.Int16 ? TensorType.Int8 : type, slopes, 1e-3, 0.02)],
            random.NextCodes(type, shape) with { Scale = input.Scale * random.NextScale(0.1, 10) });
    }

    private static OperatorCase Comparison(Random random, BuiltinOperator code)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        ImmutableArray<TensorType> types = [TensorType.Float32, TensorType.Int32, TensorType.Int64, TensorType.UInt8, TensorType.Int8, TensorType.Int16];
        TensorType type = random.Pick(code is BuiltinOperator.Equal or BuiltinOperator.NotEqual ? types.Add(TensorType.Bool) : types);
        CaseTensor a = new(type, first) { Range = (-3, 3) }, b = new(type, second) { Range = (-3, 3) };
        if (type.CodeRange() is not null)
            (a, b) = (random.NextCodes(type, first), random.NextCodes(type, second));
        if (random.Next(2) == 0 && type.CodeRange() is not null)
            (a, b) = (a with { Range = (40, 44) }, b with { Range = (40, 44), Scale = a.Scale, ZeroPoint = a.ZeroPoint });
        // A scale of 1 is undefined.
        return new(code, [a with { Scale = a.Scale * 0.9f }, b with { Scale = b.Scale * 0.9f }], new CaseTensor(TensorType.Bool, output));
    }

    private static OperatorCase Select(Random random)
    {
        Shape shape = random.NextShape();
        CaseTensor values = new(random.Pick(Plain.Add(TensorType.Bool)), shape);
        Shape condition = random.Next(3) switch
        {
            0 => shape,
            1 => [shape[0]],
            _ => [],
        };
        return new(BuiltinOperator.Select, [new(TensorType.Bool, condition), values, values], values);
    }

    private static OperatorCase SelectV2(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(Plain.Add(TensorType.Bool));
        Shape[] shapes = [first, second, random.Next(2) == 0 ? output : [output[^1]]];
        random.Shuffle(shapes);
        return new(BuiltinOperator.SelectV2, [new(TensorType.Bool, shapes[0]), new(type, shapes[1]), new(type, shapes[2])], new CaseTensor(type, output));
    }
}
