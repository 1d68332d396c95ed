using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Mistakes;

/// <summary>Changes a requantization, in one or several ways.</summary>
public delegate IEnumerable<(string? Parameter, Requantizer Changed)> RequantizerChange(Requantizer requantizer, Factors factors);

/// <summary>The scales of a channel: of the input, the weight and the output.</summary>
public readonly record struct FactorScales(float Input, float Weight, float Output);

/// <summary>What the factors of an operator are made of.</summary>
/// <param name="Scales">One entry a channel; empty where only the factor itself is known.</param>
/// <param name="Natural">The precision in which TFLite's integer kernels form them.</param>
public sealed record Factors(ImmutableArray<ChannelScale> Own, ImmutableArray<FactorScales> Scales, ScaleFormation Natural)
{
    /// <summary>The factors in another precision; the own ones where scales are unknown.</summary>
    public ImmutableArray<ChannelScale> In(ScaleFormation formation) =>
        From(scales => formation.Of(scales.Input, scales.Weight, scales.Output));

    /// <summary>The factors by another formula; the own ones where scales are unknown.</summary>
    public ImmutableArray<ChannelScale> From(Func<FactorScales, double> formula) =>
        Scales.IsEmpty ? Own : [.. Scales.Select(scales => ChannelScale.From(formula(scales)))];

    /// <summary>The own factors, and where those are no integer kernel's, the ones that an integer kernel would have.</summary>
    public IEnumerable<ImmutableArray<ChannelScale>> Candidates()
    {
        yield return Own;
        ImmutableArray<ChannelScale> natural = In(Natural);
        if (!natural.SequenceEqual(Own))
            yield return natural;
    }
}

/// <summary>An operator that ends in a requantization.</summary>
public sealed record Requantized(Requantizer Requantizer, Factors Factors, Func<Requantizer, PreparedOperator> With)
{
    /// <summary>Null for an operator that has none.</summary>
    public static Requantized? Of(PreparedOperator prepared) => prepared switch
    {
        PreparedConvolution convolution => new(convolution.Requantizer, FactorsOf(convolution), changed => convolution with { Requantizer = changed }),
        PreparedCombination combination => new(combination.Requantizer, FactorsOf(combination), changed => combination with { Requantizer = changed }),
        PreparedWideConvolution convolution => new(
            convolution.Requantizer, FactorsOf(convolution.Requantizer, convolution.Input, convolution.Weights, convolution.Output), changed => convolution with { Requantizer = changed }),
        PreparedTransposeConvolution convolution => new(
            convolution.Requantizer, FactorsOf(convolution.Requantizer, convolution.Input, convolution.Weights, convolution.Output), changed => convolution with { Requantizer = changed, Tail = changed }),
        PreparedBatchMatrix product => new(product.Requantizer, FactorsOf(product.Requantizer, product.Left, product.Right, product.Output), changed => product with { Requantizer = changed }),
        PreparedCodeSum { Line: null, DividedFirst: null, Last: null } sum => new(sum.Requantizer, new(sum.Requantizer.Scales, [], ScaleFormation.Double), changed => sum with { Requantizer = changed }),
        PreparedPrelu prelu => new(prelu.Requantizer, new(prelu.Requantizer.Scales, [], ScaleFormation.FloatQuotient), changed => prelu with { Requantizer = changed }),
        _ => null,
    };

    private static Factors FactorsOf(PreparedCombination combination) => new(
        combination.Requantizer.Scales,
        combination.Combination == Combination.Product
            ? [new(combination.First.Quantization!.Scale, combination.Second.Quantization!.Scale, combination.Output.Quantization!.Scale)]
            : [],
        ScaleFormation.FloatQuotient);

    private static Factors FactorsOf(Requantizer requantizer, TensorInfo input, TensorInfo weights, TensorInfo output)
    {
        ImmutableArray<float> scales = weights.Quantization!.Scales;
        return new(
            requantizer.Scales,
            [.. requantizer.Scales.Select((_, channel) => new FactorScales(input.Quantization!.Scale, scales[scales.Length == 1 ? 0 : channel], output.Quantization!.Scale))],
            ScaleFormation.Double);
    }

    private static Factors FactorsOf(PreparedConvolution convolution)
    {
        ImmutableArray<float> weights = convolution.Weights.Quantization!.Scales;
        float input = convolution.Input.Quantization!.Scale, output = convolution.Output.Quantization!.Scale;
        bool isPerTensor = convolution.Operator.Code == BuiltinOperator.FullyConnected || convolution.Input.Type == TensorType.UInt8;
        return new(
            convolution.Requantizer.Scales,
            [.. Enumerable.Range(0, convolution.OutputChannels).Select(channel => new FactorScales(input, weights[weights.Length == 1 ? 0 : channel], output))],
            isPerTensor && weights.Length == 1 ? ScaleFormation.FloatProduct : ScaleFormation.Double);
    }
}
