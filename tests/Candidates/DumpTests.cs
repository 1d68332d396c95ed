using System.Runtime.InteropServices;
using System.Text;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.CommandLine;
using OffByN.Model;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Candidates;

/// <summary>Tensors that somebody else wrote, under names and in orders of their own.</summary>
public sealed class DumpTests : IDisposable
{
    private static readonly Graph Graph = DemoDumps.Graph;

    private readonly TemporaryFolder temporary = new();

    private string Folder => temporary.Path;

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task Raw_channel_first_files_of_any_name_are_read_with_a_manifest()
    {
        StringBuilder manifest = new("version: 1\nlayout: nchw\ntensors:\n");
        foreach ((string key, TensorValue value) in (await DemoDumps.TensorsAsync()).Tensors.Where(tensor => !tensor.Key.StartsWith("input_", StringComparison.Ordinal)))
        {
            File.WriteAllBytes(temporary.File($"buffer {key}.dat"), ChannelsFirst(value));
            manifest.Append($"  out {key}: {{tensor: {key}, file: buffer {key}.dat}}\n");
        }
        File.WriteAllText(temporary.File("offbyn-dump.yaml"), manifest.ToString());

        VerificationReport report = await DemoDumps.VerifyAsync(DumpCandidate.Read(Folder, Graph));

        Assert.Equal((0, 31), (report.ExitCode, report.Runs[0].Coverage.Compared));
    }

    [Fact]
    public async Task A_manifest_may_be_JSON_and_give_types_and_shapes()
    {
        TensorSet tensors = await DemoDumps.TensorsAsync();
        TensorIndex first = Graph.Operators[0].Outputs[0];
        TensorValue value = tensors.Tensors[TensorSet.KeyOf(first)];
        File.WriteAllBytes(temporary.File("a.raw"), ChannelsFirst(value));
        Shape shape = value.Shape;
        File.WriteAllText(temporary.File("offbyn-dump.json"),
            $$"""{"version": 1, "tensors": {"a": {"tensor": "{{Graph[first].Name}}", "layout": "nchw", "type": "uint8", "shape": [{{shape[0]}}, {{shape[3]}}, {{shape[1]}}, {{shape[2]}}] } } }""");

        RunReport run = Assert.Single((await DemoDumps.VerifyAsync(DumpCandidate.Read(Folder, Graph))).Runs);

        Assert.Equal(LayerVerdict.Equal, run.Layers[0].Verdict);
    }

    [Fact]
    public async Task An_npz_is_read_with_a_mapping_file_beside_it_and_what_it_does_not_name_is_extra()
    {
        TensorSet tensors = await DemoDumps.TensorsAsync();
        string key = TensorSet.KeyOf(Graph.Operators[0].Outputs[0]);
        using (FileStream file = File.Create(temporary.File("mine.npz")))
            Npz.Write(file, new([new("conv out", tensors.Tensors[key]), new("what", tensors.Tensors[key]), new("input_9999", tensors.Tensors[key])]));
        File.WriteAllText(temporary.File("names.yaml"), $"tensors:\n  conv out: {key}\n");

        RunReport run = Assert.Single((await DemoDumps.VerifyAsync(DumpCandidate.Read(temporary.File("mine.npz"), Graph, temporary.File("names.yaml")))).Runs);

        Assert.Equal(LayerVerdict.Equal, run.Layers[0].Verdict);
        Assert.Equal(
            [("input_9999", "extra: the model has no input of index 9999"), ("what", "extra: the model has no tensor of that index or name")],
            run.Coverage.NotCompared.Where(tensor => tensor.Layer is null).Select(tensor => (tensor.Tensor, tensor.Reason)));
    }

