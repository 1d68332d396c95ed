using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>ONE_HOT: a copy of one of two elements, whatever they mean.</summary>
public sealed class OneHot(PreparedOneHot oneHot) : IReferenceOperator<PreparedOneHot>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<byte> indices = inputs[0].Span, on = inputs[1].Span, off = inputs[2].Span;
        Span<byte> output = outputs[0].Span;
        int bytes = on.Length;
        for (int i = 0; i < output.Length / bytes; i++)
        {
            (int outer, int rest) = Math.DivRem(i, oneHot.Depth * oneHot.Inner);
            int at = outer * oneHot.Inner + rest % oneHot.Inner;
            // TFLite cuts wide indices to 32 bits.
            int index = oneHot.Indices.Type == TensorType.Int32 ? MemoryMarshal.Cast<byte, int>(indices)[at] : unchecked((int)MemoryMarshal.Cast<byte, long>(indices)[at]);
            (index == rest / oneHot.Inner ? on : off).CopyTo(output[(i * bytes)..]);
        }
    }
}
