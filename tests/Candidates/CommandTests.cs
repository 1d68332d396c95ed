using System.Collections.Immutable;
using System.Diagnostics;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.CommandLine;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Spectre.Console.Testing;
using Xunit;

namespace OffByN.Tests.Candidates;

/// <summary>Programs as candidates: the examples, and programs that do whatever programs do.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void The_example_s_model_is_the_one_that_the_tests_write()
    {
        if (Environment.GetEnvironmentVariable("OFFBYN_WRITE_EXAMPLES") is not null)
            File.WriteAllBytes(TinyModel.File, TinyModel.Write());
        Assert.Equal(TinyModel.Write(), File.ReadAllBytes(TinyModel.File));
    }

    [SkippableFact]
    public async Task The_example_s_input_folder_holds_what_a_command_is_given()
    {
        string given = temporary.File("given");
        await VerifyTinyAsync(Shell($"cp -r \"$2\" {given}; exit 1"));
        string[] files = [.. Directory.GetFiles(Path.Combine(TinyModel.Folder, "input")).Select(file => Path.GetFileName(file)!)];

        Assert.Contains("input_0.npy", files);
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(given, file)), File.ReadAllBytes(Path.Combine(TinyModel.Folder, "input", file))));
        Assert.Equal(TinyModel.Write(), File.ReadAllBytes(Path.Combine(given, "model.tflite")));
        Assert.Contains("\"schema\": \"offbyn/command/1\"", File.ReadAllText(Path.Combine(given, "request.json")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_Cpp_example_computes_every_operator_as_TFLite_does_alone_and_in_its_chain()
    {
        RunReport run = Assert.Single((await VerifyTinyAsync([await CompiledAsync()])).Runs);

        Assert.Equal((Verdict.Pass, 4), (run.Verdict, run.Coverage.Compared));
        Assert.All(run.Layers, layer => Assert.Equal(("oracle-inputs", 0, 0), (layer.Isolated!.Against, layer.Isolated.Differing, layer.Cumulative!.Differing)));
    }

    [SkippableFact]
    public async Task The_Python_example_is_off_by_one_in_its_convolutions_and_said_to_truncate()
    {
        RunReport run = Assert.Single((await VerifyTinyAsync([Python(), Path.Combine(TinyModel.Folder, "accelerator.py")])).Runs);

        Assert.Equal([1, 3], run.Frontier!.Value.Select(layer => layer.Value));
        Assert.Equal([0, 1], run.Layers[1].Segment!.Operators.Select(layer => layer.Value));
        Assert.True(run.Layers[0].IsCovered);
        Assert.All(run.Layers.Where(layer => layer.Verdict == LayerVerdict.Diverges), layer => Assert.Equal(1, layer.Isolated!.MaxAbs));
        Assert.True(run.Diagnosis[0].IsConfirmed);
        Assert.Equal([1, 3], run.Diagnosis[0].Operators.Select(layer => layer.Value));
    }

    [SkippableFact]
    public async Task The_Python_example_that_rounds_to_the_nearest_is_right_wherever_it_can_be_compared()
    {
        RunReport run = Assert.Single((await VerifyTinyAsync([Python(), Path.Combine(TinyModel.Folder, "accelerator.py"), "--rounding", "nearest"])).Runs);

        Assert.Empty(run.Frontier!.Value);
        Assert.Equal([LayerVerdict.NotCompared, LayerVerdict.Equal, LayerVerdict.Equal, LayerVerdict.Equal], run.Layers.Select(layer => layer.Verdict));
    }

    public static TheoryData<string, string> BadCommands => new()
    {
        { "echo I give up >&2; exit 7", "exited with code 7; its last words: I give up" },
        { "kill -SEGV $$", "died with signal 11 (SIGSEGV)" },
        { "exec sleep 60", "the command did not end within 2 s" },
        { "sleep 60 & exec sleep 60", "the command did not end within 2 s" },
        { "exec head -c 20M /dev/zero > \"$3/9.bin\"", "wrote a larger file than it may" },
        { "for i in 1 2 3 4 5 6 7 8; do head -c 3M /dev/zero > \"$3/$i.bin\"; done; exec sleep 60", "wrote more than 8 MiB" },
        { "exit 0", "the command wrote nothing into OUT, its last argument: expected an INDEX.npy for each operator output that it has, such as 88.npy" },
        { "echo hello > \"$3/9.npy\"", "the command left no usable tensors: OUT/9.npy: " },
        { "echo hello > \"$3/9.txt\"", "the command left no usable tensors: OUT: expected .npy, .bin or .raw files, found none" },
        { "head -c 64 /dev/zero > \"$3/9.bin\"; printf 'version: 9' > \"$3/offbyn-dump.yaml\"", "expected version 1, found 9" },
        { "rm -rf \"$3\"", "the command wrote nothing into OUT" },
    };

    [Theory]
    [MemberData(nameof(BadCommands))]
    public async Task A_command_that_crashes_hangs_or_leaves_nothing_is_not_compared_and_says_why(string script, string reason)
    {
        VerificationReport report = await DemoDumps.VerifyAsync(Limited(script, TimeSpan.FromSeconds(2)));

        Assert.Equal(3, report.ExitCode);
        Assert.Contains(reason, Assert.Single(report.Runs).Reason, StringComparison.Ordinal);
        // A folder that is gone tells nobody anything.
        Assert.DoesNotContain("/out", Assert.Single(report.Runs).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_only_computes_is_ended_by_its_limit_of_processor_time()
    {
        VerificationReport report = await DemoDumps.VerifyAsync(Limited("while :; do :; done", TimeSpan.FromSeconds(60)));

        Assert.Equal("sh used more processor time than it may", Assert.Single(report.Runs).Reason);
    }

    [Fact]
    public async Task A_command_that_lacks_some_operators_when_fed_is_not_compared_there()
    {
        string right = temporary.File("right");
        Directory.CreateDirectory(right);
        foreach ((string key, TensorValue value) in (await DemoDumps.TensorsAsync()).Tensors.Where(tensor => !tensor.Key.StartsWith("input_", StringComparison.Ordinal)))
            File.WriteAllBytes(Path.Combine(right, $"{key}.bin"), value.Data.ToArray());
        string first = TensorSet.KeyOf(DemoDumps.Graph.Operators[0].Outputs[0]);
        await using CommandCandidate candidate = new(
            Shell($"cp {right}/* \"$3\"; echo 'operators: true' > \"$3/offbyn-dump.yaml\"; test $1 = model || rm \"$3/{first}.bin\""), DemoDumps.Model, WorkerLimits.Default);

        RunReport run = Assert.Single((await DemoDumps.VerifyAsync(candidate)).Runs);

        Assert.Equal((Verdict.NotCompared, 30), (run.Verdict, run.Coverage.Compared));
        Assert.Equal("the candidate gave no value on the oracle's inputs", run.Layers[0].Reason);
        Assert.All(run.Layers.Skip(1), layer => Assert.Equal("oracle-inputs", layer.Isolated!.Against));
    }

    [Theory]
    [InlineData("command:")]
    [InlineData("command:/no/such/program")]
    [InlineData("command:no-such-program-anywhere x")]
    [InlineData("command:cp 'unclosed")]
    [InlineData("tflite:litert/all")]
    [InlineData("tflite:golden:x/ref")]
    [InlineData("dump:/no/such/dump.npz")]
    [InlineData("dump:/etc/hostname")]
    public async Task Words_that_name_no_candidate_are_bad_arguments(string candidate)
    {
        using TestConsole console = new();
        using StringWriter errors = new();

        Assert.Equal(2, await Application.RunAsync(["verify", TinyModel.File, "--candidate", candidate, "--json", temporary.File("report.json")], console, errors, CancellationToken.None));

        Assert.StartsWith("offbyn: ", errors.ToString(), StringComparison.Ordinal);
        Assert.Empty(temporary.Files);
    }

    [Theory]
    [InlineData("a b", "a|b")]
    [InlineData("  a\t'b c' \"d 'e\" ", "a|b c|d 'e")]
    [InlineData("a''b \"\" $HOME *", "ab||$HOME|*")]
    [InlineData("", "")]
    public void Words_are_held_together_by_quotes_and_nothing_is_expanded(string text, string words) => Assert.Equal(words, string.Join('|', Words.Split(text)));

    private static CommandCandidate Limited(string script, TimeSpan deadline) =>
        new(Shell(script), DemoDumps.Model, new WorkerLimits(1L << 30, 8 << 20, TimeSpan.FromSeconds(1), deadline));

    private static ImmutableArray<string> Shell(string script) => ["/bin/sh", "-c", script, "sh"];

    private static string Python()
    {
        string? python = Words.FindProgram("python3");
        Skip.If(python is null, "python3 is not installed");
        return python!;
    }

    private async Task<string> CompiledAsync()
    {
        string? compiler = Words.FindProgram("g++");
        Skip.If(compiler is null, "g++ is not installed");
        string program = temporary.File("accelerator");
        using Process gcc = Process.Start(compiler!, ["-O2", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-o", program, Path.Combine(TinyModel.Folder, "accelerator.cpp")]);
        await gcc.WaitForExitAsync();
        Assert.Equal(0, gcc.ExitCode);
        return program;
    }

    private static async Task<VerificationReport> VerifyTinyAsync(ImmutableArray<string> words)
    {
        WorkerOracle oracle = new(Requirement.LiteRt(), WorkerLimits.Default);
        (Graph graph, ReadOnlyMemory<byte> model) = TfliteReader.ReadWithBytes(TinyModel.File);
        await using CommandCandidate candidate = new(words, model, WorkerLimits.Default);
        return await Verification.RunAsync(new(graph, model, [InputReader.FromSeed(graph, 0)], [Flavour.Ref], oracle, candidate), new Progress<string>(), CancellationToken.None);
    }
}
