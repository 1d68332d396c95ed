using OffByN.Arithmetic;
using OffByN.Model;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Arithmetic;

/// <summary>Sparse constants of files that nobody vouches for: an element lies where its levels say, or nowhere.</summary>
public sealed class DensificationTests
{
    private static readonly SparseLevel Rows = new(2, [], []), Columns = new(null, [0, 1, 2], [1, 2]);

    [Fact]
    public void An_element_lies_where_its_levels_say() =>
        Assert.Equal([0, 7, 0, 0, 0, 9], UnpackedConstants.Of(Model(new([0, 1], [], [Rows, Columns]), 7, 9))[new(1)].Data.ToArray());

    [Fact]
    public void Blocks_and_orders_are_followed() =>
        // Columns first, each of the rows' halves of one row: block [1, 3] of a [2, 3] matrix, of which the second is stored.
        Assert.Equal([0, 0, 0, 1, 2, 3], UnpackedConstants.Of(Model(new([1, 0, 2], [1], [new(1, [], []), new(null, [0, 1], [1]), new(3, [], [])]), 1, 2, 3))[new(1)].Data.ToArray());

    public static TheoryData<string> Names => [.. Hostile.Keys];

    private static readonly Dictionary<string, Sparsity> Hostile = new()
    {
        ["no levels"] = new([], [], []),
        ["fewer levels than dimensions"] = new([0, 1], [], [Rows]),
        ["a dimension twice"] = new([0, 0], [], [Rows, Columns]),
        ["a dimension that is none"] = new([0, 7], [], [Rows, Columns]),
        ["a dense level of two billion"] = new([0, 1], [], [new(int.MaxValue, [], []), Columns]),
        ["a dense level below 0"] = new([0, 1], [], [new(-1, [], []), Columns]),
        ["no segments"] = new([0, 1], [], [Rows, new(null, [], [])]),
        ["segments past their indices"] = new([0, 1], [], [Rows, new(null, [0, 1, 3], [1, 2])]),
        ["segments that turn back"] = new([0, 1], [], [Rows, new(null, [0, 2, 1], [1, 2])]),
        ["segments below 0"] = new([0, 1], [], [Rows, new(null, [-2, 1, 2], [1, 2])]),
        ["an index outside"] = new([0, 1], [], [Rows, new(null, [0, 1, 2], [1, 3])]),
        ["an index below 0"] = new([0, 1], [], [Rows, new(null, [0, 1, 2], [-1, 2])]),
        ["an index twice"] = new([0, 1], [], [Rows, new(null, [0, 2, 2], [1, 1])]),
        ["more elements than are stored"] = new([0, 1], [], [Rows, new(null, [0, 2, 3], [0, 1, 2])]),
        ["a block of no dimension"] = new([0, 1, 2], [2], [Rows, Columns, new(3, [], [])]),
        ["a block of 0"] = new([0, 1, 2], [1], [Rows, Columns, new(0, [], [])]),
        ["a block that does not divide"] = new([0, 1, 2], [1], [Rows, Columns, new(2, [], [])]),
        ["a compressed block"] = new([0, 1, 2], [1], [Rows, new(1, [], []), Columns]),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Sparsity_that_contradicts_itself_gives_no_constant_and_a_reason(string name)
    {
        Graph graph = Model(Hostile[name], 7, 9);

        Assert.Empty(UnpackedConstants.Of(graph));
        NotComputableException reason = Assert.Throws<NotComputableException>(() => Preparation.Of(graph, graph.Operators[0], OffByN.Arithmetic.Profiles.LiteRt.Ref, delegated: false));
        Assert.Contains("the sparsity of tensor 0", reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sparsity_is_read_as_it_was_written(string name)
    {
        Sparsity written = Hostile[name];

        Sparsity read = TfliteReader.Parse(ModelWriter.Write(Model(written, 7, 9)), "sparse").Tensors[0].Sparsity!;

        Assert.Equal(written.TraversalOrder.ToArray(), read.TraversalOrder.ToArray());
        Assert.Equal(written.BlockMap.ToArray(), read.BlockMap.ToArray());
        Assert.Equal(written.Levels.Select(level => level.Size), read.Levels.Select(level => level.Size));
        Assert.Equal(written.Levels.SelectMany(level => level.Segments), read.Levels.SelectMany(level => level.Segments));
        Assert.Equal(written.Levels.SelectMany(level => level.Indices), read.Levels.SelectMany(level => level.Indices));
    }

    /// <summary>A few bytes that name a gigabyte each, a hundred times.</summary>
    [Fact]
    public void What_all_constants_unpack_to_is_bounded()
    {
        Shape huge = [1 << 28];
        Graph one = Model(new([0], [], [new(null, [0, 1], [5])]), 7);
        TensorInfo stored = one.Tensors[0] with { Shape = huge }, dense = one.Tensors[1] with { Shape = null };
        Graph graph = one with
        {
            Tensors = [stored, .. Enumerable.Range(1, 100).Select(index => dense with { Index = new(index) })],
            Operators = [.. Enumerable.Range(1, 100).Select(index => one.Operators[0] with { Index = new(index - 1), Outputs = [new(index)] })],
        };

        Assert.True(UnpackedConstants.Of(graph).Count <= 4);
    }

    private static Graph Model(Sparsity sparsity, params byte[] stored) => new()
    {
        Path = "sparse",
        Sha256 = "",
        Tensors =
        [
            new() { Index = new(0), Name = "stored", Type = TensorType.Int8, Shape = [2, 3], IsConstant = true, Data = stored, Sparsity = sparsity, Note = "sparse" },
            new() { Index = new(1), Name = "dense", Type = TensorType.Int8, Shape = [2, 3] },
        ],
        Operators = [new() { Index = new(0), Code = BuiltinOperator.Densify, Inputs = [new(0)], Outputs = [new(1)] }],
        Inputs = [],
        Outputs = [new(1)],
    };
}
