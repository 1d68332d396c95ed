using System.Runtime.InteropServices;
using CsCheck;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class InputReaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("offbyn").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void SplitMix64_gives_the_published_numbers()
    {
        SplitMix64 random = new(1234567);
        foreach (ulong expected in (ulong[])[6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821])
            Assert.Equal(expected, random.Next());
    }

    [Fact]
    public void A_seed_gives_what_an_independent_program_computes_from_the_documented_rule()
    {
        // Python: splitmix64(7), one number an element: >> 56, low + (high - low) * (n >> 11) / 2^53 in struct 'f', >> 62, >> 63; hashlib.sha256.
        Graph graph = GraphOf(
            Input(0, TensorType.UInt8, [1, 2, 2, 3]), Input(1, TensorType.Float32, [3]), Input(2, TensorType.Int32, [4]), Input(3, TensorType.Bool, [4]));
        ModelInput input = InputReader.FromSeed(graph, 7);
        Assert.Equal("6304E695733F775322691AF5", Hex(input.Tensors.Tensors["input_0"]));
        Assert.Equal("A330404213612842D7A42442", Hex(input.Tensors.Tensors["input_1"]));
        Assert.Equal("02000000030000000100000002000000", Hex(input.Tensors.Tensors["input_2"]));
        Assert.Equal("01010000", Hex(input.Tensors.Tensors["input_3"]));
        Assert.Equal("d115aba568bb78771ae8ccc1c3d279a8bbdac1cab9767326b04c51454fb4baa2", input.Sha256);
        Assert.Equal("seed 7", input.Name);
    }

    [Fact]
    public void Floats_stay_in_the_range_of_the_quantize_that_reads_them_and_else_in_minus_1_to_1() => Gen.ULong.Sample(seed =>
    {
        Graph graph = GraphOf(Input(0, TensorType.Float32, [50]), Input(1, TensorType.Float32, [50]));
        TensorSet set = InputReader.FromSeed(graph, seed).Tensors;
        Assert.All(Floats(set.Tensors["input_1"]), value => Assert.InRange(value, 0.5f * (-128 - 10), 0.5f * (127 - 10)));
        Assert.All(Floats(set.Tensors["input_0"]), value => Assert.InRange(value, -1f, 1f));
    });

    [Fact]
    public void Int8_codes_reach_both_ends()
    {
        TensorValue value = InputReader.FromSeed(GraphOf(Input(0, TensorType.Int8, [10_000])), 1).Tensors.Tensors["input_0"];
        Assert.Equal(256, value.Data.ToArray().Distinct().Count());
    }

    [Fact]
    public void A_seed_for_strings_is_refused() =>
        Assert.Throws<UserErrorException>(() => InputReader.FromSeed(GraphOf(Input(0, TensorType.String, [1])), 0));

    [Fact]
    public void The_hash_knows_type_shape_and_bytes()
    {
        string one = InputReader.FromSeed(GraphOf(Input(0, TensorType.UInt8, [2, 3])), 5).Sha256;
        Assert.Equal(one, InputReader.FromSeed(GraphOf(Input(0, TensorType.UInt8, [2, 3])), 5).Sha256);
        Assert.NotEqual(one, InputReader.FromSeed(GraphOf(Input(0, TensorType.UInt8, [3, 2])), 5).Sha256);
        Assert.NotEqual(one, InputReader.FromSeed(GraphOf(Input(0, TensorType.UInt8, [2, 3])), 6).Sha256);
    }

    [Fact]
    public void A_pixmap_is_the_pixel_in_uint8_the_pixel_less_128_in_int8_and_normalized_in_float32()
    {
        string file = Write("a.ppm", [.. "P6 2 1 255\n"u8, 0, 1, 127, 128, 254, 255]);
        Assert.Equal("00017F80FEFF", Hex(ReadOne(TensorType.UInt8, [1, 1, 2, 3], file)));
        Assert.Equal("8081FF007E7F", Hex(ReadOne(TensorType.Int8, [1, 1, 2, 3], file)));
        Assert.Equal(
            new[] { 0, 1, 127, 128, 254, 255 }.Select(pixel => (float)((pixel - 127.5) / 128)),
            Floats(ReadOne(TensorType.Float32, [1, 1, 2, 3], file, new ImageOptions(null, [127.5], [128]))));
        Assert.Equal(
            [-1f, 0f, 126f / 4, 127f, 253f / 2, 254f / 4],
            Floats(ReadOne(TensorType.Float32, [1, 1, 2, 3], file, new ImageOptions(null, [1, 1, 1], [1, 2, 4]))));
    }

    [Fact]
    public void Grey_is_repeated_over_three_channels()
    {
        string file = Write("a.pgm", [.. "P5 2 1 255\n"u8, 7, 9]);
        Assert.Equal("070707090909", Hex(ReadOne(TensorType.UInt8, [1, 1, 2, 3], file)));
        Assert.Equal("0709", Hex(ReadOne(TensorType.UInt8, [1, 1, 2, 1], file)));
    }

    [Fact]
    public void An_image_of_another_size_needs_a_way_to_resize()
    {
        string file = Write("a.pgm", [.. "P5 2 1 255\n"u8, 0, 100]);
        AssertRefused("expected an image of 4x1 pixels, found 2x1", () => ReadOne(TensorType.UInt8, [1, 1, 4, 1], file));
        Assert.Equal("00194B64", Hex(ReadOne(TensorType.UInt8, [1, 1, 4, 1], file, new ImageOptions(ResizeMode.Bilinear))));
    }

    [Fact]
    public void Inputs_that_no_image_fits_are_refused()
    {
        string file = Write("a.ppm", [.. "P6 1 1 255\n"u8, 0, 1, 2]);
        AssertRefused("--mean and --std", () => ReadOne(TensorType.Float32, [1, 1, 1, 3], file));
        AssertRefused("other than 0", () => ReadOne(TensorType.Float32, [1, 1, 1, 3], file, new ImageOptions(null, [0], [0])));
        AssertRefused("one finite number or 3", () => ReadOne(TensorType.Float32, [1, 1, 1, 3], file, new ImageOptions(null, [0, 1], [1])));
        AssertRefused("takes int16", () => ReadOne(TensorType.Int16, [1, 1, 1, 3], file));
        AssertRefused("grey", () => ReadOne(TensorType.UInt8, [1, 1, 1, 1], file));
        AssertRefused("HEIGHTxWIDTH", () => ReadOne(TensorType.UInt8, [2, 1, 1, 3], file));
        AssertRefused("HEIGHTxWIDTH", () => ReadOne(TensorType.UInt8, [3], file));
    }

    [Fact]
    public void Arrays_of_another_type_shape_or_size_are_refused_naming_both()
    {
        string npy = Write("a.npy", Bytes(new TensorValue(TensorType.Int64, [2], new byte[16])));
        AssertRefused("expected uint8 2 for input 0 \"t0\" of model.tflite, found int64 2", () => ReadOne(TensorType.UInt8, [2], npy));
        AssertRefused("expected int64 1x2 for input 0 \"t0\" of model.tflite, found int64 2", () => ReadOne(TensorType.Int64, [1, 2], npy));
        AssertRefused("expected 4 bytes for float32 1, found 3", () => ReadOne(TensorType.Float32, [1], Write("a.raw", [1, 2, 3])));
        AssertRefused("no such file", () => ReadOne(TensorType.UInt8, [2], Path.Combine(folder, "none.npy")));
        AssertRefused(".ppm", () => ReadOne(TensorType.UInt8, [2], Write("a.txt", [1, 2])));
    }

    [Fact]
    public void Raw_files_are_taken_as_they_are() => Assert.Equal("0102", Hex(ReadOne(TensorType.UInt8, [2], Write("a.bin", [1, 2]))));

    [Fact]
    public void Several_files_are_several_runs_of_a_model_with_one_input()
    {
        Graph graph = GraphOf(Input(0, TensorType.UInt8, [1]));
        ModelInputs runs = InputReader.Read(graph, [Write("a.bin", [1]), Write("b.bin", [2])]);
        Assert.Equal(["a.bin", "b.bin"], runs.Select(run => run.Name));
        Assert.Equal(["01", "02"], runs.Select(run => Hex(run.Tensors.Tensors["input_0"])));
    }

    [Fact]
    public void A_model_with_two_inputs_takes_files_by_two_or_archives_of_both()
    {
        Graph graph = GraphOf(Input(0, TensorType.UInt8, [1]), Input(1, TensorType.UInt8, [1]));
        string a = Write("a.bin", [1]), b = Write("b.bin", [2]), archive = Path.Combine(folder, "c.npz");
        using (FileStream stream = File.Create(archive))
            Npz.Write(stream, new TensorSet([new("t1", Code(4)), new("input_0", Code(3)), new("other", Code(9))]));
        ModelInputs runs = InputReader.Read(graph, [a, b, archive, b, a]);
        Assert.Equal(["01 02", "03 04", "02 01"], runs.Select(run => $"{Hex(run.Tensors.Tensors["input_0"])} {Hex(run.Tensors.Tensors["input_1"])}"));
        AssertRefused("2 inputs", () => InputReader.Read(graph, [a]));
        AssertRefused("2 inputs", () => InputReader.Read(graph, [a, archive]));
    }

    [Fact]
    public void An_archive_without_the_input_is_refused_naming_its_keys()
    {
        Graph graph = GraphOf(Input(0, TensorType.UInt8, [1]), Input(1, TensorType.UInt8, [1]));
        string archive = Path.Combine(folder, "c.npz");
        using (FileStream stream = File.Create(archive))
            Npz.Write(stream, new TensorSet([new("input_0", Code(3)), new("x", Code(4))]));
        AssertRefused("input_1, 1, t1, found 0 of them among input_0, x", () => InputReader.Read(graph, [archive]));
    }

    [Fact]
    public void One_unnamed_array_is_the_one_input()
    {
        string archive = Path.Combine(folder, "c.npz");
        using (FileStream stream = File.Create(archive))
            Npz.Write(stream, new TensorSet([new("arr_0", Code(3))]));
        Assert.Equal("03", Hex(ReadOne(TensorType.UInt8, [1], archive)));
    }

    [Theory]
    [InlineData("c.npz")]
    [InlineData("c.npy")]
    [InlineData("c.safetensors")]
    public void An_array_of_N_inputs_is_N_runs_in_its_order(string name)
    {
        Graph graph = GraphOf(Input(0, TensorType.UInt8, [1, 2]));
        string file = Path.Combine(folder, name);
        WriteTensors(file, new TensorSet([new("input_0", new(TensorType.UInt8, [3, 2], new byte[] { 1, 2, 3, 4, 5, 6 }))]));
        ModelInputs runs = InputReader.Read(graph, [file]);
        Assert.Equal([$"{name}[0]", $"{name}[1]", $"{name}[2]"], runs.Select(run => run.Name));
        Assert.Equal(["0102", "0304", "0506"], runs.Select(run => Hex(run.Tensors.Tensors["input_0"])));
        Assert.All(runs, run => Assert.Equal([1, 2], run.Tensors.Tensors["input_0"].Shape));
        string alone = Write("alone.bin", [3, 4]);
        Assert.Equal(InputReader.Read(graph, [alone])[0].Sha256, runs[1].Sha256);
    }

    [Fact]
    public void Inputs_of_one_model_in_arrays_of_other_lengths_are_refused()
    {
        Graph graph = GraphOf(Input(0, TensorType.UInt8, [1, 2]), Input(1, TensorType.UInt8, [1, 2]));
        string file = Path.Combine(folder, "c.npz");
        WriteTensors(file, new TensorSet(
            [new("input_0", new(TensorType.UInt8, [3, 2], new byte[6])), new("input_1", new(TensorType.UInt8, [2, 2], new byte[4]))]));
        AssertRefused("expected uint8 1x2 for input 0", () => InputReader.Read(graph, [file]));
        AssertRefused("expected uint8 1x3 for input 0", () => InputReader.Read(GraphOf(Input(0, TensorType.UInt8, [1, 3])), [Write("a.npy", Bytes(new(TensorType.UInt8, [3, 2], new byte[6])))]));
    }

    [Fact]
    public void A_folder_of_files_is_their_runs_by_name_and_one_of_tensors_a_single_run()
    {
        Directory.CreateDirectory(Path.Combine(folder, "many"));
        Directory.CreateDirectory(Path.Combine(folder, "one"));
        foreach ((string name, byte code) in new[] { ("many/b.bin", (byte)2), ("many/a.bin", (byte)1), ("many/.hidden", (byte)9), ("one/t0.bin", (byte)3), ("one/t1.bin", (byte)4) })
            Write(name, [code]);
        Assert.Equal(["a.bin 01", "b.bin 02"], InputReader.Read(GraphOf(Input(0, TensorType.UInt8, [1])), [Path.Combine(folder, "many")])
            .Select(run => $"{run.Name} {Hex(run.Tensors.Tensors["input_0"])}"));
        Graph two = GraphOf(Input(0, TensorType.UInt8, [1]), Input(1, TensorType.UInt8, [1]));
        ModelInput single = Assert.Single(InputReader.Read(two, [Path.Combine(folder, "one")]));
        Assert.Equal("03 04", $"{Hex(single.Tensors.Tensors["input_0"])} {Hex(single.Tensors.Tensors["input_1"])}");
        Directory.CreateDirectory(Path.Combine(folder, "none"));
        AssertRefused("expected inputs in this folder", () => InputReader.Read(two, [Path.Combine(folder, "none")]));
    }

    [Fact]
    public void Inputs_that_do_not_fit_in_memory_together_are_made_again_one_at_a_time()
    {
        int made = 0;
        ModelInput large = new("large", "", new TensorSet([new("input_0", new(TensorType.UInt8, [40 << 20], new byte[40 << 20]))]));
        ModelInputs runs = new(Enumerable.Repeat<Func<ModelInput>>(() => { made++; return large; }, 3));
        Assert.Equal(3, made);
        _ = runs[0];
        Assert.Equal(3, made);
        _ = runs[1];
        _ = runs[2];
        Assert.Equal(5, made);
    }

    [SkippableFact]
    public void A_real_photo_is_read_as_its_pixels()
    {
        string dog = SharedFiles.Path("images", "dog.ppm");
        byte[] file = File.ReadAllBytes(dog);
        Assert.Equal(file[^(224 * 224 * 3)..], ReadOne(TensorType.UInt8, [1, 224, 224, 3], dog).Data.ToArray());
    }

    private static TensorValue ReadOne(TensorType type, Shape shape, string file, ImageOptions? images = null) =>
        Assert.Single(InputReader.Read(GraphOf(Input(0, type, shape)), [file], images)).Tensors.Tensors["input_0"];

    private static void AssertRefused(string expected, Action read) =>
        Assert.Contains(expected, Assert.Throws<UserErrorException>(read).Message, StringComparison.Ordinal);

    private static TensorValue Code(byte value) => new(TensorType.UInt8, [1], new[] { value });

    private static string Hex(TensorValue value) => Convert.ToHexString(value.Data.Span);

    private static float[] Floats(TensorValue value) => MemoryMarshal.Cast<byte, float>(value.Data.Span).ToArray();

    private static void WriteTensors(string file, TensorSet set)
    {
        using FileStream stream = File.Create(file);
        if (file.EndsWith(".npz", StringComparison.Ordinal))
            Npz.Write(stream, set);
        else if (file.EndsWith(".npy", StringComparison.Ordinal))
            Npy.Write(stream, set.Tensors.Values.Single());
        else
            SafeTensors.Write(stream, set);
    }

    private static byte[] Bytes(TensorValue value)
    {
        using MemoryStream stream = new();
        Npy.Write(stream, value);
        return stream.ToArray();
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static TensorInfo Input(int index, TensorType type, Shape shape) =>
        new() { Index = new TensorIndex(index), Name = $"t{index}", Type = type, Shape = shape };

    /// <summary>A graph of these inputs in which a QUANTIZE to int8 (scale 0.5, zero point 10) reads input 1.</summary>
    private static Graph GraphOf(params TensorInfo[] inputs) => new()
    {
        Path = "model.tflite",
        Sha256 = "",
        Tensors =
        [
            .. inputs,
            new TensorInfo
            {
                Index = new TensorIndex(inputs.Length),
                Name = "quantized",
                Type = TensorType.Int8,
                Shape = [1],
                Quantization = new Quantization([0.5f], [10], 0),
            },
        ],
        Operators =
        [
            new Operator { Index = new LayerIndex(0), Code = BuiltinOperator.Quantize, Inputs = [new TensorIndex(1)], Outputs = [new TensorIndex(inputs.Length)] },
        ],
        Inputs = [.. inputs.Select(input => input.Index)],
        Outputs = [new TensorIndex(inputs.Length)],
    };
}
