using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>ARG_MAX and ARG_MIN.</summary>
public sealed class ArgExtremum(PreparedArgExtremum extremum) : NumberOperator(extremum.Input.Type), IReferenceOperator<PreparedArgExtremum>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        for (int i = 0; i < extremum.Output.Shape!.Elements; i++)
        {
            (int outer, int inner) = Math.DivRem(i, extremum.Inner);
            ReadOnlySpan<T> line = elements[(outer * extremum.Size * extremum.Inner + inner)..];
            int found = 0;
            for (int k = 1; k < extremum.Size; k++)
            {
                if (extremum.TakesLast && line[k * extremum.Inner] == line[found * extremum.Inner])
                    found = k;
                else if (extremum.IsMaximum ? line[k * extremum.Inner] > line[found * extremum.Inner] : line[k * extremum.Inner] < line[found * extremum.Inner])
                    found = k;
            }
            if (extremum.Output.Type == TensorType.Int32)
                MemoryMarshal.Cast<byte, int>(outputs[0].Span)[i] = found;
            else
                MemoryMarshal.Cast<byte, long>(outputs[0].Span)[i] = found;
        }
    }
}
