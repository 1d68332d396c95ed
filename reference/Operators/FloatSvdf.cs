using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>SVDF of float32.</summary>
public sealed class FloatSvdf(PreparedFloatSvdf svdf) : IReferenceOperator<PreparedFloatSvdf>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<float> input = MemoryMarshal.Cast<byte, float>(inputs[0].Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span), state = MemoryMarshal.Cast<byte, float>(outputs[1].Span);
        MemoryMarshal.Cast<byte, float>(inputs[1].Span).CopyTo(state);
        int filters = svdf.Feature.Rows, units = filters / svdf.Rank;
        float[] newest = new float[filters];
        for (int batch = 0; batch < output.Length / units; batch++)
        {
            newest.AsSpan().Clear();
            RealProducts.Accumulate(svdf.Feature, input.Slice(batch * svdf.Feature.Columns, svdf.Feature.Columns), svdf.IsAsymmetric, RealProducts.InOrder, newest);
            Span<float> slots = state.Slice(batch * filters * svdf.Memory, filters * svdf.Memory);
            for (int unit = 0; unit < units; unit++)
            {
                float sum = 0;
                for (int filter = unit * svdf.Rank; filter < (unit + 1) * svdf.Rank; filter++)
                    sum += Filtered(slots.Slice(filter * svdf.Memory, svdf.Memory), newest[filter], filter);
                output[batch * units + unit] = RealProducts.Activate(svdf.Activation, svdf.Bias.IsEmpty ? sum : svdf.Bias[unit] + sum);
            }
        }
    }

    private float Filtered(Span<float> slots, float newest, int filter)
    {
        slots[1..].CopyTo(slots);
        slots[^1] = newest;
        return RealProducts.Dot(svdf.TimeWeights.AsSpan().Slice(filter * slots.Length, slots.Length), slots, RealProducts.InOrder);
    }
}
