using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>SVDF of int8.</summary>
public sealed class Svdf(PreparedSvdf svdf) : IReferenceOperator<PreparedSvdf>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<sbyte> input = MemoryMarshal.Cast<byte, sbyte>(inputs[0].Span);
        ReadOnlySpan<short> state = MemoryMarshal.Cast<byte, short>(inputs[1].Span);
        Span<sbyte> output = MemoryMarshal.Cast<byte, sbyte>(outputs[0].Span);
        int units = svdf.Filters / svdf.Rank;
        for (int i = 0; i < output.Length; i++)
        {
            (int batch, int unit) = Math.DivRem(i, units);
            int sum = 0;
            for (int filter = unit * svdf.Rank; filter < (unit + 1) * svdf.Rank; filter++)
                sum = unchecked(sum + Filtered(input.Slice(batch * svdf.InputSize, svdf.InputSize), state.Slice((batch * svdf.Filters + filter) * svdf.Memory, svdf.Memory), filter));
            int code = Requantization.Reference.Apply(unchecked(sum + svdf.Bias[unit]), svdf.Time) + svdf.OutputZeroPoint;
            output[i] = (sbyte)Math.Clamp(code, sbyte.MinValue, sbyte.MaxValue);
        }
    }

    /// <summary>The time weights times the state after its oldest slot went and the newest came.</summary>
    private int Filtered(ReadOnlySpan<sbyte> input, ReadOnlySpan<short> state, int filter)
    {
        int feature = 0;
        for (int i = 0; i < input.Length; i++)
            feature = unchecked(feature + svdf.FeatureWeights[filter * input.Length + i] * (input[i] - svdf.InputZeroPoint));
        int newest = Math.Clamp(Requantization.Reference.Apply(feature, svdf.Feature), short.MinValue, short.MaxValue);
        ReadOnlySpan<short> weights = svdf.TimeWeights.AsSpan().Slice(filter * state.Length, state.Length);
        int sum = weights[^1] * newest;
        for (int slot = 1; slot < state.Length; slot++)
            sum = unchecked(sum + weights[slot - 1] * state[slot]);
        return sum;
    }
}
