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
        Span<sbyte> output = MemoryMarshal.Cast<byte, sbyte>(outputs[0].Span);
        Span<short> state = MemoryMarshal.Cast<byte, short>(outputs[1].Span);
        MemoryMarshal.Cast<byte, short>(inputs[1].Span).CopyTo(state);
        int units = svdf.Filters / svdf.Rank;
        for (int i = 0; i < output.Length; i++)
        {
            (int batch, int unit) = Math.DivRem(i, units);
            int sum = svdf.Bias[unit];
            for (int filter = unit * svdf.Rank; filter < (unit + 1) * svdf.Rank; filter++)
            {
                Span<short> slots = state.Slice((batch * svdf.Filters + filter) * svdf.Memory, svdf.Memory);
                slots[1..].CopyTo(slots);
                slots[^1] = Newest(input.Slice(batch * svdf.InputSize, svdf.InputSize), filter);
                for (int slot = 0; slot < slots.Length; slot++)
                    sum = unchecked(sum + svdf.TimeWeights[filter * slots.Length + slot] * slots[slot]);
            }
            int code = Requantization.Reference.Apply(sum, svdf.Time) + svdf.OutputZeroPoint;
            output[i] = (sbyte)Math.Clamp(code, sbyte.MinValue, sbyte.MaxValue);
        }
    }

    private short Newest(ReadOnlySpan<sbyte> input, int filter)
    {
        int sum = 0;
        for (int i = 0; i < input.Length; i++)
            sum = unchecked(sum + svdf.FeatureWeights[filter * input.Length + i] * (input[i] - svdf.InputZeroPoint));
        return (short)Math.Clamp(Requantization.Reference.Apply(sum, svdf.Feature), short.MinValue, short.MaxValue);
    }
}
