using System.IO.Compression;
using CsCheck;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class NpzTests
{
    private static readonly TensorValue Small = new(TensorType.UInt8, [3], new byte[] { 1, 2, 3 });

    [Theory]
    [InlineData(NumpyFiles.Stored)]
    [InlineData(NumpyFiles.Deflated)]
    public void What_numpy_wrote_is_read(string file)
    {
        TensorSet set = Read(Convert.FromBase64String(file));
        Assert.Equal(["88", "input_0"], set.Tensors.Keys);
        Assert.Equal("FDFEFF000102", Convert.ToHexString(set.Tensors["88"].Data.Span));
        Assert.Equal([1, 100], set.Tensors["input_0"].Shape);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_is_read_back_and_equal_sets_give_equal_bytes(bool compress)
    {
        TensorSet set = new([new("a/b:0", Small), new("5", new TensorValue(TensorType.Float32, [], new byte[] { 0, 0, 128, 63 }))]);
        byte[] file = Written(set, compress);
        TensorSet read = Read(file);
        Assert.Equal(set.Tensors.Keys, read.Tensors.Keys);
        Assert.Equal("010203", Convert.ToHexString(read.Tensors["a/b:0"].Data.Span));
        Assert.Equal(file, Written(set, compress));
    }

    [Theory]
    [InlineData("../x.npy")]
    [InlineData("a/../../x.npy")]
    [InlineData("/etc/x.npy")]
    [InlineData("a\\b.npy")]
    [InlineData("a\0.npy")]
    [InlineData("readme.txt")]
    [InlineData(".npy")]
    public void Names_that_are_no_tensors_are_refused(string name) => AssertRefused(Archive((name, Bytes(Small))), "name");

    [Fact]
    public void A_name_that_is_there_twice_is_refused() => AssertRefused(Archive(("a.npy", Bytes(Small)), ("a.npy", Bytes(Small))), "twice");

    [Fact]
    public void An_entry_longer_than_its_array_is_refused_before_it_is_unpacked() =>
        AssertRefused(Archive(("a.npy", [.. Bytes(Small), .. new byte[10_000_000]])), "takes 3 bytes");

    [Fact]
    public void An_archive_that_unpacks_to_more_than_the_limit_is_refused()
    {
        byte[] file = Archive(("a.npy", Bytes(new TensorValue(TensorType.UInt8, [100_000], new byte[100_000]))));
        UserErrorException error = Assert.Throws<UserErrorException>(() => Npz.Read(new MemoryStream(file), "x.npz", maxBytes: 50_000));
        Assert.Contains("more than 50000 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_element_does_not_pass_the_checksum()
    {
        byte[] file = Written(new TensorSet([new("a", Small)]), compress: false);
        int place = file.AsSpan().IndexOf<byte>([1, 2, 3]);
        file[place] = 9;
        AssertRefused(file, "checksum");
    }

    [Fact]
    public void Damaged_archives_are_read_or_refused() =>
        Gen.Select(Gen.Bool, Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[1, 6], Gen.Int[0, 1200]).Sample((deflated, changes, length) =>
        {
            byte[] file = Convert.FromBase64String(deflated ? NumpyFiles.Deflated : NumpyFiles.Stored);
            foreach ((int place, byte value) in changes)
                file[place % file.Length] = value;
            try
            {
                Read(file[..Math.Min(length, file.Length)]);
            }
            catch (UserErrorException)
            {
                // A refusal is the other right answer.
            }
        }, iter: 5000);

    [Fact]
    public void A_folder_is_read_by_file_name_and_raw_files_by_the_models_types()
    {
        string folder = Directory.CreateTempSubdirectory("offbyn").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "block"));
            File.WriteAllBytes(Path.Combine(folder, "88.npy"), Bytes(Small));
            File.WriteAllBytes(Path.Combine(folder, "block", "Relu6.bin"), [1, 0, 2, 0]);
            File.WriteAllText(Path.Combine(folder, "notes.txt"), "");
            TensorSet set = TensorFolder.Read(folder, key => key == "block/Relu6" ? (TensorType.Int16, [2]) : null);
            Assert.Equal(["88", "block/Relu6"], set.Tensors.Keys);
            Assert.Equal(TensorType.Int16, set.Tensors["block/Relu6"].Type);
            Assert.Throws<UserErrorException>(() => TensorFolder.Read(folder, _ => null));
            Assert.Throws<UserErrorException>(() => TensorFolder.Read(folder, _ => (TensorType.Int16, [3])));
            File.WriteAllBytes(Path.Combine(folder, "88.raw"), [1]);
            Assert.Contains("\"88\"", Assert.Throws<UserErrorException>(() => TensorFolder.Read(folder, key => key == "88" ? (TensorType.UInt8, [1]) : (TensorType.Int16, [2]))).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void AssertRefused(byte[] file, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserErrorException>(() => Read(file)).Message, StringComparison.Ordinal);

    private static TensorSet Read(byte[] file) => Npz.Read(new MemoryStream(file), "x.npz");

    private static byte[] Bytes(TensorValue value)
    {
        using MemoryStream stream = new();
        Npy.Write(stream, value);
        return stream.ToArray();
    }

    private static byte[] Written(TensorSet set, bool compress)
    {
        using MemoryStream stream = new();
        Npz.Write(stream, set, compress);
        return stream.ToArray();
    }

    private static byte[] Archive(params (string Name, byte[] Content)[] entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }
}
