using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden.Snapshots;
using OffByN.Harness.Goldens;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>golden</c>: snapshots of what the oracle gave, made, gated, reviewed and promoted.</summary>
internal static class GoldenCommands
{
    private const string FolderHelp = "A snapshot's folder";

    public static Command Create(IAnsiConsole console, TextWriter errors) => new("golden", """
        Keep what real TFLite gave, and notice when it changes.

        Example:
          offbyn golden capture mobilenet.tflite --input dog.ppm --flavour all --out goldens/mobilenet
        """)
    {
        Capture(console, errors), Check(console, errors), Diff(console), Accept(console), Show(console),
    };

    private static Command Capture(IAnsiConsole console, TextWriter errors)
    {
        CaptureOptions options = new();
        Option<string> output = new("--out") { Description = FolderHelp, HelpName = "DIR", Required = true };
        Option<bool> digestsOnly = new("--digests-only") { Description = "Keep digests and not the tensors: small enough to commit" };
        Option<bool> compress = new("--compress") { Description = "Keep tensors gzipped" };
        Option<bool> replace = new("--replace") { Description = "Let a capture that differs take the golden's place at once" };
        Command command = new("capture", """
            Run real TFLite and keep every operator output. A snapshot that is there and equal stays as it is; beside one that differs the capture waits until 'golden accept'.

            Example:
              offbyn golden capture mobilenet.tflite --input dog.ppm --out goldens/mobilenet --digests-only
            """);
        options.AddTo(command);
        foreach (Option option in new Option[] { output, digestsOnly, compress, replace })
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            string folder = parsed.GetValue(output)!;
            if (parsed.GetValue(digestsOnly) && parsed.GetValue(compress))
                throw new UserErrorException("--digests-only and --compress exclude each other: without tensors there is nothing to compress.");
            SnapshotContent content = parsed.GetValue(digestsOnly) ? SnapshotContent.Digests : parsed.GetValue(compress) ? SnapshotContent.CompressedTensors : SnapshotContent.Tensors;
            CapturePlan plan = options.Read(parsed);
            if (plan.Oracle is GoldenOracle)
                throw new UserErrorException($"--oracle {Printable.Of(plan.Oracle.Name)}: a snapshot is made of a runtime, not of a snapshot; copy the folder instead.");
            SnapshotFolder.Probe(folder);
            ImmutableArray<CaptureRequest> requests = [.. plan.Requests().DistinctBy(request => (request.Flavour, request.Input.Sha256))];
            ImmutableArray<CaptureOutcome> outcomes = await AskAsync(plan.Oracle, requests, errors, options.Quiet(parsed), cancel).ConfigureAwait(false);
            SnapshotView view = new(console);
            foreach ((CaptureRequest request, CaptureOutcome outcome) in requests.Zip(outcomes).Where(pair => pair.Second.Failure is not null))
                view.Line($"not captured: {request.Flavour.ToString().ToLowerInvariant()}, {Printable.Of(request.Input.Name)}: {Printable.Of(outcome.Failure!.Reason, 400)}");
            if (outcomes.Any(outcome => outcome.Failure is not null))
            {
                view.Line("nothing was written");
                return 3;
            }
            foreach (string note in await PreservationNotesAsync(plan, requests, outcomes, cancel).ConfigureAwait(false))
                view.Line(note);
            SnapshotDraft draft = new(plan.Graph.Path, plan.Oracle.Name, [.. requests.Zip(outcomes, (request, outcome) => GoldenEntries.Of(plan.Graph, request.Input, outcome.Capture!))]);
            WriteOutcome written = SnapshotFolder.Write(folder, draft, content, parsed.GetValue(replace), DateTimeOffset.UtcNow);
            view.Line(Sentence(written, folder));
            return 0;
        });
        return command;
    }

    private static Command Check(IAnsiConsole console, TextWriter errors)
    {
        Argument<string> folder = new("DIR") { Description = FolderHelp };
        Option<string?> model = new("--model") { Description = "The model, where it is no longer where it was captured", HelpName = "FILE" };
        Option<string?> oracle = new("--oracle") { Description = "Real TFLite; without it that of the snapshot" };
        Option<bool> quiet = new("--quiet") { Description = "No progress on stderr" };
        Command command = new("check", """
            Run real TFLite again and compare it with the golden.

            Example:
              offbyn golden check goldens/mobilenet

            Exit codes: 0 equal, 1 a tensor changed, 3 not compared (no such runtime, other identity), 2 bad input.
            """)
        { folder, model, oracle, quiet };
        command.SetAction(async (parsed, cancel) =>
        {
            OpenSnapshot golden = SnapshotFolder.Open(parsed.GetValue(folder)!);
            (Graph graph, ReadOnlyMemory<byte> bytes) = ReadModel(golden, parsed.GetValue(model));
            IOracle chosen = OracleSelection.Oracle(parsed.GetValue(oracle) ?? golden.Snapshot.Oracle);
            if (chosen is GoldenOracle)
                throw new UserErrorException("golden check compares with a runtime; to compare snapshots, use 'golden diff A B'.");
            SnapshotComparison comparison;
            using (ConsoleProgress progress = new(errors, parsed.GetValue(quiet)))
            {
                progress.Report($"capturing {chosen.Name}");
                comparison = await SnapshotCheck.RunAsync(golden, graph, Tapping.Tap(bytes, graph), chosen, cancel).ConfigureAwait(false);
            }
            Verdict verdict = comparison.Changed > 0 ? Verdict.Fail : comparison.IsIncomplete ? Verdict.NotCompared : Verdict.Pass;
            SnapshotView view = new(console);
            view.Write(comparison, verdict, $"{chosen.Name} today");
            view.Line($"  golden recorded {string.Join(", ", golden.Snapshot.Entries[0].Record.Where(pair => pair.Key is "cpu" or "date" or "harness" or "threads").Select(pair => $"{pair.Key} {Printable.Of(pair.Value)}"))}");
            return verdict switch { Verdict.Pass => 0, Verdict.Fail => 1, _ => 3 };
        });
        return command;
    }

    private static Command Diff(IAnsiConsole console)
    {
        Argument<string> first = new("A") { Description = FolderHelp };
        Argument<string?> second = new("B") { Description = "Another; without it what is pending beside A", Arity = ArgumentArity.ZeroOrOne };
        Command command = new("diff", """
            Compare two snapshots tensor by tensor, or a golden with what waits beside it.

            Example:
              offbyn golden diff goldens/mobilenet

            Exit codes: 0 equal, 1 a tensor changed or is on one side alone, 2 bad input.
            """)
        { first, second };
        command.SetAction((parsed, cancel) =>
        {
            string folder = parsed.GetValue(first)!;
            OpenSnapshot golden = SnapshotFolder.Open(folder);
            OpenSnapshot other = parsed.GetValue(second) is { } path
                ? SnapshotFolder.Open(path)
                : SnapshotFolder.OpenPending(folder) ?? throw new UserErrorException($"{folder}: nothing is pending; name a second snapshot to compare with.");
            SnapshotComparison comparison = SnapshotDiff.Of(golden, other, cancel);
            bool differs = comparison.Changed > 0 || comparison.IsIncomplete;
            new SnapshotView(console).Write(comparison, differs ? Verdict.Fail : Verdict.Pass, parsed.GetValue(second) ?? "what is pending");
            return Task.FromResult(differs ? 1 : 0);
        });
        return command;
    }

    private static Command Accept(IAnsiConsole console)
    {
        Argument<string> folder = new("DIR") { Description = FolderHelp };
        Option<string> reason = new("--reason") { Description = "Why the golden changes; kept in its history", HelpName = "TEXT", Required = true };
        Command command = new("accept", """
            Make what is pending the golden.

            Example:
              offbyn golden accept goldens/mobilenet --reason "LiteRT 2.4.0 rounds depthwise convolutions once"
            """)
        { folder, reason };
        command.SetAction(parsed =>
        {
            string why = parsed.GetValue(reason)!;
            if (string.IsNullOrWhiteSpace(why))
                throw new UserErrorException("--reason expects why the golden changes, found an empty text.");
            new SnapshotView(console).Write(SnapshotFolder.Accept(parsed.GetValue(folder)!, why, DateTimeOffset.UtcNow));
            return 0;
        });
        return command;
    }

    private static Command Show(IAnsiConsole console)
    {
        Argument<string> folder = new("DIR") { Description = FolderHelp };
        Command command = new("show", """
            Print what a snapshot is of, its tensors and its history.

            Example:
              offbyn golden show goldens/mobilenet
            """)
        { folder };
        command.SetAction(parsed =>
        {
            SnapshotView view = new(console);
            view.Write(SnapshotFolder.Open(parsed.GetValue(folder)!));
            if (SnapshotFolder.OpenPending(parsed.GetValue(folder)!) is { } pending)
            {
                view.Line("");
                view.Line($"pending, captured beside manifest {pending.Snapshot.Replaces}; review it with 'golden diff', promote it with 'golden accept'");
            }
            return 0;
        });
        return command;
    }

    private static (Graph Graph, ReadOnlyMemory<byte> Bytes) ReadModel(OpenSnapshot golden, string? given)
    {
        string path = given ?? golden.ModelPath;
        return given is null && !File.Exists(path)
            ? throw new UserErrorException($"{golden.Folder}: its model was at {Printable.Of(path)} when it was captured, and is not there. Name it with --model FILE.")
            : TfliteReader.ReadWithBytes(path);
    }

    private static async Task<ImmutableArray<CaptureOutcome>> AskAsync(
        IOracle oracle, ImmutableArray<CaptureRequest> requests, TextWriter errors, bool quiet, CancellationToken cancel)
    {
        using ConsoleProgress progress = new(errors, quiet);
        progress.Report($"capturing {oracle.Name}");
        return await oracle.CaptureAsync(requests, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// What is to be said of the runtime's own preserve_all_tensors, tried on the first input of each flavour: whoever made goldens with it wants to know.
    /// </summary>
    private static async Task<IEnumerable<string>> PreservationNotesAsync(
        CapturePlan plan, ImmutableArray<CaptureRequest> requests, ImmutableArray<CaptureOutcome> outcomes, CancellationToken cancel)
    {
        List<string> notes = [];
        foreach ((CaptureRequest request, CaptureOutcome outcome) in requests.Zip(outcomes).DistinctBy(pair => pair.First.Flavour))
        {
            if (await PreservationCheck.RunAsync(plan.Oracle, plan.Model, request, outcome.Capture!, cancel).ConfigureAwait(false) is { IsEmpty: false } overwritten)
                notes.Add(Preservation.Sentence(plan.Graph, outcome.Capture!.Identity, overwritten));
        }
        return notes;
    }

    private static string Sentence(WriteOutcome outcome, string folder) => outcome switch
    {
        WriteOutcome.Created => $"{Printable.Of(folder)}: captured",
        WriteOutcome.Unchanged => $"{Printable.Of(folder)}: equal to the golden; nothing was written",
        WriteOutcome.Completed => $"{Printable.Of(folder)}: equal to the golden; its tensors were added",
        WriteOutcome.Replaced => $"{Printable.Of(folder)}: replaced the golden",
        _ => $"{Printable.Of(folder)}: differs from the golden, and waits. Review it with 'offbyn golden diff {Printable.Of(folder)}', promote it with 'offbyn golden accept {Printable.Of(folder)} --reason TEXT'",
    };
}
