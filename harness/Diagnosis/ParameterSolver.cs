using System.Collections.Immutable;
using System.Globalization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Model;
using OffByN.Reference.Mistakes;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Diagnosis;

/// <summary>
/// Numbers other than the model's with which a sample of elements comes out as the candidate has it: zero points, the code of the padding, and scales of other
/// tensors in the factor. They are still to be scored on all elements.
/// </summary>
internal static class ParameterSolver
{
    private const int Least = -256, Most = 512;

    /// <summary>After every entry of the catalogue, before the pairs.</summary>
    private const int Rank = 900_000;

    private static readonly Mistake InputZeroPoint = Solved("input-zero-point", "another input zero point", "sum w*(x - z)", "InputZeroPoint");
    private static readonly Mistake WeightZeroPoint = Solved("weight-zero-point-value", "another weight zero point", "sum (w - z)*x", "WeightZeroPoint");
    private static readonly Mistake OutputZeroPoint = Solved("output-zero-point", "another output zero point", "req(acc) + z", "Requantizer.ZeroPoint");
    private static readonly Mistake PaddingCode = Solved("padding-code", "another padding code", "outside taps w'*(p - zi)", "PaddingCode");
    private static readonly Mistake Factor = Solved("other-scale", "another tensor's scale in the factor", "M with another si, sw or so", "Requantizer.Scales");

    private static readonly ImmutableArray<(string Role, Func<FactorScales, float, double> Of)> Places =
    [
        ("input", (scales, other) => (double)other * scales.Weight / scales.Output),
        ("weight", (scales, other) => (double)scales.Input * other / scales.Output),
        ("output", (scales, other) => (double)scales.Input * scales.Weight / other),
    ];

    public static IEnumerable<Hypothesis> Of(OperatorCase one, ImmutableArray<int> elements)
    {
        if (one.Expected is not PreparedConvolution convolution)
            yield break;
        Sample sample = new(one, convolution, elements);
        foreach (int z in sample.Fitting(convolution.InputZeroPoint, z => convolution with { InputZeroPoint = z }))
            yield return Found(InputZeroPoint, z, convolution with { InputZeroPoint = z });
        foreach (int z in convolution.Weights.Type == TensorType.UInt8 ? sample.Fitting(convolution.WeightZeroPoint, z => convolution with { WeightZeroPoint = z }) : [])
            yield return Found(WeightZeroPoint, z, convolution with { WeightZeroPoint = z });
        foreach (int p in convolution.Window.HasPadding ? sample.Fitting(convolution.InputZeroPoint, p => convolution with { PaddingCode = p }) : [])
            yield return Found(PaddingCode, p, convolution with { PaddingCode = p });
        for (int z = Least; z < Most; z++)
        {
            Requantizer changed = convolution.Requantizer with { ZeroPoint = z };
            if (sample.Fits(changed, 0))
                yield return Found(OutputZeroPoint, z, convolution with { Requantizer = changed });
        }
        foreach ((string role, TensorInfo tensor, Requantizer changed) in OtherScales(one.Graph, convolution))
        {
            if (sample.Fits(changed, 0))
                yield return new([Factor], $"{role} scale of tensor {tensor.Index}", convolution with { Requantizer = changed }) { Rank = Rank };
        }
    }

    private static IEnumerable<(string Role, TensorInfo Tensor, Requantizer Changed)> OtherScales(Graph graph, PreparedConvolution convolution)
    {
        Factors factors = Requantized.Of(convolution)!.Factors;
        ImmutableArray<ChannelScale> own = convolution.Requantizer.Scales;
        foreach (TensorInfo tensor in graph.Tensors.Where(tensor => tensor.Quantization is { IsPerChannel: false }).DistinctBy(tensor => tensor.Quantization!.Scale))
        {
            foreach ((string role, Func<FactorScales, float, double> of) in Places)
            {
                // A factor that is far off explains nothing, and 30 tensors times 1000 channels take time.
                double ratio = of(factors.Scales[0], tensor.Quantization!.Scale) / own[0].Real;
                if (ratio is > 1 / 64.0 and < 64 && Math.Abs(ratio - 1) > 1e-6)
                    yield return (role, tensor, convolution.Requantizer with { Scales = factors.From(scales => of(scales, tensor.Quantization.Scale)) });
            }
        }
    }

    private static Hypothesis Found(Mistake mistake, int value, PreparedConvolution changed) =>
        new([mistake], value.ToString(CultureInfo.InvariantCulture), changed) { Rank = Rank };

    private static Mistake Solved(string slug, string name, string change, string field) =>
        new(MistakeGroup.Solved, slug, "", name, change, field, _ => []);

    /// <summary>Some elements with their accumulators, which are linear in each of the numbers that are solved for.</summary>
    private sealed class Sample(OperatorCase one, PreparedConvolution convolution, ImmutableArray<int> elements)
    {
        private readonly int[] sums = SumsOf(one, convolution, elements);
        private int[] slopes = new int[elements.Length];

        /// <summary>The values of one number, other than the model's, that fit every element.</summary>
        public IEnumerable<int> Fitting(int own, Func<int, PreparedConvolution> with)
        {
            int[] next = SumsOf(one, with(own + 1), elements);
            slopes = [.. next.Zip(sums, (a, b) => a - b)];
            for (int value = Least; value < Most; value++)
            {
                if (value != own && Fits(convolution.Requantizer, value - own))
                    yield return value;
            }
        }

        public bool Fits(Requantizer requantizer, int by)
        {
            for (int i = 0; i < elements.Length; i++)
            {
                if ((byte)requantizer.Code(unchecked(sums[i] + by * slopes[i]), elements[i] % convolution.OutputChannels) != one.ActualCodes.Span[elements[i]])
                    return false;
            }
            return elements.Length > 0;
        }

        private static int[] SumsOf(OperatorCase one, PreparedConvolution changed, ImmutableArray<int> elements)
        {
            ScalarSums scalar = new(changed);
            return [.. elements.Select(element => scalar.At(one.Inputs[0].Span, element / changed.OutputChannels, element % changed.OutputChannels))];
        }
    }
}
