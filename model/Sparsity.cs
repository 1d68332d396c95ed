using System.Collections.Immutable;

namespace OffByN.Model;

/// <summary>
/// Where the stored elements of a sparse constant lie in its shape: nested levels, each a dimension or a dimension of a block, of which every one or only some positions are
/// stored. As the file has it: nothing says yet that it fits the shape.
/// </summary>
/// <param name="TraversalOrder">What each level walks: a dimension of the shape, or behind them a dimension of the block.</param>
/// <param name="BlockMap">The dimension of the shape that each dimension of a block divides; empty without blocks.</param>
/// <param name="Levels">Outermost first.</param>
public sealed record Sparsity(ImmutableArray<int> TraversalOrder, ImmutableArray<int> BlockMap, ImmutableArray<SparseLevel> Levels);

/// <summary>One level of a <see cref="Sparsity"/>.</summary>
/// <param name="Size">Positions of a dense level; null for a compressed one.</param>
/// <param name="Segments">Of a compressed level: where the positions under each place of the level above begin among <paramref name="Indices"/>, and one end more.</param>
/// <param name="Indices">Of a compressed level: the positions that are stored.</param>
public sealed record SparseLevel(int? Size, ImmutableArray<int> Segments, ImmutableArray<int> Indices);