    [Fact]
    public async Task Other_weights_than_the_models_are_said_first_and_nothing_is_compared()
    {
        TensorSet tensors = await DemoDumps.TensorsAsync();
        TensorInfo weights = Graph[Graph.Operators[0].Inputs[1]];
        byte[] other = weights.Data.ToArray();
        other[7] ^= 1;

        VerificationReport report = await DemoDumps.VerifyAsync(new TensorSet(tensors.Tensors.SetItem(TensorSet.KeyOf(weights.Index), new(weights.Type, weights.Shape!, other))));

        Assert.Equal(3, report.ExitCode);
        Assert.Contains($"its tensor {weights.Index} ({weights.Name}) differs from the model's constant, first at byte 7", Assert.Single(report.Runs).Reason, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadManifests => new()
    {
        { "layuot: nchw\n", "line 1: unknown key 'layuot', the nearest is 'layout'" },
        { "version: 2\n", "line 1: expected version 1, found 2" },
        { "layout: chwn\n", "line 1: 'layout' expects nhwc or nchw, found 'chwn'" },
        { "operators: perhaps\n", "line 1: 'operators' expects true or false" },
        { "tensors:\n  a: {tensor: 0, fiel: x}\n", "line 2: unknown key 'fiel', the nearest is 'file'" },
        { "tensors:\n\n  a: softmox\n", "line 3: 'softmox': the model has no tensor of that index or name, the nearest is 'softmax'" },
        { "tensors:\n  a: 100000\n", "line 2: '100000': the model has no tensor of that index or name" },
        { "tensors:\n  b: 4\n", "line 2: FOLDER has no tensor 'b', the nearest is 'a'" },
        { "tensors:\n  b: {tensor: 4, file: ../a.npy}\n", "line 2: FOLDER has no file '../a.npy'" },
        { "tensors:\n  b: {tensor: 4, file: /etc/passwd}\n", "line 2: FOLDER has no file '/etc/passwd'" },
        { "tensors:\n  b: {tensor: 4, file: link.npy}\n", "line 2: FOLDER has no file 'link.npy'" },
        { "tensors:\n  b: {tensor: 4, file: a.npy}\n  c: {tensor: 5, file: a.npy}\n", "line 3: file 'a.npy' is there twice" },
        { "tensors:\n  a: {tensor: 4, layout: nchw}\n", "line 2: layout nchw expects four dimensions, found 3" },
        { "tensors:\n  a: {tensor: 4, type: uint5}\n", "line 2: 'type' expects a type such as uint8" },
        { "tensors:\n  a: {tensor: 4, shape: [1, -1]}\n", "line 2: 'shape' expects a list of dimensions" },
        { "tensors:\n  a: {tensor: 4, shape: [65536, 65536]}\n", "line 2: [65536x65536] has more than 2^31-1 elements" },
        { "tensors:\n  a: 4\n  a: 5\n", "line 3: 'a' is there twice" },
        { "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors and aliases are not supported here" },
        { "tensors: [[[[[[[[[[[[\n", "" },
    };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public void What_a_manifest_says_and_nobody_understands_is_refused_with_its_line(string manifest, string message)
    {
        using (FileStream file = File.Create(temporary.File("a.npy")))
            Npy.Write(file, new(TensorType.UInt8, [3], new byte[3]));
        File.CreateSymbolicLink(temporary.File("link.npy"), "/etc/hostname");
        File.WriteAllText(temporary.File("offbyn-dump.yaml"), manifest);

        UserErrorException error = Assert.Throws<UserErrorException>(() => DumpCandidate.Read(Folder, Graph));

        Assert.Contains(message.Replace("FOLDER", Folder, StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_that_unpacks_to_more_than_the_model_s_tensors_is_refused_before_it_does()
    {
        using (FileStream file = File.Create(temporary.File("bomb.npz")))
            Npz.Write(file, new([new("0", new(TensorType.UInt8, [150_000_000], new byte[150_000_000]))]), compress: true);
        long allocated = GC.GetAllocatedBytesForCurrentThread();

        UserErrorException error = Assert.Throws<UserErrorException>(() => DumpCandidate.Read(temporary.File("bomb.npz"), Graph));

        Assert.Contains("the archive unpacks to more than", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 16 << 20);
    }

    [Fact]
    public async Task Names_in_a_dump_cannot_steer_the_terminal()
    {
        SafeTensors.Write(temporary.File("x.safetensors"), new([new("4", new(TensorType.UInt8, [1], new byte[1])), new("04", new(TensorType.UInt8, [1], new byte[1])), new("\u001b[2J", new(TensorType.UInt8, [1], new byte[1]))]));
        File.WriteAllBytes(temporary.File("demo.tflite"), DemoDumps.Model);
        using TestConsole console = new();
        using StringWriter errors = new();

        Assert.Equal(2, await Application.RunAsync(["verify", temporary.File("demo.tflite"), "--candidate", $"dump:{temporary.File("x.safetensors")}"], console, errors, CancellationToken.None));

        Assert.Contains("'4' and '04' are both tensor 4", errors.ToString().Replace("'04' and '4'", "'4' and '04'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', errors.ToString());
    }

    [Fact]
    public void Channel_order_moves_every_element_where_numpy_s_transpose_does()
    {
        // numpy.arange(48, dtype='<i2').reshape(2, 3, 2, 4).transpose(0, 2, 3, 1)[1, 1, 2] is [30, 38, 46], and [0, 0, 1] of it [1, 9, 17].
        short[] codes = [.. Enumerable.Range(0, 48).Select(i => (short)i)];
        TensorValue moved = ChannelOrder.ToChannelsLast(new(TensorType.Int16, [2, 3, 2, 4], MemoryMarshal.AsBytes(codes.AsSpan()).ToArray()));

        ReadOnlySpan<short> found = MemoryMarshal.Cast<byte, short>(moved.Data.Span);
        Assert.Equal([2, 2, 4, 3], moved.Shape);
        Assert.Equal([30, 38, 46], found.Slice(((1 * 2 + 1) * 4 + 2) * 3, 3).ToArray());
        Assert.Equal([1, 9, 17], found.Slice(3, 3).ToArray());
    }

    /// <summary>As a device would store it: element by element, spelled out.</summary>
    private static byte[] ChannelsFirst(TensorValue value)
    {
        if (value.Shape.Count != 4)
            return value.Data.ToArray();
        byte[] moved = new byte[value.Data.Length];
        int at = 0;
        for (int n = 0; n < value.Shape[0]; n++)
            for (int c = 0; c < value.Shape[3]; c++)
                for (int h = 0; h < value.Shape[1]; h++)
                    for (int w = 0; w < value.Shape[2]; w++)
                        moved[at++] = value.Data.Span[((n * value.Shape[1] + h) * value.Shape[2] + w) * value.Shape[3] + c];
        return moved;
    }
}
