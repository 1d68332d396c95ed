using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Model.Writing;
using Xunit;

namespace OffByN.Tests.Model;

public sealed class ResultTypesTests
{
    [Fact]
    public void A_sum_that_the_file_declares_float_has_the_type_of_its_second_input_and_so_have_sums_of_it()
    {
        Graph declared = Chain(TensorType.Int8, TensorType.Float32, TensorType.Float32);
        Graph read = TfliteReader.Parse(ModelWriter.Write(declared), "chain");
        Assert.Equal([TensorType.Int8, TensorType.Int8, TensorType.Int8], read.Tensors.Select(tensor => tensor.Type));
    }

    [Fact]
    public void A_product_keeps_the_type_that_the_file_declares()
    {
        Graph declared = Chain(TensorType.Int8, TensorType.Int16, TensorType.Int16);
        declared = declared with { Operators = [.. declared.Operators.Select(op => op with { Code = BuiltinOperator.Mul, Options = new MulOptions() })] };
        Assert.Equal([TensorType.Int8, TensorType.Int16, TensorType.Int16], TfliteReader.Parse(ModelWriter.Write(declared), "chain").Tensors.Select(tensor => tensor.Type));
    }

    /// <summary>t0 + t0 = t1, t1 + t1 = t2.</summary>
    private static Graph Chain(params TensorType[] types) => new()
    {
        Path = "chain",
        Sha256 = "",
        Tensors = [.. types.Select((type, index) => new TensorInfo
        {
            Index = new(index), Name = $"t{index}", Type = type, Shape = [2, 3], Quantization = new([0.5f], [0], 0),
        })],
        Operators =
        [
            .. Enumerable.Range(0, 2).Select(at => new Operator
            {
                Index = new(at), Code = BuiltinOperator.Add, Inputs = [new(at), new(at)], Outputs = [new(at + 1)], Options = new AddOptions(),
            }),
        ],
        Inputs = [new(0)],
        Outputs = [new(2)],
    };
}
