using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Harness.Stress.Cases;

/// <summary>
/// Endless cases of each operator, with the sizes, scales and values at which kernels change their ways. A family is named after its operator, with what sets its cases apart where an
/// operator has several: <c>CONV_2D int8</c>.
/// </summary>
public static partial class OperatorCases
{
    private static readonly ImmutableSortedDictionary<string, Func<Random, OperatorCase>> Families =
        Pairs().Concat(Unaries()).Concat(Copies()).Concat(Slices()).Concat(Windows()).Concat(Convolutions()).Concat(Rows())
            .Concat(Recurrent()).Concat(Detections()).Concat(Pointwise()).Concat(Indices()).Concat(Sparse()).Concat(Extremes())
            .ToImmutableSortedDictionary(family => family.Key, family => family.Value, StringComparer.Ordinal);

    /// <summary>All families, in the order of their names.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Families.Keys];

    /// <summary>The families of an operator, or the one of that name; none where there is no such.</summary>
    public static ImmutableArray<string> Of(string name) => [.. Names.Where(family => family == name || family.StartsWith(name + " ", StringComparison.Ordinal))];

    /// <summary>A case with random values: of one family and number always the same.</summary>
    /// <exception cref="KeyNotFoundException">There is no such family.</exception>
    public static OperatorCase Make(string family, int number) =>
        Families[family](new Random(CaseModel.HashCode(family) + number)) with { Family = family, Number = number };

    /// <summary>As <see cref="Make"/>; every second case has values at which roundings part, clamps begin and accumulators wrap, every fourth also such scales.</summary>
    public static OperatorCase Aimed(string family, int number) => (number % 4) switch
    {
        1 => Aiming.At(Make(family, number)),
        3 => Aiming.At(Aiming.Sharpened(Make(family, number))),
        _ => Make(family, number),
    };

    private static KeyValuePair<string, Func<Random, OperatorCase>> Family(BuiltinOperator code, string what, Func<Random, OperatorCase> make) =>
        new(code.SchemaName() + what, make);

    private static TensorType Pick(this Random random, params ReadOnlySpan<TensorType> types) => types[random.Next(types.Length)];

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

    /// <summary>A tensor of float32 some of whose values are zeros, infinities, the largest and the smallest numbers.</summary>
    private static CaseTensor AtTheEnds(this Random random, CaseTensor tensor)
    {
        float[] ends = [0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 1e-38f, -1e-38f, 1e-4f, -1e-4f];
        float[] values = MemoryMarshal.Cast<byte, float>(tensor.Values(random)).ToArray();
        for (int i = 0; i < values.Length; i++)
            values[i] = random.Next(3) == 0 ? ends[random.Next(ends.Length)] : values[i];
        return tensor.With<float>(values);
    }

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
