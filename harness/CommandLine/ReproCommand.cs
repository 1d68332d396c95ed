using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Harness.Candidates;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Reporting;
using OffByN.Harness.Reproduction;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>repro</c>: the smallest model in which an operator still fails.</summary>
internal static class ReproCommand
{
    /// <summary>The operator that is written, and some others that tell apart what it does not.</summary>
    private const int MostExplained = 5;

    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        VerificationOptions options = new(replays: true);
        Argument<string> destination = new("OUT") { Description = "A folder that is new or empty" };
        Option<string?> layer = new("--layer") { Description = "The operator: its position in the subgraph, or the name of its output; without it the first that diverges", HelpName = "N|NAME" };
        Command command = new("repro", """
            Write the smallest failing case: a model of one operator, made smaller as long as it still fails, its input, TFLite's output and the candidate's.

            Examples:
              offbyn repro mobilenet.tflite --input dog.ppm --candidate kernels:mine --layer 4 case
              offbyn repro report.json --layer 4 case

            Exit codes: 1 a case was written, 0 the operator does not diverge, 3 it cannot be said, 2 bad input.
            """);
        options.AddTo(command);
        command.Arguments.Add(destination);
        command.Options.Add(layer);
        command.SetAction(async (parsed, cancel) =>
        {
            using ReproductionFolder folder = ReproductionFolder.Create(parsed.GetValue(destination)!);
            VerificationRequest request = options.Read(parsed);
            Operator? op = parsed.GetValue(layer) is { } name ? LayerSelection.OperatorOf(request.Graph, name) : null;
            await using (request.Candidate.ConfigureAwait(false))
            {
                using ConsoleProgress progress = new(errors, options.Quiet(parsed));
                return await RunAsync(request, op, folder, parsed.GetValue(destination)!, console, progress, cancel).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(
        VerificationRequest request, Operator? asked, ReproductionFolder folder, string path, IAnsiConsole console, ConsoleProgress progress, CancellationToken cancel)
    {
        request = request with { ToExplain = frontier => [.. frontier.OrderBy(layer => layer == asked?.Index ? 0 : 1).Take(MostExplained)] };
        (VerificationReport report, WatchedRun? watched) = await WatchedRun.VerifyAsync(request, asked?.Index, progress, cancel).ConfigureAwait(false);
        progress.Clear();
        if (watched is not (RunReport run, CandidateContext context, CandidateTensors tensors))
        {
            TerminalReport.WriteOutcome(report, console);
            return Application.NotCompared;
        }
        if (run.Layers.FirstOrDefault(Fails) is not { } layer)
            return NothingToWrite(run.Layers, asked, console);
        if (OneOperator.Cut(context.Graph, layer.Layer, OperatorCase.InputsOf(context, tensors), tensors.Against == IsolatedAgainst.OwnInputs ? tensors.Cumulative : null) is not { } one)
            return Unknown(layer, "a value that it reads, or a tensor's shape or type, is not known", console);
        // A golden has no values of other models than its own.
        IOracle oracle = request.Oracle is GoldenOracle ? OracleSelection.Oracle($"{run.Oracle.Runtime}@{run.Oracle.Version}") : request.Oracle;
        using Reproducer reproducer = new(oracle, run.Oracle.Flavour, request.Candidate, progress, cancel);
        if (await reproducer.FindAsync(one).ConfigureAwait(false) is not var (whole, found))
            return Unknown(layer, reproducer.Obstacle ?? "alone, as a model of its own, it does not", console);
        folder.Commit(found, ReproductionText.Readme(found, whole, path, request.CandidateName, layer.Causes.FirstOrDefault() is { } cause ? CauseSentences.Of(cause) : null));
        progress.Clear();
        console.WriteLine($"{Sentences.OperatorAndResult(layer)} alone fails: {ReproductionText.Summary(found)}");
        console.WriteLine(ReproductionText.Shrinking(found, whole));
        console.WriteLine($"Written to {path}. To see it again, with this program and without:");
        // Lines to be copied are not broken to the console's width.
        TextWriter plain = console.Profile.Out.Writer;
        await plain.WriteLineAsync($"  {ReproductionText.Command(found, path, found.Case.Given is null ? request.CandidateName : $"dump:{Path.Combine(path, ReproductionFolder.Actual)}")}").ConfigureAwait(false);
        await plain.WriteLineAsync($"  python3 {Path.Combine(path, ReproductionFolder.Script)}").ConfigureAwait(false);
        return 1;

        bool Fails(LayerComparison entry) => entry.Verdict == LayerVerdict.Diverges && (asked is null || entry.Layer == asked.Index);
    }

    private static int NothingToWrite(ImmutableArray<LayerComparison> layers, Operator? asked, IAnsiConsole console)
    {
        LayerComparison[] meant = [.. layers.Where(entry => asked is null || entry.Layer == asked.Index)];
        LayerComparison? unknown = meant.FirstOrDefault(entry => entry.Verdict == LayerVerdict.NotCompared);
        console.WriteLine(asked is not null && (unknown ?? meant.FirstOrDefault()) is { } layer
            ? $"{Sentences.OperatorAndResult(layer)} does not diverge by itself ({Sentences.Judgement(layer)}): there is nothing to write"
            : "no operator that was compared by itself diverges: there is nothing to write");
        return unknown is null ? 0 : Application.NotCompared;
    }

    private static int Unknown(LayerComparison layer, string reason, IAnsiConsole console)
    {
        console.WriteLine($"{Sentences.OperatorAndResult(layer)} diverges in its model, but not cut out of it: {Sentences.Reason(reason)}");
        return Application.NotCompared;
    }
}
