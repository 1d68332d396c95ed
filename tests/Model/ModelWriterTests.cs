using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Model;

public class ModelWriterTests
{
    public static TheoryData<string> Graphs => ["uint8", "int8", "oddities"];

    public static TheoryData<Type> OptionRecords =>
        [.. typeof(OperatorOptions).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(OperatorOptions)))];

    [Theory]
    [MemberData(nameof(Graphs))]
    public void A_written_graph_reads_back_as_it_was(string which)
    {
        Graph graph = Named(which);

        Graph read = TfliteReader.Parse(ModelWriter.Write(graph), graph.Path);

        AssertSame(graph with { Sha256 = read.Sha256 }, read, "graph");
    }

    [Theory]
    [MemberData(nameof(OptionRecords))]
    public void Options_of_every_kind_read_back_with_values_other_than_their_defaults(Type record)
    {
        ConstructorInfo primary = record.GetConstructors().Single();
        OperatorOptions options = (OperatorOptions)primary.Invoke([.. primary.GetParameters().Select(OtherThanDefault)]);

        Graph read = TfliteReader.Parse(ModelWriter.Write(WithOptions(options)), "options");

        AssertSame(options, read.Operators[0].Options, record.Name);
    }

    [Fact]
    public void Options_that_a_file_leaves_out_are_the_schemas_defaults()
    {
        Graph read = TfliteReader.Parse(ModelWriter.Write(WithOptions(new Conv2DOptions())), "options");

        Conv2DOptions options = Assert.IsType<Conv2DOptions>(read.Operators[0].Options);
        Assert.Equal((0, 0, 1, 1), (options.StrideW, options.StrideH, options.DilationW, options.DilationH));
        Assert.True(Assert.IsType<AddOptions>(
            TfliteReader.Parse(ModelWriter.Write(WithOptions(new AddOptions())), "options").Operators[0].Options).PotScaleInt16);
    }

    [Fact]
    public void Operator_codes_above_127_are_written_for_old_and_new_readers()
    {
        Graph graph = WithOptions(new GeluOptions(true));
        graph = graph with { Operators = [graph.Operators[0] with { Code = BuiltinOperator.Gelu }] };

        Assert.Equal(BuiltinOperator.Gelu, TfliteReader.Parse(ModelWriter.Write(graph), "gelu").Operators[0].Code);
    }

    internal static Graph Named(string which) => which switch
    {
        "uint8" => SmallModels.Network(),
        "int8" => SmallModels.Network(TensorType.Int8),
        _ => SmallModels.Oddities(),
    };

    private static Graph WithOptions(OperatorOptions options)
    {
        Graph graph = SmallModels.Network();
        Operator softmax = graph.Operators[^1] with { Index = new LayerIndex(0), Options = options };
        return graph with { Operators = [softmax], Inputs = softmax.Inputs };
    }

    private static object OtherThanDefault(ParameterInfo parameter) => parameter.ParameterType switch
    {
        { IsEnum: true } type => Enum.ToObject(type, 1),
        var type when type == typeof(int) => -7,
        var type when type == typeof(float) => 0.3f,
        var type when type == typeof(bool) => !(bool)parameter.DefaultValue!,
        _ => ImmutableArray.Create(2, -1, 3),
    };

    /// <summary>Compares by value all the way down; records with arrays compare those by reference.</summary>
    private static void AssertSame(object? expected, object? actual, string where)
    {
        if (expected is ReadOnlyMemory<byte> memory)
        {
            Assert.True(memory.Span.SequenceEqual(((ReadOnlyMemory<byte>)actual!).Span), where);
        }
        else if (expected is IEnumerable and not string)
        {
            object?[] left = [.. ((IEnumerable)expected).Cast<object?>()];
            object?[] right = [.. ((IEnumerable)actual!).Cast<object?>()];
            Assert.True(left.Length == right.Length, $"{where}: {left.Length} against {right.Length} entries");
            for (int i = 0; i < left.Length; i++)
                AssertSame(left[i], right[i], $"{where}[{i}]");
        }
        else if (expected is Graph or TensorInfo or Operator or Quantization or OperatorOptions)
        {
            Assert.Equal(expected.GetType(), actual?.GetType());
            foreach (PropertyInfo property in expected.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0))
                AssertSame(property.GetValue(expected), property.GetValue(actual), $"{where}.{property.Name}");
        }
        else
        {
            Assert.True(Equals(expected, actual), $"{where}: expected {expected}, found {actual}");
        }
    }
}
