using System.Buffers.Binary;
using System.Text;
using CsCheck;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class SafeTensorsTests
{
    private static readonly TensorType[] Types =
        [TensorType.UInt8, TensorType.Int8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Float32, TensorType.Float64, TensorType.Bool];

    private static readonly Gen<TensorValue> AnyTensor =
        from type in Gen.Int[0, Types.Length - 1].Select(i => Types[i])
        from dimensions in Gen.Int[0, 5].Array[0, 4]
        let shape = Shape.Create(dimensions)
        from data in Gen.Byte.Array[(int)type.Bytes(shape.Elements)]
        select new TensorValue(type, shape, data);

    [Fact]
    public void What_was_written_is_read_back_with_its_provenance() =>
        Gen.Dictionary(Gen.String, AnyTensor)[0, 8].Where(d => !d.ContainsKey("__metadata__") && d.Keys.All(IsText)).Sample(tensors =>
        {
            TensorSet set = new(tensors, [new("runtime", "LiteRT \"2.3.0\"")]);
            TensorSet read = SafeTensors.Read(Bytes(set), "test");
            Assert.Equal(set.Provenance, read.Provenance);
            Assert.Equal(set.Tensors.Keys, read.Tensors.Keys);
            foreach ((string key, TensorValue expected) in set.Tensors)
            {
                TensorValue actual = read.Tensors[key];
                Assert.Equal((expected.Type, expected.Shape), (actual.Type, actual.Shape));
                Assert.True(expected.Data.Span.SequenceEqual(actual.Data.Span));
            }
        });

    [Fact]
    public void The_data_start_at_a_multiple_of_64_and_wider_elements_come_first()
    {
        byte[] file = Bytes(new TensorSet([
            new("a", new TensorValue(TensorType.UInt8, [3], new byte[] { 1, 2, 3 })),
            new("b", new TensorValue(TensorType.Int64, [1], new byte[8]))]));
        int dataStart = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, dataStart % 64);
        Assert.Equal([1, 2, 3], file[(dataStart + 8)..]);
    }

    [Fact]
    public void A_mapped_file_can_be_read_after_it_was_deleted()
    {
        string path = Path.GetTempFileName();
        SafeTensors.Write(path, new TensorSet([new("88", new TensorValue(TensorType.UInt8, [2], new byte[] { 161, 163 }))]));
        TensorSet set = SafeTensors.Read(path);
        File.Delete(path);
        Assert.Equal([161, 163], set.Tensors["88"].Data.ToArray());
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4, "holes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 4, "the file at 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", 4, "no range of the 4 bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[-2,0]}}""", 4, "no range")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[4,2]}}""", 4, "no range")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0]}}""", 4, "no range")]
    [InlineData("""{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,4]}}""", 4, "takes 8 bytes")]
    [InlineData("""{"a":{"dtype":"I32","shape":[-1],"data_offsets":[0,4]}}""", 4, "dimension")]
    [InlineData("""{"a":{"dtype":"I32","shape":[65536,65536],"data_offsets":[0,4]}}""", 4, "elements")]
    [InlineData("""{"a":{"dtype":"I32","shape":[1e400],"data_offsets":[0,4]}}""", 4, "whole numbers")]
    [InlineData("""{"a":{"dtype":"I32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "whole numbers")]
    [InlineData("""{"a":{"dtype":"I32","shape":[NaN],"data_offsets":[0,4]}}""", 4, "")]
    [InlineData("""{"a":{"dtype":"Q7","shape":[4],"data_offsets":[0,4]}}""", 4, "unknown dtype \"Q7\"")]
    [InlineData("""{"a":{"dtype":7,"shape":[4],"data_offsets":[0,4]}}""", 4, "")]
    [InlineData("""{"a":{"shape":[4],"data_offsets":[0,4]}}""", 4, "has no \"dtype\"")]
    [InlineData("""{"a":5}""", 0, "")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "uplicate")]
    [InlineData("""{"__metadata__":{"a":[]}}""", 0, "")]
    [InlineData("""{"__metadata__":7}""", 0, "")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "")]
    [InlineData("[]", 0, "JSON object")]
    [InlineData("", 0, "")]
    [InlineData("{", 0, "")]
    [InlineData("{}", 1, "the file at 1")]
    public void A_hostile_header_is_refused(string header, int dataBytes, string expected)
    {
        UserErrorException refusal = Assert.Throws<UserErrorException>(() => SafeTensors.Read(Assemble(header, dataBytes), "hostile"));
        Assert.Contains("hostile: not a usable safetensors file", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1UL << 60)]
    [InlineData(ulong.MaxValue)]
    [InlineData(3UL)]
    public void A_header_longer_than_the_file_is_refused(ulong length)
    {
        byte[] file = Assemble("{}", 0);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Assert.Contains("does not fit", Assert.Throws<UserErrorException>(() => SafeTensors.Read(file, "hostile")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_read_or_refused_but_never_crashes()
    {
        byte[] good = Bytes(new TensorSet([new("88", new TensorValue(TensorType.Int16, [2, 3], new byte[12]))], [new("flavour", "ref")]));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length]).Sample((position, value, length) =>
        {
            byte[] bad = [.. good];
            bad[position] = value;
            try
            {
                SafeTensors.Read(bad.AsMemory(0, length), "damaged");
            }
            catch (UserErrorException)
            {
                // What a damaged file should end as.
            }
        });
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/")]
    [InlineData("/no/such/file")]
    public void What_is_no_file_is_refused(string path) => Assert.Throws<UserErrorException>(() => SafeTensors.Read(path));

    [Fact]
    public void A_value_that_has_not_the_size_of_its_shape_is_not_written() =>
        Assert.Throws<ArgumentException>(() => Bytes(new TensorSet([new("1", new TensorValue(TensorType.Int32, [2], new byte[4]))])));

    private static byte[] Bytes(TensorSet set)
    {
        using MemoryStream stream = new();
        SafeTensors.Write(stream, set);
        return stream.ToArray();
    }

    private static byte[] Assemble(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        return file;
    }

    /// <summary>False for strings with lone surrogates, which have no UTF-8.</summary>
    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;
}
