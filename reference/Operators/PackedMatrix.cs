using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OffByN.Reference.Operators;

/// <summary>
/// A matrix of int16 weights [columns, depth], packed once for multiplication: panels of <see cref="PanelColumns"/> columns, in each the depth in pairs, in
/// each pair all columns, so that one multiply-add of adjacent pairs serves a vector of columns. Columns and depth are padded with zeros.
/// </summary>
public sealed unsafe class PackedMatrix
{
    public const int PanelColumns = 32;
    public const int BlockRows = 6;

    private readonly short[] panels;
    private readonly int pairs;

    /// <param name="columns">Output columns (channels).</param>
    /// <param name="depth">Terms of one sum.</param>
    /// <param name="weight">The centred weight of a column and a depth, at most 16 bits.</param>
    public PackedMatrix(int columns, int depth, Func<int, int, short> weight)
    {
        pairs = (depth + 1) / 2;
        PaddedColumns = (columns + PanelColumns - 1) / PanelColumns * PanelColumns;
        panels = new short[(long)PaddedColumns * pairs * 2];
        for (int column = 0; column < columns; column++)
        {
            int panel = column / PanelColumns * pairs * PanelColumns * 2 + column % PanelColumns * 2;
            for (int k = 0; k < depth; k++)
                panels[panel + k / 2 * PanelColumns * 2 + k % 2] = weight(column, k);
        }
    }

    /// <summary>Columns of a result row; the ones past the last are 0.</summary>
    public int PaddedColumns { get; }

    /// <summary>Elements of a row of the left matrix: the depth, padded to whole pairs.</summary>
    public int PaddedDepth => pairs * 2;

    /// <summary>
    /// sums[r, c] = sum over k of rows[r, k] * weight[c, k], int32, wrapping. <paramref name="count"/> is a multiple of <see cref="BlockRows"/>;
    /// rows are <see cref="PaddedDepth"/> apart, sums <see cref="PaddedColumns"/>.
    /// </summary>
    public void Multiply(ReadOnlySpan<short> rows, int count, Span<int> sums)
    {
        fixed (short* left = rows, right = panels)
        fixed (int* result = sums)
        {
            for (int column = 0; column < PaddedColumns; column += PanelColumns)
            {
                short* panel = right + (long)column * PaddedDepth;
                for (int row = 0; row < count; row += BlockRows)
                    MultiplyBlock(left + (long)row * PaddedDepth, panel, result + (long)row * PaddedColumns + column);
            }
        }
    }

    private void MultiplyBlock(short* rows, short* panel, int* sums)
    {
        if (Avx512BW.IsSupported)
            Block512(rows, panel, sums);
        else if (Avx2.IsSupported)
            Block256(rows, panel, sums);
        else
            BlockScalar(rows, panel, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Block512(short* rows, short* panel, int* sums)
    {
        Vector512<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector512<int> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        int depth = PaddedDepth;
        short* row0 = rows, row1 = row0 + depth, row2 = row1 + depth, row3 = row2 + depth, row4 = row3 + depth, row5 = row4 + depth;
        for (int k = 0; k < depth; k += 2, panel += PanelColumns * 2)
        {
            Vector512<short> left = Vector512.Load(panel), right = Vector512.Load(panel + PanelColumns);
            Vector512<short> pair = Vector512.Create(*(int*)(row0 + k)).AsInt16();
            a0 += Avx512BW.MultiplyAddAdjacent(pair, left);
            a1 += Avx512BW.MultiplyAddAdjacent(pair, right);
            pair = Vector512.Create(*(int*)(row1 + k)).AsInt16();
            b0 += Avx512BW.MultiplyAddAdjacent(pair, left);
            b1 += Avx512BW.MultiplyAddAdjacent(pair, right);
            pair = Vector512.Create(*(int*)(row2 + k)).AsInt16();
            c0 += Avx512BW.MultiplyAddAdjacent(pair, left);
            c1 += Avx512BW.MultiplyAddAdjacent(pair, right);
            pair = Vector512.Create(*(int*)(row3 + k)).AsInt16();
            d0 += Avx512BW.MultiplyAddAdjacent(pair, left);
            d1 += Avx512BW.MultiplyAddAdjacent(pair, right);
            pair = Vector512.Create(*(int*)(row4 + k)).AsInt16();
            e0 += Avx512BW.MultiplyAddAdjacent(pair, left);
            e1 += Avx512BW.MultiplyAddAdjacent(pair, right);
            pair = Vector512.Create(*(int*)(row5 + k)).AsInt16();
            f0 += Avx512BW.MultiplyAddAdjacent(pair, left);
            f1 += Avx512BW.MultiplyAddAdjacent(pair, right);
        }
        Store(sums, a0, a1);
        Store(sums += PaddedColumns, b0, b1);
        Store(sums += PaddedColumns, c0, c1);
        Store(sums += PaddedColumns, d0, d1);
        Store(sums += PaddedColumns, e0, e1);
        Store(sums += PaddedColumns, f0, f1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Vector512<int> left, Vector512<int> right)
    {
        left.Store(sums);
        right.Store(sums + Vector512<int>.Count);
    }

    /// <summary>The same tile in rows of one, four vectors of columns at once: sixteen registers hold no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Block256(short* rows, short* panel, int* sums)
    {
        for (int row = 0; row < BlockRows; row += 2, sums += 2 * PaddedColumns)
        {
            short* row0 = rows + row * PaddedDepth, row1 = row0 + PaddedDepth, weights = panel;
            Vector256<int> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            for (int k = 0; k < PaddedDepth; k += 2, weights += PanelColumns * 2)
            {
                Vector256<short> first = Vector256.Create(*(int*)(row0 + k)).AsInt16(), second = Vector256.Create(*(int*)(row1 + k)).AsInt16();
                Vector256<short> w0 = Vector256.Load(weights), w1 = Vector256.Load(weights + 16);
                Vector256<short> w2 = Vector256.Load(weights + 32), w3 = Vector256.Load(weights + 48);
                a0 += Avx2.MultiplyAddAdjacent(first, w0);
                a1 += Avx2.MultiplyAddAdjacent(first, w1);
                a2 += Avx2.MultiplyAddAdjacent(first, w2);
                a3 += Avx2.MultiplyAddAdjacent(first, w3);
                b0 += Avx2.MultiplyAddAdjacent(second, w0);
                b1 += Avx2.MultiplyAddAdjacent(second, w1);
                b2 += Avx2.MultiplyAddAdjacent(second, w2);
                b3 += Avx2.MultiplyAddAdjacent(second, w3);
            }
            Store(sums, a0, a1, a2, a3);
            Store(sums + PaddedColumns, b0, b1, b2, b3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(int* sums, Vector256<int> v0, Vector256<int> v1, Vector256<int> v2, Vector256<int> v3)
    {
        v0.Store(sums);
        v1.Store(sums + 8);
        v2.Store(sums + 16);
        v3.Store(sums + 24);
    }

    private void BlockScalar(short* rows, short* panel, int* sums)
    {
        for (int row = 0; row < BlockRows; row++, rows += PaddedDepth, sums += PaddedColumns)
        {
            for (int column = 0; column < PanelColumns; column++)
            {
                int sum = 0;
                for (int k = 0; k < PaddedDepth; k++)
                    sum = unchecked(sum + rows[k] * panel[k / 2 * PanelColumns * 2 + column * 2 + k % 2]);
                sums[column] = sum;
            }
        }
    }
}
