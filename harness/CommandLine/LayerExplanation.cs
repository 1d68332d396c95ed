using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Explanation;
using OffByN.Harness.Reporting;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>explain MODEL --layer</c>: a verification, then one element of one layer of it.</summary>
internal sealed class LayerExplanation
{
    private readonly VerificationOptions verification = new(modelIsOptional: true, replays: true);

    private readonly Option<string?> layer = new("--layer") { Description = "The operator: its position in the subgraph, or the name of its output", HelpName = "N|NAME" };

    private readonly Option<string?> element = new("--element")
    {
        Description = "The element of its output, one index for each dimension; without it the one that is furthest off", HelpName = "i,j,k,c",
    };

    private readonly Option<bool> taps = new("--taps") { Description = "Print every product of the sum" };

    public void AddTo(Command command)
    {
        verification.AddTo(command);
        command.Options.Add(layer);
        command.Options.Add(element);
        command.Options.Add(taps);
    }

    /// <summary>The option that every command has.</summary>
    public Option Quiet => verification.QuietOption;

    public bool IsAskedFor(ParseResult parsed) => verification.HasModel(parsed);

    public async Task<int> RunAsync(ParseResult parsed, IAnsiConsole console, TextWriter errors, CancellationToken cancel)
    {
        VerificationRequest request = verification.Read(parsed);
        Operator op = LayerSelection.OperatorOf(request.Graph, parsed.GetValue(layer)
            ?? throw new UserErrorException("explain needs a layer: expected --layer N or --layer NAME beside the model. See 'offbyn explain --help'."));
        ImmutableArray<int>? index = parsed.GetValue(element) is { } text ? ElementIndex.Parse(text) : null;
        if (OperatorResultTensor.Of(request.Graph, op).IsEmpty)
        {
            console.WriteLine($"operator {op.Index} {Sentences.Name(op.Name)} has no outputs: there is no element to explain");
            return 0;
        }
        await using (request.Candidate.ConfigureAwait(false))
        {
            VerificationReport report;
            WatchedRun? watched;
            using (ConsoleProgress progress = new(errors, verification.Quiet(parsed)))
                (report, watched) = await WatchedRun.VerifyAsync(request, op.Index, progress, cancel).ConfigureAwait(false);
            if (watched is not null)
                return Print(watched, op, index, parsed.GetValue(taps), console);
            TerminalReport.WriteOutcome(report, console);
            return report.ExitCode;
        }
    }

    private static int Print(WatchedRun watched, Operator op, ImmutableArray<int>? element, bool withTaps, IAnsiConsole console)
    {
        (RunReport run, CandidateContext context, CandidateTensors tensors) = watched;
        LayerComparison[] entries = [.. run.Layers.Where(entry => entry.Layer == op.Index)];
        LayerComparison compared = element is null ? entries.FirstOrDefault(entry => entry.Verdict == LayerVerdict.Diverges) ?? entries[0] : entries[0];
        foreach (LayerComparison other in entries.Where(entry => entry != compared && entry.Verdict is LayerVerdict.Diverges or LayerVerdict.NotCompared))
            console.WriteLine($"{Sentences.OperatorAndResult(other)}: {Sentences.Judgement(other)}{(Sentences.Element(other.Isolated) is { } furthest ? $", {furthest}" : "")}");
        if (ElementExplanation.Of(context, tensors, run, compared, element) is { } explanation)
        {
            ElementView.Print(explanation, withTaps, console);
            return 0;
        }
        console.WriteLine($"{Sentences.OperatorAndResult(compared)}: {Sentences.Judgement(compared)}. {Sentences.WithoutSteps(compared, context.Reference.Obstacle(op.Index))}");
        if (Sentences.Worst(compared, compared.Isolated ?? compared.Cumulative) is { } worst)
            console.WriteLine($"worst element: {worst}");
        return 0;
    }
}
