using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>SCATTER_ND.</summary>
public sealed class Scatter(PreparedScatter scatter) : NumberOperator(scatter.Output.Type), IReferenceOperator<PreparedScatter>
{
    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        ReadOnlySpan<int> indices = MemoryMarshal.Cast<byte, int>(inputs[0].Span);
        ReadOnlySpan<T> updates = MemoryMarshal.Cast<byte, T>(inputs[1].Span);
        Span<T> output = MemoryMarshal.Cast<byte, T>(outputs[0].Span);
        output.Clear();
        bool isBool = scatter.Output.Type == TensorType.Bool;
        for (int row = 0; row < (output.IsEmpty ? 0 : scatter.Count); row++)
        {
            int start = Start(indices.Slice(row * scatter.Axes.Length, scatter.Axes.Length));
            if (start < 0)
                continue;
            Span<T> run = output.Slice(start, scatter.Run);
            for (int i = 0; i < run.Length; i++)
            {
                T update = updates[row * scatter.Run + i];
                run[i] = isBool ? T.Max(run[i], update) : unchecked(run[i] + update);
            }
        }
    }

    /// <summary>Where a row of indices points to; -1 when it is out of range.</summary>
    private int Start(ReadOnlySpan<int> row)
    {
        int start = 0;
        for (int axis = 0; axis < row.Length; axis++)
        {
            if (row[axis] < 0 || row[axis] >= scatter.Axes[axis].Size)
                return -1;
            start += row[axis] * scatter.Axes[axis].Stride;
        }
        return start;
    }
}
