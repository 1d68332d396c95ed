using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Every operator that is a table of the results of its input's codes.</summary>
public sealed class TableLookup(PreparedTable table) : IReferenceOperator<PreparedTable>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        if (table.Input.Type.Bits() == 8)
            Run<byte>(inputs[0].Span, outputs[0].Span);
        else
            Run<ushort>(inputs[0].Span, outputs[0].Span);
    }

    private void Run<TPattern>(ReadOnlySpan<byte> input, Span<byte> output)
        where TPattern : unmanaged, IBinaryInteger<TPattern>
    {
        ReadOnlySpan<TPattern> codes = MemoryMarshal.Cast<byte, TPattern>(input);
        switch (table.Output.Type.Bits())
        {
            case 8:
                Run<TPattern, byte>(codes, output);
                break;
            case 16:
                Run<TPattern, ushort>(codes, output);
                break;
            default:
                Run<TPattern, uint>(codes, output);
                break;
        }
    }

    private void Run<TPattern, TResult>(ReadOnlySpan<TPattern> codes, Span<byte> output)
        where TPattern : unmanaged, IBinaryInteger<TPattern>
        where TResult : unmanaged
    {
        Span<TResult> results = MemoryMarshal.Cast<byte, TResult>(output);
        Look(codes[..table.TailStart], results, table.Body.AsSpan());
        Look(codes[table.TailStart..], results[table.TailStart..], table.Tail.AsSpan());

        static void Look(ReadOnlySpan<TPattern> codes, Span<TResult> results, ReadOnlySpan<byte> table)
        {
            ReadOnlySpan<TResult> entries = MemoryMarshal.Cast<byte, TResult>(table);
            for (int i = 0; i < codes.Length; i++)
                results[i] = entries[int.CreateTruncating(codes[i])];
        }
    }
}
