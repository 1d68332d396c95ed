using OffByN.Model;
using OffByN.Model.Reading;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Model;

public class TfliteReaderTests
{
    private static readonly byte[] Sound = ModelWriter.Write(SmallModels.Network());

    [Fact]
    public void Constants_are_views_of_the_files_bytes()
    {
        byte[] bytes = [.. Sound];
        TensorInfo weights = TfliteReader.Parse(bytes, "model").Tensors[1];

        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(weights.Data, out ArraySegment<byte> segment));
        Assert.Same(bytes, segment.Array);
    }

    [Fact]
    public void Int4_codes_are_unpacked_with_the_lower_half_first_and_signed()
    {
        TensorInfo codes = TfliteReader.Parse(ModelWriter.Write(SmallModels.Oddities()), "oddities").Tensors[1];

        Assert.Equal(TensorType.Int4, codes.Type);
        Assert.Equal([-8, 7, 0, -1, 1], codes.Data.ToArray().Select(code => (int)(sbyte)code));
    }

    [Fact]
    public void Zero_points_that_the_file_leaves_out_are_0()
    {
        byte[] bytes = ModelWriter.Write(SmallModels.Network(TensorType.Int8));
        Damage damage = new(bytes);

        Graph graph = TfliteReader.Parse(damage.Set(damage.Vector(damage.Quantization(1), Schema.Quantization.ZeroPoint), 0).Bytes, "model");

        Assert.Equal([0, 0, 0, 0], graph.Tensors[1].Quantization!.ZeroPoints.ToArray());
    }

    [Fact]
    public void A_shape_known_at_run_time_only_is_noted_and_not_an_error()
    {
        Damage damage = new(Sound);

        TensorInfo tensor = TfliteReader.Parse(damage.Set(damage.Vector(damage.Tensor(3), Schema.Tensor.Shape) + 4, -1).Bytes, "model").Tensors[3];

        Assert.Null(tensor.Shape);
        Assert.Contains("-1x4x4x4", tensor.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_an_unknown_kind_are_left_out()
    {
        Damage damage = new(Sound);

        Graph graph = TfliteReader.Parse(damage.SetByte(Damage.Field(damage.Operator(0), Schema.Operator.BuiltinOptionsType), 200).Bytes, "model");

        Assert.Null(graph.Operators[0].Options);
    }
}
