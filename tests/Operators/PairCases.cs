using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Tests.Operators;

internal static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Pairs() => new()
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
        ["numbers"] = PlainNumbers,
        ["FLOOR_DIV"] = FloorDivision,
        ["MAXIMUM MINIMUM codes"] = ExtremumOfCodes,
    };

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
        return new(BuiltinOperator.Mul, [a, b], new CaseTensor(type, output, scale, random.NextZeroPoint(type)), new MulOptions(random.NextActivation()));
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

    private static OperatorCase PlainNumbers(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        TensorType type = random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int64);
        BuiltinOperator[] codes = type switch
        {
            TensorType.Float32 => [BuiltinOperator.Add, BuiltinOperator.Sub, BuiltinOperator.Mul, BuiltinOperator.Maximum, BuiltinOperator.Minimum, BuiltinOperator.SquaredDifference],
            TensorType.Int32 => [BuiltinOperator.Add, BuiltinOperator.Sub, BuiltinOperator.Mul, BuiltinOperator.Maximum, BuiltinOperator.Minimum, BuiltinOperator.SquaredDifference],
            _ => [BuiltinOperator.Add, BuiltinOperator.Sub, BuiltinOperator.Mul, BuiltinOperator.Maximum, BuiltinOperator.Minimum],
        };
        BuiltinOperator code = codes[random.Next(codes.Length)];
        Activation activation = random.NextActivation();
        (double, double)? range = type == TensorType.Float32 && random.Next(4) == 0 ? (-3e38, 3e38) : null;
        return new(
            code, [new(type, first) { Range = range }, new(type, second) { Range = range }], new(type, output),
            code switch
            {
                BuiltinOperator.Add => new AddOptions(activation),
                BuiltinOperator.Sub => new SubOptions(activation),
                BuiltinOperator.Mul => new MulOptions(activation),
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

    private static OperatorCase ExtremumOfCodes(Random random)
    {
        (Shape first, Shape second, Shape output) = random.NextShapes();
        CaseTensor codes = random.NextCodes(random.Pick(TensorType.UInt8, TensorType.Int8, TensorType.Int16), output);
        return new(
            random.Next(2) == 0 ? BuiltinOperator.Maximum : BuiltinOperator.Minimum,
            [codes with { Shape = first }, codes with { Shape = second }], codes, new MaximumMinimumOptions());
    }
}
