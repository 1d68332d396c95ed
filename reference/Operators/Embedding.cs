using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>EMBEDDING_LOOKUP of float32 rows out of a table of codes.</summary>
public sealed class Embedding(PreparedEmbedding embedding) : IReferenceOperator<PreparedEmbedding>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<int> rows = MemoryMarshal.Cast<byte, int>(inputs[0].Span);
        ReadOnlySpan<sbyte> table = MemoryMarshal.Cast<byte, sbyte>((embedding.Table.IsConstant ? embedding.Table.Data : inputs[1]).Span);
        Span<float> output = MemoryMarshal.Cast<byte, float>(outputs[0].Span);
        int length = embedding.Row;
        output.Clear();
        for (int i = 0; i < (output.IsEmpty ? 0 : rows.Length); i++)
        {
            if (rows[i] < 0 || rows[i] >= table.Length / length)
                continue;
            float scale = embedding.Scales.Length > 1 ? embedding.Scales[rows[i]] : embedding.Scales[0];
            for (int k = 0; k < length; k++)
                output[i * length + k] = table[rows[i] * length + k] * scale;
        }
    }
}
