using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Model;
using OffByN.Reference;
using Xunit;

namespace OffByN.Tests.Candidates;

/// <summary>
/// Dumps and inputs that a stranger made: sound files of every kind, damaged where their format keeps its numbers. Each ends in a comparison or in a message, soon and
/// in little memory. OFFBYN_FUZZ asks for more of each than a test run has time for.
/// </summary>
public sealed class MutantTests : IDisposable
{
    private const long MostBytes = 256 << 20;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);
    private static readonly int Mutants = int.TryParse(Environment.GetEnvironmentVariable("OFFBYN_FUZZ"), out int wanted) ? wanted : 250;

    private static readonly string[] Numbers = ["0", "-1", "1", "2", "65536", "2147483647", "4294967296", "1152921504606846976", "99999999999999999999999", "1e308", "null", "\"\""];

    private static readonly Graph Graph = TfliteReader.Parse(TinyModel.Write(), "tiny.tflite");

    private static readonly ModelInput Input = InputReader.FromSeed(Graph, 0);

    private static readonly CandidateContext Context = MakeContext();

    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Theory]
    [InlineData("dump.npz", 1)]
    [InlineData("dump.safetensors", 2)]
    [InlineData("dump", 3)]
    public void Mutated_dumps_end_in_a_comparison_or_a_message_within_bounds(string name, int seed) =>
        Run(Sound(name, Context.Oracle), name, new Random(seed), path =>
            LayerComparisons.Of(Context, DumpCandidate.Read(path, Graph).RunAsync([Context], default).Result[0], withMaps: false, default));

    [Theory]
    [InlineData("input.npz", 4)]
    [InlineData("input.safetensors", 5)]
    [InlineData("input.npy", 6)]
    [InlineData("input.ppm", 7)]
    [InlineData("input.bmp", 8)]
    [InlineData("input.png", 9)]
    public void Mutated_inputs_end_in_an_input_or_a_message_within_bounds(string name, int seed) =>
        Run(Sound(name, Input.Tensors), name, new Random(seed), path => InputReader.Read(Graph, [path], new ImageOptions(ResizeMode.Bilinear)));

    /// <summary>Damages the files, which are read while they are sound, again and again.</summary>
    private void Run(Dictionary<string, byte[]> sound, string name, Random random, Action<string> read)
    {
        int refused = 0;
        Write(sound);
        read(temporary.File(name));
        for (int mutant = 0; mutant < Mutants; mutant++)
        {
            Write(sound.ToDictionary(file => file.Key, file => random.Next(sound.Count) == 0 ? Mutated(file.Value, Path.GetExtension(file.Key), random) : file.Value));
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            Stopwatch watch = Stopwatch.StartNew();
            try
            {
                read(temporary.File(name));
            }
            catch (UserErrorException error)
            {
                Assert.NotEmpty(error.Message);
                refused++;
            }
            Assert.True(watch.Elapsed < MostTime, $"mutant {mutant}: {watch.Elapsed}");
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(allocated < MostBytes, $"mutant {mutant}: {allocated} bytes");
        }
        Assert.InRange(refused, Mutants / 20, Mutants);
    }

    private void Write(Dictionary<string, byte[]> files)
    {
        foreach ((string file, byte[] bytes) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(temporary.File(file))!);
            File.WriteAllBytes(temporary.File(file), bytes);
        }
    }

    /// <summary>Nothing is expected of the values here, so the reference's will do for the oracle's.</summary>
    private static CandidateContext MakeContext()
    {
        ReferencePipeline reference = new(Graph, LiteRt.Ref, ImmutableHashSet<TensorIndex>.Empty);
        Dictionary<string, TensorValue> tensors = [];
        foreach (Operator op in Graph.Operators)
        {
            tensors[TensorSet.KeyOf(op.Outputs[0])] = reference.Run(
                op.Index, tensor => Input.Tensors.TryGetInput(tensor, out TensorValue? input) ? input : tensors[TensorSet.KeyOf(tensor)]).Outputs[0];
        }
        return new(Graph, LiteRt.Ref, [], Input.Tensors, new(tensors), reference);
    }

    /// <summary>By name the files of a sound dump or input.</summary>
    private static Dictionary<string, byte[]> Sound(string name, TensorSet tensors)
    {
        using MemoryStream stream = new();
        switch (Path.GetExtension(name))
        {
            case ".npz":
                Npz.Write(stream, tensors, compress: true);
                break;
            case ".safetensors":
                SafeTensors.Write(stream, tensors);
                break;
            case ".npy":
                Npy.Write(stream, tensors.Tensors.Values.First());
                break;
            case ".ppm":
                stream.Write("P6\n# a comment\n8 8\n255\n"u8);
                stream.Write(new byte[8 * 8 * 3]);
                break;
            case ".bmp":
                WriteBitmap(stream);
                break;
            case ".png":
                WritePng(stream);
                break;
            default:
                return Folder(name, tensors);
        }
        return new() { [name] = stream.ToArray() };
    }

    private static Dictionary<string, byte[]> Folder(string name, TensorSet tensors)
    {
        Dictionary<string, byte[]> files = [];
        StringBuilder manifest = new("version: 1\nlayout: nhwc\ntensors:\n");
        foreach ((int number, (string key, TensorValue value)) in tensors.Tensors.Index())
        {
            using MemoryStream npy = new();
            Npy.Write(npy, value);
            files[$"{name}/{key}.{(number % 2 == 0 ? "npy" : "data")}"] = number % 2 == 0 ? npy.ToArray() : value.Data.ToArray();
            if (number % 2 == 1)
                manifest.Append($"  t{key}: {{tensor: {key}, file: {key}.data, type: uint8, layout: nhwc, shape: [{string.Join(", ", value.Shape)}]}}\n");
        }
        files[$"{name}/offbyn-dump.yaml"] = Encoding.UTF8.GetBytes(manifest.ToString());
        return files;
    }

    private static void WriteBitmap(Stream stream)
    {
        using BinaryWriter writer = new(stream, Encoding.ASCII, leaveOpen: true);
        writer.Write("BM"u8);
        foreach (int field in new[] { 54 + 8 * 8 * 3, 0, 54, 40, 8, 8, 1 | 24 << 16, 0, 8 * 8 * 3, 0, 0, 0, 0 })
            writer.Write(field);
        writer.Write(new byte[8 * 8 * 3]);
    }

    private static void WritePng(Stream stream)
    {
        stream.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk("IHDR"u8, [0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionMode.Compress, leaveOpen: true))
            zlib.Write(new byte[8 * (1 + 8 * 3)]);
        Chunk("IDAT"u8, packed.ToArray());
        Chunk("IEND"u8, []);

        void Chunk(ReadOnlySpan<byte> type, byte[] data)
        {
            byte[] named = [.. type, .. data];
            stream.Write([0, 0, (byte)(data.Length >> 8), (byte)data.Length, .. named]);
            uint crc = Crc32.Of(named);
            stream.Write([(byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc]);
        }
    }

    private static byte[] Mutated(byte[] sound, string extension, Random random)
    {
        bool isText = extension == ".yaml";
        byte[] bytes = [.. sound];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int[] digits = Digits(bytes);
            if (digits.Length > 0 && (isText || random.Next(2) == 0))
                bytes = Respelled(bytes, digits[random.Next(digits.Length)], Numbers[random.Next(Numbers.Length)]);
            else if (isText)
                bytes = Inserted(bytes, random);
            else
                Overwrite(bytes, random);
        }
        if (extension == ".png" && random.Next(4) > 0)
            MendChecksums(bytes);
        return random.Next(20) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    /// <summary>Makes the checksums of a .png's chunks right again, so that what they hold is looked at.</summary>
    private static void MendChecksums(byte[] bytes)
    {
        for (long at = 8, length; at + 12 <= bytes.Length; at += 12 + length)
        {
            length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan((int)at));
            if (at + 12 + length <= bytes.Length)
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan((int)(at + 8 + length)), Crc32.Of(bytes.AsSpan((int)at + 4, (int)length + 4)));
        }
    }

    /// <summary>Where a number begins in the texts of a file: JSON and YAML, the headers of .npy and .ppm. The elements themselves are hardly ever hit.</summary>
    private static int[] Digits(byte[] bytes)
    {
        List<int> found = [];
        for (int i = 1; i < Math.Min(bytes.Length, 4096); i++)
        {
            if (char.IsAsciiDigit((char)bytes[i]) && (char)bytes[i - 1] is ' ' or '[' or '(' or ',' or ':' or '\n')
                found.Add(i);
        }
        return [.. found];
    }

    private static byte[] Respelled(byte[] bytes, int at, string number)
    {
        int end = at;
        while (end < bytes.Length && char.IsAsciiDigit((char)bytes[end]))
            end++;
        return [.. bytes[..at], .. Encoding.ASCII.GetBytes(number), .. bytes[end..]];
    }

    private static byte[] Inserted(byte[] bytes, Random random)
    {
        string[] pieces = ["&a ", "*a", "!!binary ", "{", "[", ": ", "\n  ", "\t", "../", "/", "\u001b[2J", "\0", "layout: nchw\n", "'", "|\n", "- "];
        int at = random.Next(bytes.Length);
        return [.. bytes[..at], .. Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]), .. bytes[at..]];
    }

    /// <summary>A field of two, four or eight bytes near an end of the file, where formats keep them, gets a value that breaks arithmetic; or a byte anywhere any value.</summary>
    private static void Overwrite(byte[] bytes, Random random)
    {
        if (random.Next(4) == 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            return;
        }
        int width = new[] { 2, 4, 8 }[random.Next(3)], span = Math.Min(bytes.Length - width, 400);
        int at = random.Next(2) == 0 ? random.Next(span) : bytes.Length - width - random.Next(span);
        long[] values = [0, 1, -1, int.MaxValue, int.MinValue, long.MaxValue, 1L << 60, bytes.Length, uint.MaxValue, random.NextInt64()];
        BitConverter.GetBytes(values[random.Next(values.Length)]).AsSpan(0, width).CopyTo(bytes.AsSpan(at));
    }
}
