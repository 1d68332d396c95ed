using System.Diagnostics;
using OffByN.Harness.Inspection;
using OffByN.Model;
using OffByN.Model.Reading;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Model;

public class HostileInputTests
{
    private static readonly byte[] Sound = ModelWriter.Write(SmallModels.Network(TensorType.Int8));

    /// <summary>What is done to a sound file, and what the message must name.</summary>
    private static readonly Dictionary<string, (Func<Damage, Damage> Do, string Message)> Cases = new()
    {
        ["root offset past the end"] = (d => d.Set(0, int.MaxValue), "the root table"),
        ["root offset zero"] = (d => d.Set(0, 0), "the root table"),
        ["root offset with the sign bit"] = (d => d.Set(0, -8), "the root table"),
        ["vtable before the file"] = (d => d.Set(d.Model.Position, int.MaxValue), "vtable"),
        ["vtable after the file"] = (d => d.Set(d.Model.Position, int.MinValue), "vtable"),
        ["odd vtable length"] = (d => d.SetShort(d.VtableEntry(d.Model, 0) - 4, 7), "vtable length"),
        ["vtable length past the end"] = (d => d.SetShort(d.VtableEntry(d.Model, 0) - 4, 32766), "vtable"),
        ["field on top of its table's head"] = (d => d.SetShort(d.VtableEntry(d.SubGraph, Schema.SubGraph.Tensors), 2), "field 0"),
        ["field past the end"] = (d => d.SetShort(d.VtableEntry(d.SubGraph, Schema.SubGraph.Tensors), short.MaxValue), "field 0"),
        ["schema version 4"] = (d => d.Set(Damage.Field(d.Model, Schema.Model.Version), 4), "schema version 3, found 4"),
        ["no subgraphs"] = (d => d.Set(d.Vector(d.Model, Schema.Model.Subgraphs), 0), "at least one subgraph"),
        ["four billion tensors"] = (d => d.Set(d.Vector(d.SubGraph, Schema.SubGraph.Tensors), -1), "vector"),
        ["tensor vector one too long for the file"] = (d => d.Set(d.Vector(d.SubGraph, Schema.SubGraph.Tensors), d.Bytes.Length / 4), "vector"),
        ["a table that is the table it is in"] = (d => d.Set(d.Vector(d.Model, Schema.Model.Subgraphs) + 4, unchecked(d.Model.Position - d.Vector(d.Model, Schema.Model.Subgraphs) - 4)), "offset"),
        ["a buffer in place of a tensor"] = (d => d.Set(d.Vector(d.SubGraph, Schema.SubGraph.Tensors) + 4, d.Buffer(1).Position - d.Vector(d.SubGraph, Schema.SubGraph.Tensors) - 4), "the vector in field 0"),
        ["negative dimension"] = (d => d.Set(d.Vector(d.Tensor(3), Schema.Tensor.Shape) + 8, -2), "tensor 3 'convolution': expected dimensions of at least 0"),
        ["dimension of -1 in a constant"] = (d => d.Set(d.Vector(d.Tensor(1), Schema.Tensor.Shape) + 8, -1), "tensor 1 'convolution/weights': expected dimensions"),
        ["shape that overflows int"] = (d => d.Set(d.Vector(d.Tensor(3), Schema.Tensor.Shape) + 8, int.MaxValue), "at most 2147483647 elements"),
        ["shape that overflows long"] = (d => d.Set(d.Vector(d.Tensor(3), Schema.Tensor.Shape) + 8, int.MaxValue).Set(d.Vector(d.Tensor(3), Schema.Tensor.Shape) + 12, int.MaxValue).Set(d.Vector(d.Tensor(3), Schema.Tensor.Shape) + 16, int.MaxValue), "at most 2147483647 elements"),
        ["constant of the wrong size"] = (d => d.Set(d.Vector(d.Tensor(10), Schema.Tensor.Shape) + 4, 5), "tensor 10 'dense/weights': expected 20 bytes for int8 5x4, found 12"),
        ["buffer one byte short"] = (d => d.Set(d.Vector(d.Buffer(1), Schema.Buffer.Data), 107), "found 107"),
        ["buffer past the end"] = (d => d.Set(d.Vector(d.Buffer(1), Schema.Buffer.Data), int.MaxValue), "2147483647 bytes"),
        ["buffer index out of range"] = (d => d.Set(Damage.Field(d.Tensor(1), Schema.Tensor.Buffer), 999), "one of 8 buffers, found buffer 999"),
        ["buffer outside of the file"] = (d => d.MoveOutside(1, size: 109), "109 bytes at"),
        ["buffer outside of the address space"] = (d => d.MoveOutside(1, size: -1), "18446744073709551615 bytes at"),
        ["unknown element type"] = (d => d.SetByte(Damage.Field(d.Tensor(1), Schema.Tensor.Type), 99), "element type of 0 to 22, found 99"),
        ["scale 0"] = (d => d.Set(d.Vector(d.Quantization(3), Schema.Quantization.Scale) + 4, 0f), "tensor 3 'convolution': expected a scale"),
        ["scale NaN"] = (d => d.Set(d.Vector(d.Quantization(3), Schema.Quantization.Scale) + 4, float.NaN), "found NaN"),
        ["scale infinite"] = (d => d.Set(d.Vector(d.Quantization(3), Schema.Quantization.Scale) + 4, float.PositiveInfinity), "found Infinity"),
        ["scale negative"] = (d => d.Set(d.Vector(d.Quantization(3), Schema.Quantization.Scale) + 4, -1f), "found -1"),
        ["zero point beyond int8"] = (d => d.Set(d.Vector(d.Quantization(3), Schema.Quantization.ZeroPoint) + 4, 128), "zero point of -128 to 127 for int8, found 128"),
        ["zero point beyond int"] = (d => d.Set(d.Vector(d.Quantization(3), Schema.Quantization.ZeroPoint) + 8, 1), "found 4294967296"),
        ["three scales for four channels"] = (d => d.Set(d.Vector(d.Quantization(1), Schema.Quantization.Scale), 3).Set(d.Vector(d.Quantization(1), Schema.Quantization.ZeroPoint), 3), "expected 4 scales"),
        ["more zero points than scales"] = (d => d.Set(d.Vector(d.Quantization(1), Schema.Quantization.Scale), 3), "expected 3 zero points"),
        ["quantized dimension out of range"] = (d => d.Set(Damage.Field(d.Quantization(4), Schema.Quantization.QuantizedDimension), 4), "quantized dimension of 0 to 3"),
        ["input index out of range"] = (d => d.Set(d.Vector(d.Operator(0), Schema.Operator.Inputs) + 4, 14), "operator 0 (CONV_2D) input 0 to be one of 14 tensors, found index 14"),
        ["output index out of range"] = (d => d.Set(d.Vector(d.Operator(0), Schema.Operator.Outputs) + 4, int.MinValue), "operator 0 (CONV_2D) output 0"),
        ["graph input -1"] = (d => d.Set(d.Vector(d.SubGraph, Schema.SubGraph.Inputs) + 4, -1), "graph input 0"),
        ["graph output out of range"] = (d => d.Set(d.Vector(d.SubGraph, Schema.SubGraph.Outputs) + 4, 14), "graph output 0"),
        ["graph output that nothing computes"] = (d => d.Set(d.Vector(d.Operator(5), Schema.Operator.Outputs), 0), "tensor 13 'softmax': expected a graph output that some operator computes"),
        ["operator code index out of range"] = (d => d.Set(Damage.Field(d.Operator(5), Schema.Operator.OpcodeIndex), 6), "one of 6 operator codes, found code index 6"),
        ["operators out of order"] = (d => d.Set(d.Vector(d.Operator(0), Schema.Operator.Inputs) + 4, 6), "tensor 6 'depthwise': expected a value before operator 0 (CONV_2D)"),
        ["two sources of one tensor"] = (d => d.Set(d.Vector(d.Operator(1), Schema.Operator.Outputs) + 4, 3), "tensor 3 'convolution': expected one source"),
        ["operator that writes a constant"] = (d => d.Set(d.Vector(d.Operator(1), Schema.Operator.Outputs) + 4, 1), "tensor 1 'convolution/weights': expected one source"),
        ["constant as a graph input"] = (d => d.Set(d.Vector(d.SubGraph, Schema.SubGraph.Inputs) + 4, 1), "expected a graph input without a value"),
        ["unknown padding"] = (d => d.SetByte(Damage.Field(d.Operator(2).Table(Schema.Operator.BuiltinOptions)!.Value, 0), 7), "expected a Padding for Padding of Pool2DOptions, found 7"),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Damage_is_reported_with_its_place(string name)
    {
        (Func<Damage, Damage> damage, string message) = Cases[name];

        UserErrorException error = Assert.Throws<UserErrorException>(() => TfliteReader.Parse(damage(new Damage(Sound)).Bytes, "damaged.tflite"));

        Assert.StartsWith("damaged.tflite: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "found an empty file")]
    [InlineData("TFL3", "found 4 bytes")]
    [InlineData("<!DOCTYPE html>", "found 'CTYP'")]
    [InlineData("PK\u0003\u0004\u001b[2J", "found '\\u001B[2J'")]
    public void A_file_of_another_kind_is_named_as_such(string content, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => TfliteReader.Parse(System.Text.Encoding.ASCII.GetBytes(content), "page"));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        for (int length = 0; length < Sound.Length - 16; length++)
            Assert.Throws<UserErrorException>(() => TfliteReader.Parse(Sound.AsMemory(0, length), "cut"));
    }

    [Fact]
    public void A_folder_an_absent_file_and_an_endless_device_are_refused()
    {
        Assert.Contains("found a folder", Assert.Throws<UserErrorException>(() => TfliteReader.Read(Path.GetTempPath())).Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/model.tflite", Assert.Throws<UserErrorException>(() => TfliteReader.Read("/no/such/model.tflite")).Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => TfliteReader.Read("a\0b"));
        Assert.Contains("empty file", Assert.Throws<UserErrorException>(() => TfliteReader.Read("/dev/zero")).Message, StringComparison.Ordinal);
    }

    /// <summary>One operator with a quarter of a million outputs, listed a quarter of a million times, in a file of 2 MB.</summary>
    [Fact]
    public void Operators_that_share_one_long_vector_are_refused_at_once()
    {
        const int Many = 1 << 18;
        Damage damage = new(Sound);
        int operators = damage.AppendRepeated(Many, (Schema.Operator.Outputs, [.. Enumerable.Repeat(-1, Many)]));

        AssertRefusedAtOnce(damage.Lead(damage.SubGraph, Schema.SubGraph.Operators, operators).Bytes);
    }

    /// <summary>Packed codes are the one thing that takes more memory than the file has; one buffer serves ten thousand tensors.</summary>
    [Fact]
    public void Tensors_that_share_one_packed_buffer_are_refused_at_once()
    {
        Graph graph = SmallModels.Oddities();
        TensorInfo codes = graph.Tensors[1] with { Shape = [1 << 17], Data = new byte[1 << 17] };
        Damage damage = new(ModelWriter.Write(graph with { Tensors = graph.Tensors.SetItem(1, codes) }));
        int tensors = damage.AppendRepeated(
            10_000, (Schema.Tensor.Shape, [1 << 17]), (Schema.Tensor.Type, (int)TensorType.Int4), (Schema.Tensor.Buffer, 1));

        AssertRefusedAtOnce(damage.Lead(damage.SubGraph, Schema.SubGraph.Tensors, tensors).Bytes);
    }

    private static void AssertRefusedAtOnce(byte[] bytes)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Contains("they overlap", Assert.Throws<UserErrorException>(() => TfliteReader.Parse(bytes, "bomb")).Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 64 << 20);
    }

    /// <summary>OFFBYN_FUZZ asks for more than a test run has time for.</summary>
    private static readonly int Mutants = int.TryParse(Environment.GetEnvironmentVariable("OFFBYN_FUZZ"), out int wanted) ? wanted : 4000;

    [Theory]
    [InlineData("int8", 1)]
    [InlineData("oddities", 2)]
    public void Thousands_of_mutants_end_in_a_graph_or_a_user_error_within_bounds(string which, int seed)
    {
        byte[] sound = ModelWriter.Write(ModelWriterTests.Named(which));
        IReadOnlyList<int> positions = new Damage(sound).Positions();
        Random random = new(seed);
        int read = 0;
        for (int mutant = 0; mutant < Mutants; mutant++)
        {
            byte[] bytes = Mutated(sound, positions, random);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            Stopwatch watch = Stopwatch.StartNew();
            try
            {
                Graph graph = TfliteReader.Parse(bytes, "mutant");
                Assert.Equal(graph.Operators.Sum(op => op.Outputs.Count(output => !output.IsNone)), InspectReport.Of(graph).Length);
                byte[] tapped = Tapping.Tap(bytes, graph);
                Assert.True(tapped.Length >= bytes.Length);
                read++;
            }
            catch (UserErrorException)
            {
            }
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"mutant {mutant}: {watch.Elapsed}");
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(allocated < 16 << 20, $"mutant {mutant}: {allocated} bytes");
        }
        Assert.InRange(read, Mutants / 40, Mutants - Mutants / 40);
    }

    private static byte[] Mutated(byte[] sound, IReadOnlyList<int> positions, Random random)
    {
        byte[] bytes = [.. sound];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = positions[random.Next(positions.Count)];
            int old = BitConverter.ToInt32(bytes, at);
            int[] values = [0, 1, -1, 2, int.MaxValue, int.MinValue, bytes.Length, bytes.Length - at, old + 1, old - 1, old + 4, old - 4, old << 8, old ^ (1 << random.Next(32)), random.Next(bytes.Length), random.Next()];
            int value = values[random.Next(values.Length)];
            switch (random.Next(4))
            {
                case 0:
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                    break;
                case 1:
                    BitConverter.TryWriteBytes(bytes.AsSpan(at), (short)value);
                    break;
                default:
                    BitConverter.TryWriteBytes(bytes.AsSpan(at), value);
                    break;
            }
        }
        return random.Next(20) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
