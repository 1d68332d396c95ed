using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>demo</c>: the main job on a generated model, with a right pipeline and with the three of the question.</summary>
internal static class DemoCommand
{
    private const string Examples = "examples/issue-188";

    private static readonly ImmutableArray<(string Name, string? Folder)> Candidates =
    [
        ("opencl", null),
        .. new[] { "shift", "float", "asked" }.Select(name => ($"kernels:{Examples}/{name}", Path.Combine(AppContext.BaseDirectory, Examples, name))),
    ];

    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        Option<string> oracle = new("--oracle") { Description = "Real TFLite: litert, native or auto", DefaultValueFactory = _ => "auto" };
        Option<string?> keep = new("--out") { Description = "Write the generated model here and keep it", HelpName = "FILE" };
        Option<bool> quiet = new("--quiet") { Description = "No progress on stderr" };
        Command command = new("demo", """
            Answer the question this program began with, on a generated model: a MobileNet V1 rewritten in OpenCL gives 161 where TFLite gives 163. Which layer?

            Example:
              offbyn demo
            """)
        {
            oracle, keep, quiet,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            byte[] model = DemoModel.Write(new());
            DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-demo-");
            try
            {
                string path = parsed.GetValue(keep) ?? Path.Combine(folder.FullName, "demo.tflite");
                AtomicFile.Write(path, model);
                Graph graph = TfliteReader.Parse(model, path);
                using ConsoleProgress progress = new(errors, parsed.GetValue(quiet));
                IOracle chosen = OracleSelection.Oracle(parsed.GetValue(oracle)!);
                return await RunAsync(graph, model, chosen, console, progress, cancel).ConfigureAwait(false);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Graph graph, ReadOnlyMemory<byte> model, IOracle oracle, IAnsiConsole console, ConsoleProgress progress, CancellationToken cancel)
    {
        ModelInput input = InputReader.FromSeed(graph, 0);
        ImmutableArray<CaptureOutcome> captures = [];
        bool asExpected = true;
        DemoView.WriteQuestion(console);
        foreach ((string name, string? folder) in Candidates)
        {
            RecordingCandidate candidate = new(new OpenClPipelineCandidate(folder));
            await using (candidate.ConfigureAwait(false))
            {
                VerificationRequest request = new(graph, model, [input], OracleSelection.Flavours(null, oracle), oracle, candidate);
                if (captures.IsEmpty)
                    captures = await Verification.CaptureAsync(request, progress, cancel).ConfigureAwait(false);
                VerificationReport report = await Verification.CompareAsync(request, captures, progress, cancel).ConfigureAwait(false);
                progress.Clear();
                DemoView.WriteCandidate(name, report, candidate.Recorded, console);
                if (report.Verdict == Verdict.NotCompared)
                    return report.ExitCode;
                asExpected &= report.Verdict == (folder is null ? Verdict.Pass : Verdict.Fail);
            }
        }
        DemoView.WriteMultipliers(NarrowedMultiplier.In(Verification.ContextOf(graph, input, captures[0].Capture)!), console);
        return asExpected ? 0 : 1;
    }
}
