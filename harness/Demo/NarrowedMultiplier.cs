using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.Demo;

/// <summary>A convolution's multiplier that went through a float32, which keeps 24 of its 31 bits: 1992157658 becomes 1992157696.</summary>
/// <param name="Differing">Elements of the operator's output that this alone changes, on the oracle's inputs.</param>
public sealed record NarrowedMultiplier(Operator Operator, Multiplier Right, Multiplier Narrowed, long Differing, long Elements)
{
    /// <summary>Every convolution of a model whose first channel's multiplier a float32 cannot hold.</summary>
    public static ImmutableArray<NarrowedMultiplier> In(CandidateContext context) =>
    [
        .. from op in context.Graph.Operators
           where op.Code is BuiltinOperator.Conv2D or BuiltinOperator.DepthwiseConv2D
           let convolution = (PreparedConvolution)Preparation.Of(context.Graph, op, context.Profile, op.Outputs.Any(context.Delegated.Contains))
           let right = convolution.Requantizer.Scales[0].Multiplier
           where Narrow(right) != right
           select Measure(context, convolution, right),
    ];

    private static NarrowedMultiplier Measure(CandidateContext context, PreparedConvolution convolution, Multiplier right)
    {
        PreparedConvolution narrowed = convolution with
        {
            Requantizer = convolution.Requantizer with
            {
                Scales = [.. convolution.Requantizer.Scales.Select(scale => ChannelScale.From(Narrow(scale.Multiplier)))],
            },
        };
        byte[] output = new byte[convolution.Output.Shape!.Elements];
        new Reference.Operators.Convolution(narrowed).Run([context.OracleValue(convolution.Input.Index)!.Data], [output]);
        ReadOnlySpan<byte> expected = context.OracleValue(convolution.Output.Index)!.Data.Span;
        long differing = 0;
        for (int i = 0; i < output.Length; i++)
            differing += output[i] == expected[i] ? 0 : 1;
        return new(convolution.Operator, right, Narrow(right), differing, output.Length);
    }

    private static Multiplier Narrow(Multiplier multiplier) => Multiplier.From((float)multiplier.Mantissa) is var whole
        ? whole with { Exponent = multiplier.Exponent + whole.Exponent - 31 }
        : multiplier;
}
