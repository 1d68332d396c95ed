using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>SELECT and SELECT_V2: a copy, whatever the elements mean.</summary>
public sealed class Select(PreparedSelect select) : IReferenceOperator<PreparedSelect>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        switch (select.Output.Type.Bits())
        {
            case 8:
                Run<byte>(inputs, outputs[0].Span);
                break;
            case 16:
                Run<ushort>(inputs, outputs[0].Span);
                break;
            case 32:
                Run<uint>(inputs, outputs[0].Span);
                break;
            default:
                Run<ulong>(inputs, outputs[0].Span);
                break;
        }
    }

    private void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, Span<byte> output)
        where T : unmanaged
    {
        Span<T> results = MemoryMarshal.Cast<byte, T>(output);
        if (results.IsEmpty)
            return;
        ReadOnlySpan<byte> conditions = inputs[0].Span;
        ReadOnlySpan<T> firsts = MemoryMarshal.Cast<byte, T>(inputs[1].Span), seconds = MemoryMarshal.Cast<byte, T>(inputs[2].Span);
        BroadcastAxis line = select.Broadcast.Row;
        int rows = results.Length / line.Count;
        for (int row = 0; row < rows; row++)
        {
            int c = select.Broadcast.Start(0, row), a = select.Broadcast.Start(1, row), b = select.Broadcast.Start(2, row);
            for (int i = 0; i < line.Count; i++)
            {
                results[row * line.Count + i] = conditions[c + i * line.Strides[0]] != 0
                    ? firsts[a + i * line.Strides[1]] : seconds[b + i * line.Strides[2]];
            }
        }
    }
}
