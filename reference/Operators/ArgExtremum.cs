using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>ARG_MAX and ARG_MIN.</summary>
public sealed class ArgExtremum(PreparedArgExtremum extremum) : IReferenceOperator<PreparedArgExtremum>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        switch (extremum.Input.Type)
        {
            case TensorType.Float32:
                Run<float>(inputs[0].Span, outputs[0].Span);
                break;
            case TensorType.Int32:
                Run<int>(inputs[0].Span, outputs[0].Span);
                break;
            case TensorType.Int8:
                Run<sbyte>(inputs[0].Span, outputs[0].Span);
                break;
            default:
                Run<byte>(inputs[0].Span, outputs[0].Span);
                break;
        }
    }

    private void Run<T>(ReadOnlySpan<byte> input, Span<byte> output)
        where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(input);
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
                MemoryMarshal.Cast<byte, int>(output)[i] = found;
            else
                MemoryMarshal.Cast<byte, long>(output)[i] = found;
        }
    }
}
