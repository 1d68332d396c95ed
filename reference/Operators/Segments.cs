using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>SEGMENT_SUM and UNSORTED_SEGMENT_*.</summary>
public sealed class Segments(PreparedSegments segments) : NumberOperator(segments.Output.Type), IReferenceOperator<PreparedSegments>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<T> input = MemoryMarshal.Cast<byte, T>(inputs[0].Span);
        ReadOnlySpan<int> ids = MemoryMarshal.Cast<byte, int>(inputs[1].Span);
        Span<T> output = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        output.Fill(segments.Reduction switch
        {
            SegmentReduction.Product => T.One,
            SegmentReduction.Maximum => T.MinValue,
            SegmentReduction.Minimum => T.MaxValue,
            _ => T.Zero,
        });
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] < 0 || ids[i] >= segments.Segments)
                continue;
            Span<T> segment = output.Slice(ids[i] * segments.Run, segments.Run);
            ReadOnlySpan<T> run = input.Slice(i * segments.Run, segments.Run);
            for (int k = 0; k < run.Length; k++)
            {
                segment[k] = segments.Reduction switch
                {
                    SegmentReduction.Product => unchecked(segment[k] * run[k]),
                    SegmentReduction.Maximum => segment[k] < run[k] ? run[k] : segment[k],
                    SegmentReduction.Minimum => run[k] < segment[k] ? run[k] : segment[k],
                    _ => unchecked(segment[k] + run[k]),
                };
            }
        }
    }
}
