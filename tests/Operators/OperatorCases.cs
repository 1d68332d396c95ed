using System.Collections.Immutable;
using System.Globalization;
using OffByN.Model;

namespace OffByN.Tests.Operators;

/// <summary>Endless cases of each operator family, with the sizes, scales and values at which kernels change their ways.</summary>
internal static partial class OperatorCases
{
    private static readonly ImmutableSortedDictionary<string, Func<Random, OperatorCase>> Families =
        Pairs().Concat(Unaries()).Concat(Copies()).Concat(Windows()).Concat(Convolutions()).Concat(Rows()).Concat(Recurrent()).Concat(Detections()).ToImmutableSortedDictionary(family => family.Key, family => family.Value, StringComparer.Ordinal);

    public static IEnumerable<string> Names => Families.Keys;

    public static OperatorCase Make(string family, int number) =>
        Families[family](new Random(CaseModel.HashCode(family) + number)) with { Family = family, Number = number };

    /// <summary>What OFFBYN_CASE asks for (family:number), else the given number of cases, or as many as OFFBYN_CASES says.</summary>
    public static ImmutableArray<OperatorCase> Sample(string family, int count)
    {
        if (Environment.GetEnvironmentVariable("OFFBYN_CASE") is { Length: > 0 } named)
            return named.Split(':') is [var name, var number] && name == family ? [Make(family, int.Parse(number, CultureInfo.InvariantCulture))] : [];
        if (Environment.GetEnvironmentVariable("OFFBYN_CASES") is { Length: > 0 } more)
            count = int.Parse(more, CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(0, count).Select(number => Make(family, number))];
    }

    internal static TensorType Pick(this Random random, params ReadOnlySpan<TensorType> types) => types[random.Next(types.Length)];

    private static Activation NextActivation(this Random random) =>
        random.Next(2) == 0 ? Activation.None : (Activation)random.Next(1, 4);

    /// <summary>Mostly of any mantissa, at times a power of two.</summary>
    private static float NextScale(this Random random, double low = 1e-3, double high = 1)
    {
        double scale = low * Math.Pow(high / low, random.NextDouble());
        return random.Next(5) == 0 ? (float)Math.ScaleB(1, Math.ILogB(scale)) : (float)scale;
    }

    private static int NextZeroPoint(this Random random, TensorType type)
    {
        if (type == TensorType.Int16)
            return 0;
        (int low, int high) = type.CodeRange()!.Value;
        return random.Next(5) switch
        {
            0 => low,
            1 => high,
            2 => (low + high + 1) / 2,
            _ => random.Next(low, high + 1),
        };
    }

    private static CaseTensor NextCodes(this Random random, TensorType type, Shape shape, double low = 1e-3, double high = 1) =>
        new(type, shape, random.NextScale(low, high), random.NextZeroPoint(type));

    /// <summary>One to four dimensions, sizes on both sides of the blocks of vector code.</summary>
    private static Shape NextShape(this Random random)
    {
        int[] lengths = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40, 1037];
        return random.Next(4) switch
        {
            0 => [lengths[random.Next(lengths.Length)]],
            1 => [random.Next(1, 4), lengths[random.Next(lengths.Length)]],
            2 => [1, random.Next(1, 4), random.Next(1, 4), lengths[random.Next(lengths.Length)]],
            _ => [random.Next(1, 3), random.Next(1, 5), lengths[random.Next(lengths.Length)]],
        };
    }

    /// <summary>Two shapes that broadcast to a third: equal, a scalar, a row, a column, both sides mixed.</summary>
    private static (Shape First, Shape Second, Shape Output) NextShapes(this Random random)
    {
        Shape whole = random.NextShape();
        if (random.Next(3) == 0)
            return (whole, whole, whole);
        Shape part = random.Next(5) switch
        {
            0 => [],
            1 => [.. whole.Skip(random.Next(whole.Count))],
            2 => [.. whole.Take(whole.Count - 1), 1],
            _ => [.. whole.Select(size => random.Next(2) == 0 ? 1 : size)],
        };
        if (random.Next(4) == 0)
        {
            Shape other = [.. whole.Select(size => random.Next(3) == 0 ? 1 : size)];
            int[] output = new int[whole.Count];
            for (int axis = 1; axis <= whole.Count; axis++)
                output[^axis] = Math.Max(other[^axis], axis <= part.Count ? part[part.Count - axis] : 1);
            return random.Next(2) == 0 ? (part, other, Shape.Create(output)) : (other, part, Shape.Create(output));
        }
        return random.Next(2) == 0 ? (part, whole, whole) : (whole, part, whole);
    }
}
