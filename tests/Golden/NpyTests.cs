using System.Text;
using CsCheck;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class NpyTests
{
    [Theory]
    [MemberData(nameof(NumpyFiles.OfEachType), MemberType = typeof(NumpyFiles))]
    public void What_numpy_wrote_is_read_and_written_back_byte_for_byte(TensorType type, string elements, string file)
    {
        TensorValue value = Read(file);
        Assert.Equal(type, value.Type);
        Assert.Equal([2, 3], value.Shape);
        Assert.Equal(elements, Convert.ToHexString(value.Data.Span));
        Assert.Equal(file, Convert.ToBase64String(Written(value)));
    }

    [Theory]
    [InlineData(NumpyFiles.Int16Version2)]
    [InlineData(NumpyFiles.Int16Version3)]
    public void Later_versions_hold_the_same(string file) => Assert.Equal("FDFFFEFFFFFF000001000200", Convert.ToHexString(Read(file).Data.Span));

    [Fact]
    public void Big_endian_elements_are_turned_around()
    {
        TensorValue value = Read(NumpyFiles.BigEndianInt32);
        Assert.Equal("FDFFFFFFFEFFFFFFFFFFFFFF000000000100000002000000", Convert.ToHexString(value.Data.Span));
        Assert.Equal(TensorType.Int32, value.Type);
    }

    [Fact]
    public void Fortran_order_becomes_row_major()
    {
        TensorValue value = Read(NumpyFiles.FortranInt16);
        Assert.Equal([2, 3, 4], value.Shape);
        Assert.Equal(Enumerable.Range(0, 24), Enumerable.Range(0, 24).Select(i => (int)BitConverter.ToInt16(value.Data.Span[(2 * i)..])));
    }

    [Fact]
    public void A_scalar_has_one_element_and_a_zero_dimension_none()
    {
        Assert.Empty(Read(NumpyFiles.ScalarFloat32).Shape);
        Assert.Equal(7f, BitConverter.ToSingle(Read(NumpyFiles.ScalarFloat32).Data.Span));
        Assert.Equal(0, Read(NumpyFiles.Empty).Data.Length);
        Assert.Equal(NumpyFiles.Empty, Convert.ToBase64String(Written(Read(NumpyFiles.Empty))));
        Assert.Equal(NumpyFiles.ScalarFloat32, Convert.ToBase64String(Written(Read(NumpyFiles.ScalarFloat32))));
    }

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "element type")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "structured")]
    [InlineData("{'descr': '|i4', 'fortran_order': False, 'shape': (2,), }", "element type")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", "element type")]
    [InlineData("{'descr': '|u1', 'fortran_order': 0, 'shape': (2,), }", "True or False")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (-2,), }", "dimension")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2147483648,), }", "dimension")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (65536, 65536), }", "elements")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647,), }", "takes 17179869176 bytes")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", "takes 3 bytes")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "takes 1 bytes")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, }", "expected the entries")]
    [InlineData("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "once")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}", "once")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), } + 1", "nothing after")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (2,", "expected")]
    [InlineData("{'descr': '|u1", "quoted string")]
    [InlineData("", "expected '{'")]
    public void Damaged_headers_are_refused_with_what_was_expected(string header, string expected)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Npy.Read(File(header, 2), "x.npy"));
        Assert.StartsWith("x.npy: not a usable .npy file: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_of_a_file_is_refused()
    {
        byte[] file = Convert.FromBase64String(NumpyFiles.BigEndianInt32);
        for (int length = 0; length < file.Length; length++)
            Assert.Throws<UserErrorException>(() => Npy.Read(file.AsMemory(0, length), "cut"));
    }

    [Fact]
    public void Damaged_bytes_give_a_tensor_of_the_right_size_or_a_refusal() =>
        Gen.Select(Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 200], Gen.Byte).Sample((place, value, otherPlace, otherValue) =>
        {
            byte[] file = Convert.FromBase64String(NumpyFiles.FortranInt16);
            file[place % file.Length] = value;
            file[otherPlace % file.Length] = otherValue;
            try
            {
                TensorValue tensor = Npy.Read(file, "damaged");
                Assert.Equal(tensor.Type.Bytes(tensor.Shape.Elements), tensor.Data.Length);
            }
            catch (UserErrorException)
            {
                // A refusal is the other right answer.
            }
        });

    [Fact]
    public void BFloat16_has_no_name_in_the_format() =>
        Assert.Throws<ArgumentException>(() => Written(new TensorValue(TensorType.BFloat16, [1], new byte[2])));

    private static TensorValue Read(string file) => Npy.Read(Convert.FromBase64String(file), "test");

    private static byte[] Written(TensorValue value)
    {
        using MemoryStream stream = new();
        Npy.Write(stream, value);
        return stream.ToArray();
    }

    private static byte[] File(string header, int dataBytes) =>
        [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[dataBytes]];
}
